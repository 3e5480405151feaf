#include "eventstore/import/csv_reader.hpp"

#include "domain/utf8.hpp"
#include "eventstore/import/csv_record.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace upline::eventstore::import {

namespace {

constexpr std::size_t buffer_bytes = 256 * 1024;
// A record of the longest kind with its CR LF. A record that fills a window of this size is too long.
constexpr std::size_t lookahead_bytes = record_bytes_max + 2;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view view(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

std::optional<RowFault> find_fault(std::string_view record, bool is_well_quoted) {
  if (record.size() > record_bytes_max) return RowFault::line_too_long;
  if (record.contains('\0')) return RowFault::nul_byte;
  if (!domain::is_utf8(record)) return RowFault::bad_encoding;
  if (!is_well_quoted) return RowFault::bad_quoting;
  return std::nullopt;
}

/// How long the line end is that a record of `record_bytes` leaves in front. A CR alone is one where the file ends.
std::size_t line_end_length(std::string_view window, std::size_t record_bytes) {
  const auto rest = window.substr(record_bytes);
  if (rest.starts_with("\r\n")) return 2;
  return rest.empty() ? 0 : 1;
}

std::size_t split(std::span<char> record, bool has_quotes, std::span<std::string_view> fields) {
  return has_quotes ? split_quoted(record, fields) : split_plain(view(record), fields);
}

std::string list(const Columns& columns) {
  auto text = fmt::format("{}", fmt::join(columns.required, ", "));
  if (!columns.optional.empty()) text += fmt::format(" (optional: {})", fmt::join(columns.optional, ", "));
  return text;
}

}  // namespace

std::string_view code(RowFault fault) {
  switch (fault) {
    case RowFault::wrong_column_count:
      return "wrong_column_count";
    case RowFault::bad_encoding:
      return "bad_encoding";
    case RowFault::nul_byte:
      return "nul_byte";
    case RowFault::line_too_long:
      return "line_too_long";
    case RowFault::bad_quoting:
      return "bad_quoting";
  }
  std::unreachable();
}

std::string_view sentence(RowFault fault) {
  switch (fault) {
    case RowFault::wrong_column_count:
      return "The row has more or fewer fields than the header.";
    case RowFault::bad_encoding:
      return "The row is not UTF-8.";
    case RowFault::nul_byte:
      return "The row holds a NUL byte.";
    case RowFault::line_too_long:
      return "The row is longer than 64 KiB, or a quote that it opens is not closed by then.";
    case RowFault::bad_quoting:
      return "A quote is stray or never closed, or a carriage return is not quoted.";
  }
  std::unreachable();
}

CsvReader::CsvReader(const std::filesystem::path& file, const Columns& columns)
    : CsvReader(open_file(file), file.string(), columns) {}

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, std::string name, const Columns& columns)
    : name_(std::move(name)), buffer_(std::move(source), buffer_bytes, lookahead_bytes) {
  names_.assign(columns.required.begin(), columns.required.end());
  names_.insert(names_.end(), columns.optional.begin(), columns.optional.end());
  skip_byte_order_mark();
  read_header(columns);
}

bool CsvReader::next(CsvRow& row) {
  row = {.line = line_, .fields = std::move(row.fields)};
  row.fields.clear();
  const auto record = take_record();
  if (!record) return false;
  const bool is_blank = !record->fault && record->text.empty();
  if (is_blank && buffer_.is_at_end()) return false;
  row.fault = record->fault;
  if (!row.fault && (is_blank || !read_fields(*record, row.fields))) row.fault = RowFault::wrong_column_count;
  return true;
}

bool CsvReader::has_column(std::string_view name) const {
  return std::ranges::any_of(slots_, [&](std::size_t slot) { return names_[slot] == name; });
}

/// The next record, with the buffer and the line number moved behind it; nothing at the end of the file.
std::optional<CsvReader::Record> CsvReader::take_record() {
  const auto bytes = buffer_.window();
  if (bytes.empty()) return std::nullopt;
  const auto window = view(bytes);
  const auto extent = measure_record(window, record_bytes_max);
  const auto record = bytes.first(extent.bytes);
  const auto fault = find_fault(view(record), extent.is_well_quoted);
  ++line_;
  if (fault == RowFault::line_too_long) {
    buffer_.drop_line();
  } else {
    if (extent.has_quotes) line_ += static_cast<std::uint64_t>(std::ranges::count(record, '\n'));
    buffer_.drop(extent.bytes + line_end_length(window, extent.bytes));
  }
  if (fault) return Record{.fault = fault};
  return Record{record, extent.has_quotes, std::nullopt};
}

/// Gives the record's fields their places; false when they are not as many as the header's.
bool CsvReader::read_fields(const Record& record, std::vector<std::string_view>& fields) {
  if (split(record.text, record.has_quotes, parts_) != parts_.size()) return false;
  fields.resize(names_.size());
  for (std::size_t column = 0; column < slots_.size(); ++column) fields[slots_[column]] = parts_[column];
  return true;
}

void CsvReader::skip_byte_order_mark() {
  if (view(buffer_.window()).starts_with(byte_order_mark)) buffer_.drop(byte_order_mark.size());
}

void CsvReader::read_header(const Columns& columns) {
  const auto expected = list(columns);
  const auto header = take_record();
  if (!header) refuse_header("the file is empty; its first line must name the columns " + expected);
  if (header->fault) {
    refuse_header(fmt::format("the header cannot be read ({}); save the file as CSV in UTF-8", code(*header->fault)));
  }
  if (header->text.empty()) refuse_header("the line is blank; it must name the columns " + expected);
  parts_.resize(1 + static_cast<std::size_t>(std::ranges::count(header->text, ',')));
  parts_.resize(split(header->text, header->has_quotes, parts_));
  for (const auto title : parts_) add_column(title, expected);
  for (const auto name : columns.required) {
    if (!has_column(name)) refuse_header(fmt::format("the column {} is missing; add it", name));
  }
}

// An unknown title is told by its place: in a file without a header it would be a row's content.
void CsvReader::add_column(std::string_view title, const std::string& expected) {
  const auto known = std::ranges::find(names_, title);
  if (known == names_.end()) {
    refuse_header(fmt::format("the title of column {} is none of {}; correct it, or remove the column",
                              slots_.size() + 1, expected));
  }
  if (has_column(title)) refuse_header(fmt::format("the column {} stands there twice; remove one", title));
  slots_.push_back(static_cast<std::size_t>(known - names_.begin()));
}

void CsvReader::refuse_header(const std::string& why) const {
  throw InputError(fmt::format("{}: line 1: {}.", name_, why));
}

}  // namespace upline::eventstore::import
