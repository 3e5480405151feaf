// Rows out of a CSV file that nobody vouches for: one at a time, in constant memory, each one good or with a fault.
#pragma once

#include "eventstore/import/byte_source.hpp"
#include "eventstore/import/input_error.hpp"
#include "eventstore/import/lookahead_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace upline::eventstore::import {

/// The longest record that is read, without its line end.
constexpr std::size_t record_bytes_max = 64 * 1024;

/// The names that a header may hold, each once, in any order; the required ones it must hold.
struct Columns {
  std::vector<std::string_view> required{};
  std::vector<std::string_view> optional{};
};

enum class RowFault { wrong_column_count, bad_encoding, nul_byte, line_too_long, bad_quoting };

/// `wrong_column_count`: what a rejects file shows; never changes.
std::string_view code(RowFault fault);
std::string_view sentence(RowFault fault);

struct CsvRow {
  std::uint64_t line{};                    // the physical line where the row starts; the header's is 1
  std::vector<std::string_view> fields{};  // required, then optional columns; none where there is a fault
  std::optional<RowFault> fault{};
};

/// Reads CSV as RFC 4180 has it, in UTF-8: comma, quotes, LF or CR LF (also mixed), a header line, an optional byte
/// order mark, no need of a final line end (ledger specification, "Files"). Stricter than RFC 4180's readers usually
/// are: a lone CR or a quote inside an unquoted field is `bad_quoting`. A blank line is `wrong_column_count`, even
/// where there is one column, except as the last line of the file, where it is ignored.
///
/// Of several faults the first of this list is told: line_too_long, nul_byte, bad_encoding, bad_quoting,
/// wrong_column_count. After line_too_long and bad_quoting nobody knows where the record ends, so the faulty row is its
/// first physical line and reading resumes with the next one: an unclosed quote swallows nothing.
///
/// Memory: one buffer of 256 KiB, whatever the file holds. Time: linear in its size, hostile or not.
class CsvReader {
 public:
  /// Opens the file (see open_file) and reads its header. Throws InputError when the file has no such header.
  CsvReader(const std::filesystem::path& file, const Columns& columns);
  /// Reads from a source; messages call it `name`.
  CsvReader(std::unique_ptr<ByteSource> source, std::string name, const Columns& columns);

  /// Gives the next row; false at the end of the file. The fields are views into the reader's buffer, valid until the
  /// next call; a column that the file lacks is empty. Throws InputError when the source does, up to 256 KiB before the
  /// place of the trouble.
  bool next(CsvRow& row);

  /// Whether the header names this column.
  bool has_column(std::string_view name) const;

 private:
  struct Record {
    std::span<char> text{};  // without the line end; nothing where there is a fault
    bool has_quotes{};
    std::optional<RowFault> fault{};
  };

  std::optional<Record> take_record();
  void skip_byte_order_mark();
  void read_header(const Columns& columns);
  void add_column(std::string_view title, const std::string& expected);
  bool read_fields(const Record& record, std::vector<std::string_view>& fields);
  [[noreturn]] void refuse_header(const std::string& why) const;

  std::string name_;
  LookaheadBuffer buffer_;
  std::uint64_t line_{1};
  std::vector<std::string> names_;       // required, then optional columns
  std::vector<std::size_t> slots_;       // for each column of the file, its place in names_ and in CsvRow::fields
  std::vector<std::string_view> parts_;  // one record's fields in the order of the file
};

}  // namespace upline::eventstore::import
