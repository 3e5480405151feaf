#include "cli/rows_out.hpp"

#include "cli/context.hpp"
#include "domain/overloaded.hpp"
#include "eventstore/csv_writer.hpp"

#include <algorithm>
#include <array>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

using domain::Overloaded;

class TableWriter final : public RowWriter {
 public:
  TableWriter(std::ostream& out, std::vector<Column> columns, bool bold_titles)
      : out_(out), columns_(std::move(columns)), bold_titles_(bold_titles) {
    for (const auto& column : columns_) widths_.push_back(display_width(column.title));
    right_.resize(columns_.size());
  }

  void row(const std::vector<Cell>& cells) override {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      texts.push_back(text_of(cells[i]));
      widths_[i] = std::max(widths_[i], display_width(texts.back()));
      if (!std::holds_alternative<Absent>(cells[i])) right_[i] = is_number(cells[i]);
    }
    rows_.push_back(std::move(texts));
  }

  void end() override {
    std::vector<std::string> titles;
    std::vector<std::string> rules;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      titles.push_back(columns_[i].title);
      rules.emplace_back(widths_[i], '-');
    }
    if (bold_titles_) out_ << "\x1b[1m";
    print(titles);
    if (bold_titles_) out_ << "\x1b[0m";
    print(rules);
    for (const auto& row : rows_) print(row);
    out_.flush();
  }

 private:
  static bool is_number(const Cell& cell) {
    return std::holds_alternative<std::int64_t>(cell) || std::holds_alternative<std::uint64_t>(cell) ||
           std::holds_alternative<Money>(cell);
  }

  static std::string text_of(const Cell& cell) {
    return std::visit(Overloaded{
                          [](const std::string& text) { return text; },
                          [](const FreeText& text) { return text.value; },
                          [](std::int64_t n) { return std::to_string(n); },
                          [](std::uint64_t n) { return grouped(n); },
                          [](const Money& money) { return to_text(money); },
                          [](bool yes) { return std::string(yes ? "yes" : ""); },
                          [](Absent) { return std::string(); },
                      },
                      cell);
  }

  void print(const std::vector<std::string>& texts) {
    std::string line;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::string padding(widths_[i] - display_width(texts[i]), ' ');
      if (i > 0) line += "  ";
      line += right_[i] ? padding + texts[i] : texts[i] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out_ << line << '\n';
  }

  std::ostream& out_;
  std::vector<Column> columns_;
  bool bold_titles_;
  std::vector<std::size_t> widths_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

class CsvWriter final : public RowWriter {
 public:
  CsvWriter(std::ostream& out, const std::vector<Column>& columns) : out_(out) {
    for (const auto& column : columns) add_separator(), eventstore::append_csv_field(line_, column.name);
    finish_line();
  }

  void row(const std::vector<Cell>& cells) override {
    for (const auto& cell : cells) {
      add_separator();
      std::visit(Overloaded{
                     [&](const std::string& text) { eventstore::append_csv_field(line_, text); },
                     [&](const FreeText& text) { eventstore::append_csv_text(line_, text.value); },
                     [&](std::int64_t n) { line_ += std::to_string(n); },
                     [&](std::uint64_t n) { line_ += std::to_string(n); },
                     [&](const Money& money) { line_ += std::to_string(money.amount.value); },
                     [&](bool yes) { line_ += yes ? "true" : "false"; },
                     [](Absent) {},
                 },
                 cell);
    }
    finish_line();
  }

  void end() override { out_.flush(); }

 private:
  void add_separator() {
    if (!first_) line_ += ',';
    first_ = false;
  }

  void finish_line() {
    line_ += '\n';
    out_ << line_;
    line_.clear();
    first_ = true;
  }

  std::ostream& out_;
  std::string line_;
  bool first_{true};
};

class JsonWriter final : public RowWriter {
 public:
  JsonWriter(std::ostream& out, std::vector<Column> columns) : out_(out), columns_(std::move(columns)) { out_ << '['; }

  void row(const std::vector<Cell>& cells) override {
    nlohmann::ordered_json object;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      std::visit(Overloaded{
                     [&](const Money& money) { object[columns_[i].name] = money.amount.value; },
                     [&](const FreeText& text) { object[columns_[i].name] = text.value; },
                     [&](Absent) { object[columns_[i].name] = nullptr; },
                     [&](const auto& value) { object[columns_[i].name] = value; },
                 },
                 cells[i]);
    }
    out_ << (first_ ? "\n" : ",\n") << object.dump();
    first_ = false;
  }

  void end() override { out_ << (first_ ? "]\n" : "\n]\n") << std::flush; }

 private:
  std::ostream& out_;
  std::vector<Column> columns_;
  bool first_{true};
};

struct CodePoints {
  char32_t first;
  char32_t last;
};

/// The blocks of Unicode's East Asian Width W and F that texts in shops use.
constexpr std::array wide_blocks{
    CodePoints{0x1100, 0x115F}, CodePoints{0x2E80, 0xA4CF},   CodePoints{0xAC00, 0xD7A3},
    CodePoints{0xF900, 0xFAFF}, CodePoints{0xFE30, 0xFE6F},   CodePoints{0xFF00, 0xFF60},
    CodePoints{0xFFE0, 0xFFE6}, CodePoints{0x1F300, 0x1FAFF}, CodePoints{0x20000, 0x3FFFD},
};

}  // namespace

void add_format_option(CLI::App& verb, Format& format) {
  const auto parse = [&format](const std::string& text) {
    if (text == "table")
      format = Format::table;
    else if (text == "csv")
      format = Format::csv;
    else if (text == "json")
      format = Format::json;
    else
      throw CLI::ValidationError("--format", "'" + text + "' is not table, csv or json");
  };
  verb.add_option_function<std::string>("--format", parse, "For people (the default), spreadsheets or programs")
      ->type_name("table|csv|json");
}

std::string to_text(const Money& money) {
  return fmt::format("{} {}", domain::decimal_text(money.amount, {money.exponent}), money.currency.code);
}

std::string grouped(std::uint64_t number) {
  auto digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

namespace {

std::unique_ptr<RowWriter> make_row_writer(Format format, std::ostream& out, std::vector<Column> columns, bool bold) {
  switch (format) {
    case Format::table:
      return std::make_unique<TableWriter>(out, std::move(columns), bold);
    case Format::csv:
      return std::make_unique<CsvWriter>(out, columns);
    case Format::json:
      return std::make_unique<JsonWriter>(out, std::move(columns));
  }
  std::unreachable();
}

}  // namespace

std::unique_ptr<RowWriter> row_writer(Format format, std::ostream& out, std::vector<Column> columns) {
  return make_row_writer(format, out, std::move(columns), false);
}

std::unique_ptr<RowWriter> row_writer(Format format, Context& context, std::vector<Column> columns) {
  return make_row_writer(format, context.out, std::move(columns), context.colour);
}

std::size_t display_width(std::string_view utf8) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length && i + k < utf8.size(); ++k) {
      point = (point << 6) | (static_cast<unsigned char>(utf8[i + k]) & 0x3F);
    }
    const bool wide =
        std::ranges::any_of(wide_blocks, [&](const CodePoints& b) { return point >= b.first && point <= b.last; });
    width += wide ? 2 : 1;
    i += length;
  }
  return width;
}

}  // namespace upline::cli
