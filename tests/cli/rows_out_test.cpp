#include "cli/rows_out.hpp"

#include "cli/context.hpp"

#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <rapidcheck/catch.h>

using namespace upline;
using cli::Cell;
using cli::Column;
using cli::Format;
using cli::FreeText;
using cli::Money;

namespace {

std::string text(std::int64_t minor, int exponent, const std::string& code = "X") {
  return cli::to_text(Money{{minor}, {code}, exponent});
}

std::string written(Format format, const std::vector<Column>& columns, const std::vector<std::vector<Cell>>& rows) {
  std::ostringstream out;
  const auto writer = cli::row_writer(format, out, columns);
  for (const auto& row : rows) writer->row(row);
  writer->end();
  return out.str();
}

const std::vector<Column> sale_columns{
    {"order_id", "order"}, {"title", "title"}, {"count", "keys"}, {"position", "event"}, {"amount_minor", "amount"}};

std::vector<Cell> sale(const std::string& order, const std::string& title, std::uint64_t count, std::int64_t position,
                       std::int64_t minor) {
  return {order, FreeText{title}, count, position, Money{{minor}, {"CNY"}, 2}};
}

}  // namespace

TEST_CASE("money for people has the decimals of its currency", "[rows]") {
  CHECK(text(39448, 2, "USD") == "394.48 USD");
  CHECK(text(1200, 0, "JPY") == "1200 JPY");
  CHECK(text(0, 2) == "0.00 X");
  CHECK(text(5, 2) == "0.05 X");
  CHECK(text(99, 2) == "0.99 X");
  CHECK(text(100, 2) == "1.00 X");
  CHECK(text(7, 6, "USDT") == "0.000007 USDT");
  CHECK(text(1, 18, "ETH") == "0.000000000000000001 ETH");
}

TEST_CASE("money below zero has its sign in front, down to the last amount", "[rows]") {
  CHECK(text(-5, 2, "USD") == "-0.05 USD");
  CHECK(text(-100, 2) == "-1.00 X");
  CHECK(text(-1, 0) == "-1 X");
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  CHECK(text(least, 0) == "-9223372036854775808 X");
  CHECK(text(least, 2) == "-92233720368547758.08 X");
  CHECK(text(least, 18) == "-9.223372036854775808 X");
  CHECK(text(most, 18) == "9.223372036854775807 X");
}

TEST_CASE("money without its point is its minor units, at any exponent", "[rows]") {
  rc::prop("", [](std::int64_t minor) {
    const auto exponent = *rc::gen::inRange(0, 19);
    auto shown = text(minor, exponent);
    RC_ASSERT(shown.ends_with(" X"));
    shown.resize(shown.size() - 2);
    const auto point = shown.find('.');
    RC_ASSERT((exponent == 0) == (point == std::string::npos));
    if (exponent > 0) {
      RC_ASSERT(shown.size() - point - 1 == static_cast<std::size_t>(exponent));
      RC_ASSERT(point > 0U);
      RC_ASSERT(shown[point - 1] != '-');
      shown.erase(point, 1);
    }
    RC_ASSERT(std::stoll(shown) == minor);
  });
}

TEST_CASE("thousands are told apart by commas", "[rows]") {
  CHECK(cli::grouped(0) == "0");
  CHECK(cli::grouped(999) == "999");
  CHECK(cli::grouped(1000) == "1,000");
  CHECK(cli::grouped(71'013) == "71,013");
  CHECK(cli::grouped(123'456) == "123,456");
  CHECK(cli::grouped(std::numeric_limits<std::uint64_t>::max()) == "18,446,744,073,709,551,615");
}

TEST_CASE("a Chinese sign takes two columns of a terminal", "[rows]") {
  CHECK(cli::display_width("") == 0);
  CHECK(cli::display_width("Steam 50") == 8);
  CHECK(cli::display_width("é") == 1);
  CHECK(cli::display_width("é├─└") == 4);
  CHECK(cli::display_width("充值卡") == 6);
  CHECK(cli::display_width("Steam 充值卡") == 12);
  CHECK(cli::display_width("《链动》") == 8);
  CHECK(cli::display_width("（免费）") == 8);
  CHECK(cli::display_width("ゲーム") == 6);
  CHECK(cli::display_width("게임") == 4);
  CHECK(cli::display_width("🎮") == 2);
  CHECK(cli::display_width("𠮷") == 2);
}

TEST_CASE("bytes that are no text still have a width", "[rows]") {
  rc::prop("", [](const std::string& bytes) { RC_ASSERT(cli::display_width(bytes) <= 2 * bytes.size()); });
}

TEST_CASE("a table lines its columns up: text to the left, numbers to the right", "[rows]") {
  CHECK(written(Format::table, sale_columns,
                {sale("o1", "充值卡", 1, 1234, 999), sale("order-2", "VPN", 1'000, 7, -123'456)}) ==
        "order    title    keys  event        amount\n"
        "-------  ------  -----  -----  ------------\n"
        "o1       充值卡      1   1234      9.99 CNY\n"
        "order-2  VPN     1,000      7  -1234.56 CNY\n");
}

TEST_CASE("no line of a table ends with a blank", "[rows]") {
  CHECK(written(Format::table, {{"a", "first"}, {"b", "second"}}, {{std::string("x"), std::string()}}) ==
        "first  second\n-----  ------\nx\n");
}

TEST_CASE("an empty table is its titles", "[rows]") {
  CHECK(written(Format::table, {{"a", "first"}, {"b", "b"}}, {}) == "first  b\n-----  -\n");
  CHECK(written(Format::csv, {{"a", "first"}, {"b", "b"}}, {}) == "a,b\n");
  CHECK(written(Format::json, {{"a", "first"}, {"b", "b"}}, {}) == "[]\n");
}

TEST_CASE("the titles of a table are bold where colours are shown, and nothing else is", "[rows]") {
  const auto shown = [](Format format, bool colour) {
    std::ostringstream out;
    cli::Context context{.out = out, .err = out, .colour = colour};
    const auto writer = cli::row_writer(format, context, {{"a", "first"}});
    writer->row({std::string("x")});
    writer->end();
    return out.str();
  };
  CHECK(shown(Format::table, true) == "\x1b[1mfirst\n\x1b[0m-----\nx\n");
  CHECK(shown(Format::table, false) == "first\n-----\nx\n");
  CHECK(shown(Format::csv, true) == "a\nx\n");
  CHECK(shown(Format::json, true) == "[\n{\"a\":\"x\"}\n]\n");
}

TEST_CASE("csv has minor units, plain numbers, and quotes where they are needed", "[rows]") {
  CHECK(written(Format::csv, sale_columns,
                {sale("o1", "充值卡", 1'000'000, 1234, 999), sale("o2", "a \"b\", c", 0, -7, -123'456)}) ==
        "order_id,title,count,position,amount_minor\n"
        "o1,充值卡,1000000,1234,999\n"
        "o2,\"a \"\"b\"\", c\",0,-7,-123456\n");
}

TEST_CASE("free text is no formula in a spreadsheet, and ids and amounts stay as they are", "[rows]") {
  CHECK(written(Format::csv, {{"id", ""}, {"title", ""}, {"amount_minor", ""}},
                {{std::string("-id"), FreeText{"=1+1"}, Money{{-5}, {"CNY"}, 2}}}) ==
        "id,title,amount_minor\n-id,'=1+1,-5\n");
  CHECK(written(Format::json, {{"title", ""}}, {{FreeText{"=1+1"}}}) == "[\n{\"title\":\"=1+1\"}\n]\n");
}

TEST_CASE("json has a line per row, its keys in the order of the columns", "[rows]") {
  const auto json = written(Format::json, sale_columns, {sale("o1", "充值卡", 3, 7, -999), sale("o2", "\"", 0, 8, 0)});
  CHECK(json ==
        "[\n"
        "{\"order_id\":\"o1\",\"title\":\"充值卡\",\"count\":3,\"position\":7,\"amount_minor\":-999},\n"
        "{\"order_id\":\"o2\",\"title\":\"\\\"\",\"count\":0,\"position\":8,\"amount_minor\":0}\n"
        "]\n");
  CHECK(nlohmann::json::parse(json).size() == 2);
}

TEST_CASE("csv and json are streamed, a table waits for its last row", "[rows]") {
  const auto first_row_of = [](Format format) {
    std::ostringstream out;
    const auto writer = cli::row_writer(format, out, {{"a", "a"}});
    writer->row({std::string("x")});
    return out.str();
  };
  CHECK(first_row_of(Format::csv) == "a\nx\n");
  CHECK(first_row_of(Format::json) == "[\n{\"a\":\"x\"}");
  CHECK(first_row_of(Format::table).empty());
}
