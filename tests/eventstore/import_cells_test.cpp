// Every column of every file, broken in every way that a column of its kind can be broken.
#include "tests/eventstore/import_shop.hpp"

#include <algorithm>
#include <initializer_list>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace {

using namespace upline::tests;
using namespace std::string_literals;

struct BrokenCell {
  std::string cell{};  // as it stands in the file
  std::string code{};
};
using BrokenCells = std::vector<BrokenCell>;

BrokenCells broken(const std::string& code, const Lines& cells) {
  BrokenCells all;
  for (const auto& cell : cells) all.push_back({cell, code});
  return all;
}

BrokenCells operator+(BrokenCells some, const BrokenCells& others) {
  some.insert(some.end(), others.begin(), others.end());
  return some;
}

/// What no column of any kind may hold.
const BrokenCells broken_bytes =
    broken("nul_byte", {"a\0b"s, "\0"s}) +
    broken("bad_encoding", {"caf\xE9", "\xBF\xA8\xC3\xDC", "\xEF\xBF", "\xED\xA0\x80", "\xC0\xAF"}) +
    broken("bad_quoting", {"say \"hi\"", "\"a\" b", "a\rb"}) + broken("wrong_column_count", {"one,two"}) +
    broken("line_too_long", {std::string(66 * 1024, 'x')}) + broken("bad_quoting", {"\"never closed"});

const BrokenCells broken_id = broken(
    "invalid_id", {"", "\"\"", "a b", " a", "a ", "a/b", "卡密", std::string(65, 'a'), "\"a\nb\"", "\"a,b\"", "a\tb"});
const BrokenCells broken_optional_id = broken("invalid_id", {" ", "a b", "卡密", std::string(65, 'a'), "\"a\nb\""});

BrokenCells broken_number(const std::string& code) {
  return broken(code, {"",
                       "\"\"",
                       "-",
                       "1.00",
                       "+5",
                       " 5",
                       "5 ",
                       "--1",
                       "1e3",
                       "0x10",
                       "\"1,000\"",
                       "１",
                       "\"1\n\"",
                       "NaN",
                       "¥1",
                       "-1",
                       "9223372036854775808",
                       "-9223372036854775808",
                       "-9223372036854775809",
                       std::string(300, '9')});
}
const BrokenCells broken_amount = broken_number("invalid_amount");
const BrokenCells broken_amount_of_refund = broken_amount + broken("invalid_amount", {"0", "-0"});
const BrokenCells broken_quantity =
    broken_number("invalid_quantity") + broken("invalid_quantity", {"0", "1000001", "9223372036854775807"});

const BrokenCells broken_currency = broken(
    "invalid_currency", {"", "\"\"", "cny", "C", " CNY", "CNY ", "￥", std::string(25, 'A'), "\"CNY\n\"", "C-Y"});

const BrokenCells broken_time =
    broken("invalid_time",
           {"", "\"\"", "1777593600", "01/05/2026", "2026-05-01", "2026-05-01T12:00:00", "2026-05-01 12:00:00Z",
            " 2026-05-01T12:00:00Z", "\"2026-05-01T12:00:00Z\n\"", "2026-02-30T12:00:00Z", "2026-13-01T12:00:00Z",
            "2026-05-01T24:00:00Z", "2026-05-01T12:00:60Z", "2026-05-01T12:00:00+24:00", "2026-05-01T12:00:00.1234567Z",
            "10000-01-01T00:00:00Z", "9999-12-31T23:59:59-00:01", "0000-12-31T23:59:59Z"});

const BrokenCells broken_title =
    broken("invalid_text", {std::string(501, 'x'), "\"two\nlines\"", "a\tb", "\x7f", "\x1b[31m"});
const BrokenCells broken_fulfilment =
    broken("invalid_fulfilment", {"keypool", "Key-Pool", "key-pool ", "1", "\"key-pool\n\"", "卡密"});
const BrokenCells broken_secret = broken("invalid_secret", {"", "\"\"", std::string(4097, 's')});

struct Column {
  std::string file{};
  std::size_t index{};
  BrokenCells cells{};
};

const std::vector<Column> columns{
    {"products.csv", 0, broken_id},
    {"products.csv", 1, broken_title},
    {"products.csv", 2, broken_amount},
    {"products.csv", 3, broken_currency + broken("currency_not_declared", {"XYZ", "USDT"})},
    {"products.csv", 4, broken_fulfilment},
    {"keys.csv", 0, broken_id},
    {"keys.csv", 1, broken_id},
    {"keys.csv", 2, broken_secret},
    {"members.csv", 0, broken_id},
    {"members.csv", 1, broken_time},
    {"members.csv", 2, broken_optional_id},
    {"purchases.csv", 0, broken_id},
    {"purchases.csv", 1, broken_id},
    {"purchases.csv", 2, broken_id},
    {"purchases.csv", 3, broken_quantity},
    {"purchases.csv", 4, broken_amount},
    {"purchases.csv", 5, broken_currency + broken("currency_mismatch", {"XYZ", "USDT", "USD"})},
    {"purchases.csv", 6, broken_time},
    {"refunds.csv", 0, broken_id},
    {"refunds.csv", 1, broken_id},
    {"refunds.csv", 2, broken_amount_of_refund},
    {"refunds.csv", 3, broken_time},
};

/// A row that would be good, where one of its cells were not broken.
Lines good_cells(const std::string& file) {
  static const std::map<std::string, Lines> rows{
      {"products.csv", {"spare", "Spare", "100", "CNY", "external"}},
      {"keys.csv", {"game", "b1", "S-spare"}},
      {"members.csv", {"dave", "2026-05-01T08:30:00Z", "alice"}},
      {"purchases.csv", {"o9", "carol", "game", "1", "999", "CNY", "2026-05-01T13:00:00Z"}},
      {"refunds.csv", {"r9", "o1", "1", "2026-05-03T13:00:00Z"}},
  };
  return rows.at(file);
}

/// The healthy file with these rows between its first row and its second: from line 3 on.
Files with_rows(const std::string& file, const Lines& rows) {
  auto files = healthy_files();
  auto& bytes = files.at(file);
  const auto header_end = bytes.find('\n') + 1;
  const auto first_end = std::min(bytes.find('\n', header_end), bytes.size() - 1) + 1;
  bytes.insert(first_end, fmt::format("{}\n", fmt::join(rows, "\n")));
  return files;
}

/// One row for each broken cell, and one that lacks the column; `said` is what each of them must come to.
Lines broken_rows(const Column& column, Lines& said) {
  Lines rows;
  std::ptrdiff_t line = 3;
  const auto add = [&](const Lines& cells, const std::string& code) {
    rows.push_back(fmt::format("{}", fmt::join(cells, ",")));
    said.push_back(fmt::format("{}:{} {}", column.file, line, code));
    line += 1 + std::ranges::count(rows.back(), '\n');
  };
  auto cells = good_cells(column.file);
  cells.erase(cells.begin() + static_cast<std::ptrdiff_t>(column.index));
  add(cells, "wrong_column_count");
  for (const auto& broken_cell : column.cells + broken_bytes) {
    cells = good_cells(column.file);
    cells[column.index] = broken_cell.cell;
    add(cells, broken_cell.code);
  }
  return rows;
}

Lines healthy_events() {
  ImportShop shop;
  shop.import(healthy_files());
  return shop.events();
}

}  // namespace

TEST_CASE("a broken cell of any column is a reject with its file, line and code, and takes nothing else with it",
          "[import]") {
  static const auto undisturbed = healthy_events();
  for (const auto& column : columns) {
    INFO(column.file << ", column " << column.index);
    Lines said;
    const auto files = with_rows(column.file, broken_rows(column, said));
    ImportShop shop;
    const auto report = shop.import(files);
    CHECK(shop.rejects(report) == said);
    CHECK(report.complete);
    CHECK(report.rejects == said.size());
    CHECK(shop.events() == undisturbed);
  }
}

TEST_CASE("a row that would be good is good: only the broken cell is to blame", "[import]") {
  for (const auto* file : {"products.csv", "keys.csv", "members.csv", "purchases.csv", "refunds.csv"}) {
    INFO(file);
    ImportShop shop;
    const auto report = shop.import(with_rows(file, {fmt::format("{}", fmt::join(good_cells(file), ","))}));
    CHECK(report.rejects == 0);
  }
}

TEST_CASE("a time later than the clock is refused, whatever it says", "[import]") {
  for (const auto* file : {"members.csv", "purchases.csv", "refunds.csv"}) {
    for (const auto* time : {"2100-01-01T00:05:01Z", "2100-01-01T08:05:00.000001+08:00", "9999-12-31T23:59:59Z"}) {
      INFO(file << " " << time);
      auto cells = good_cells(file);
      *std::ranges::find_if(cells, [](const std::string& cell) { return cell.starts_with("2026-"); }) = time;
      ImportShop shop;
      const auto report = shop.import(with_rows(file, {fmt::format("{}", fmt::join(cells, ","))}));
      CHECK(shop.rejects(report) == Lines{fmt::format("{}:3 occurred_in_future", file)});
    }
  }
}

TEST_CASE("of several broken cells in one row the first is told", "[import]") {
  ImportShop shop;
  const auto report = shop.import(with_rows("purchases.csv", {"o9,,game,x,1.00,cny,yesterday", "o9,bob,game,x,,,"}));
  CHECK(shop.rejects(report) == Lines{"purchases.csv:3 invalid_id", "purchases.csv:4 invalid_quantity"});
}

TEST_CASE("a line of ten megabytes is one reject, and the rows behind it keep their lines", "[import]") {
  const std::string huge(10'000'000, 'x');
  for (const auto* file : {"products.csv", "keys.csv", "members.csv", "purchases.csv", "refunds.csv"}) {
    INFO(file);
    ImportShop shop;
    const auto report = shop.import(with_rows(file, {huge, "broken", "\"" + huge}));
    CHECK(shop.rejects(report) == Lines{fmt::format("{}:3 line_too_long", file),
                                        fmt::format("{}:4 wrong_column_count", file),
                                        fmt::format("{}:5 line_too_long", file)});
  }
}

TEST_CASE("amounts at the ends of 64 bits are read exactly", "[import]") {
  ImportShop shop;
  const auto report = shop.import(healthy_files_but({{"purchases.csv",
                                                      "order_id,member_id,product_id,quantity,amount_minor,currency,"
                                                      "paid_at\no1,carol,game,1,9223372036854775807,CNY,"
                                                      "2026-05-01T12:00:00Z\no2,bob,game,1,1,CNY,"
                                                      "2026-05-02T12:00:00Z\n"}}));
  CHECK(shop.rejects(report) == Lines{"purchases.csv:3 amount_overflow", "refunds.csv:3 unknown_order"});
  CHECK(shop.events_with("\"amount_due_minor\":9223372036854775807").size() == 1);
  CHECK(shop.events_with("\"amount_minor\":922337203685477580,").size() == 1);  // a tenth for bob
}
