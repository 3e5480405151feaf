// How a log line reads, in both formats.
#include "api/log.hpp"
#include "domain/overloaded.hpp"
#include "domain/utf8.hpp"

#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace upline::api {

namespace {

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> levels{{{"debug", LogLevel::debug},
                                                                       {"info", LogLevel::info},
                                                                       {"warn", LogLevel::warn},
                                                                       {"error", LogLevel::error},
                                                                       {"off", LogLevel::off}}};

std::string_view name_of(LogLevel level) { return levels[static_cast<std::size_t>(level)].first; }

/// A string of JSON on one line. Bytes that are no UTF-8 become question marks.
void append_quoted(std::string& line, std::string_view text) {
  const bool is_utf8 = domain::is_utf8(text);
  line += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(line), "\\u{:04x}", byte);
    } else {
      line += byte >= 0x80 && !is_utf8 ? '?' : c;
    }
  }
  line += '"';
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return true;
  }
  return false;
}

void append_value(std::string& line, const LogField& field, bool always_quoted) {
  std::visit(domain::Overloaded{
                 [&](std::string_view text) {
                   if (always_quoted || needs_quotes(text)) return append_quoted(line, text);
                   line += text;
                 },
                 [&](std::int64_t number) { fmt::format_to(std::back_inserter(line), "{}", number); },
                 [&](double number) { fmt::format_to(std::back_inserter(line), "{:.3f}", number); },
             },
             field.value);
}

/// A message stays on its line, whatever it quotes.
void append_message(std::string& line, std::string_view message) {
  const bool is_utf8 = domain::is_utf8(message);
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      line += ' ';
    } else {
      line += byte >= 0x80 && !is_utf8 ? '?' : c;
    }
  }
}

}  // namespace

std::optional<LogFormat> parse_log_format(std::string_view text) {
  if (text == "text") return LogFormat::text;
  if (text == "json") return LogFormat::json;
  return std::nullopt;
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
  for (const auto& [name, level] : levels) {
    if (name == text) return level;
  }
  return std::nullopt;
}

std::string json_payload(LogLevel level, std::string_view message, std::span<const LogField> fields) {
  std::string line = fmt::format(R"("level":"{}","message":)", name_of(level));
  append_quoted(line, message);
  for (const auto& field : fields) {
    line += ',';
    append_quoted(line, field.name);
    line += ':';
    append_value(line, field, true);
  }
  return line;
}

std::string text_payload(LogLevel level, std::string_view message, std::span<const LogField> fields) {
  std::string line = fmt::format("{:5} ", name_of(level));
  append_message(line, message);
  for (const auto& field : fields) {
    if (field.is_in_message) continue;
    line += ' ';
    line += field.name;
    line += '=';
    append_value(line, field, false);
  }
  return line;
}

}  // namespace upline::api
