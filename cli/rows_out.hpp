// Rows for a person (a table), a spreadsheet (CSV) or a program (JSON), from the same cells.
#pragma once

#include "domain/money.hpp"

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace CLI {
class App;
}

namespace upline::cli {

struct Context;

enum class Format : std::uint8_t { table, csv, json };

/// Adds `--format table|csv|json`.
void add_format_option(CLI::App& verb, Format& format);

/// Minor units for programs; `394.48 USD` for people.
struct Money {
  domain::Minor amount{};
  domain::Currency currency{};
  int exponent{};
};

/// `394.48 USD`, `-0.05 USD`, `1200 JPY`.
std::string to_text(const Money& money);

/// With a comma between thousands: `71,013`.
std::string grouped(std::uint64_t number);

/// Free text, unlike an id, is neutralised for spreadsheets.
struct FreeText {
  std::string value{};
};

/// Stands where there is no value: null for programs, nothing for people.
struct Absent {};

/// In a table a count (unsigned) is grouped, a number (signed), such as a position, is not.
using Cell = std::variant<std::string, std::int64_t, std::uint64_t, Money, FreeText, bool, Absent>;

struct Column {
  std::string name{};   // for programs
  std::string title{};  // for people
};

class RowWriter {
 public:
  virtual ~RowWriter() = default;
  /// One cell per column.
  virtual void row(const std::vector<Cell>& cells) = 0;
  /// After the last row. A table is printed only now; the others are streamed.
  virtual void end() = 0;
};

std::unique_ptr<RowWriter> row_writer(Format format, std::ostream& out, std::vector<Column> columns);

/// To the context's output; on a terminal that shows colours, a table's titles are bold.
std::unique_ptr<RowWriter> row_writer(Format format, Context& context, std::vector<Column> columns);

/// Columns that a text takes on a terminal: CJK counts twice.
std::size_t display_width(std::string_view utf8);

}  // namespace upline::cli
