#include "eventstore/import/csv_record.hpp"

#include <algorithm>

namespace upline::eventstore::import {

namespace {

constexpr auto npos = std::string_view::npos;

/// The first physical line, without its line end.
std::string_view first_line(std::string_view window) {
  auto line = window.substr(0, window.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The quote that closes the field whose text starts at `at`.
std::size_t find_closing_quote(std::string_view window, std::size_t at) {
  while (true) {
    at = window.find('"', at);
    if (at == npos || at + 1 == window.size() || window[at + 1] != '"') return at;
    at += 2;
  }
}

bool is_field_end(std::string_view window, std::size_t at) {
  if (at == window.size() || window[at] == ',' || window[at] == '\n') return true;
  return window[at] == '\r' && (at + 1 == window.size() || window[at + 1] == '\n');
}

/// Where the field that starts at `at` stops, be it at a stray byte; npos when its quote is never closed.
std::size_t find_field_end(std::string_view window, std::size_t at) {
  if (at == window.size() || window[at] != '"') {
    const auto stops = [](char c) { return c == ',' || c == '"' || c == '\r' || c == '\n'; };
    return static_cast<std::size_t>(std::ranges::find_if(window.substr(at), stops) - window.begin());
  }
  const std::size_t quote = find_closing_quote(window, at + 1);
  return quote == npos ? npos : quote + 1;
}

RecordExtent measure_quoted(std::string_view window, std::size_t bytes_max) {
  const RecordExtent unsound{first_line(window).size(), true, false};
  for (std::size_t at = 0; true; ++at) {
    at = find_field_end(window, at);
    if (at == npos) return window.size() > bytes_max ? RecordExtent{window.size(), true, false} : unsound;
    if (!is_field_end(window, at)) return unsound;
    if (at == window.size() || window[at] != ',') return {at, true, true};
  }
}

/// Makes doubled quotes single, in place, and answers what is left. Needs quotes in pairs.
std::string_view unescape(std::span<char> text) {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') ++at;
    text[kept++] = text[at];
  }
  return {text.data(), kept};
}

std::string_view field_text(std::span<char> field) {
  const std::string_view text{field.data(), field.size()};
  if (!text.starts_with('"')) return text;
  const auto inner = text.substr(1, text.size() - 2);
  return inner.find('"') == npos ? inner : unescape(field.subspan(1, inner.size()));
}

}  // namespace

RecordExtent measure_record(std::string_view window, std::size_t bytes_max) {
  const auto line = first_line(window);
  if (line.find('"') != npos) return measure_quoted(window, bytes_max);
  return {line.size(), false, line.find('\r') == npos};
}

std::size_t split_plain(std::string_view record, std::span<std::string_view> fields) {
  for (std::size_t count = 0; true; ++count) {
    const std::size_t comma = record.find(',');
    if (count < fields.size()) fields[count] = record.substr(0, comma);
    if (comma == npos) return count + 1;
    record.remove_prefix(comma + 1);
  }
}

std::size_t split_quoted(std::span<char> record, std::span<std::string_view> fields) {
  const std::string_view text{record.data(), record.size()};
  std::size_t start = 0;
  for (std::size_t count = 0; true; ++count) {
    const std::size_t end = find_field_end(text, start);
    if (count < fields.size()) fields[count] = field_text(record.subspan(start, end - start));
    if (end == text.size()) return count + 1;
    start = end + 1;
  }
}

}  // namespace upline::eventstore::import
