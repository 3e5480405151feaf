// The journal as CSV, JSON and xlsx, and what other readers of these formats find in it.
#include "tests/projections/exports/odd_books.hpp"
#include "tests/projections/exports/outside_program.hpp"

#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// What openpyxl reads, as JSON: the sheets' cells with their types and formats.
nlohmann::json read_workbook(const std::filesystem::path& folder, const std::string& bytes) {
  const auto file = folder / "journal.xlsx";
  std::ofstream(file, std::ios::binary) << bytes;
  const auto script = folder / "read.py";
  std::ofstream(script) << R"python(
import json, sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
print(json.dumps([{
    "frozen": sheet.freeze_panes,
    "rows": [[{"v": str(c.value) if c.is_date else c.value, "t": c.data_type, "f": c.number_format} for c in row]
             for row in sheet.iter_rows()],
} for sheet in book.worksheets]))
)python";
  const auto ran = run_outside("/usr/bin/python3 '" + script.string() + "' '" + file.string() + "'");
  CAPTURE(ran.out);
  REQUIRE(ran.exit_code == 0);
  return nlohmann::json::parse(ran.out);
}

JournalRequest csv_with_mark(OddBooks& books) {
  auto request = books.request();
  request.byte_order_mark = true;
  return request;
}

}  // namespace

TEST_CASE("CSV has one line a posting, minor units and decimals, and no formula", "[journal][export]") {
  OddBooks books;
  const auto text = books.exported("csv");
  CHECK(text.starts_with(
      "transaction,date,at,kind,payee,order_id,settlement_id,account,title,currency,amount_minor,amount\n"));
  CHECK(has(text,
            ",2026-05-01,2026-05-01T13:00:00Z,delivery,upline,o:1-,,Income:Sales:v%3Aip-1.,"
            "\"月卡 \"\"充值\"\", 5% (x); =SUM(A1) | \\ 🎮\",CNY,-999,-9.99\n"));
  CHECK(has(text, ",delivery,upline,'-o2,,Income:Sales:jp,'=1+1,JPY,-12345,-12345\n"));
  CHECK(has(text, ",commission,'-x,'-o2,,Liabilities:Commission:Pending:-x,,JPY,-617,-617\n"));
  CHECK(has(text, ",Income:Sales:inch,'@token,1INCH,-1500000000000000000,-1.500000000000000000\n"));
  CHECK_FALSE(has(text, "\r"));
  CHECK(books.exported("csv", csv_with_mark(books)) == "\xEF\xBB\xBF" + text);
}

TEST_CASE("JSON has every transaction, and its postings come to nothing", "[journal][export]") {
  OddBooks books;
  const auto json = nlohmann::json::parse(books.exported("json"));
  std::size_t transactions = 0;
  books.now().journal().transactions({}, [&](const JournalTransaction&) { ++transactions; });
  CHECK(json.size() == transactions);
  for (const auto& transaction : json) {
    std::map<std::string, std::int64_t> sums;
    for (const auto& p : transaction.at("postings")) sums[p.at("currency")] += p.at("amount_minor").get<std::int64_t>();
    for (const auto& [currency, sum] : sums) CHECK(sum == 0);
  }
  CHECK(json.front().at("kind") == "payment");
  CHECK(json.front().at("order_id") == "o:1-");
  CHECK(json.front().at("settlement_id").is_null());
  CHECK(json.front().at("postings").at(0) == nlohmann::json{{"account", "Assets:Gateway:支付%20宝%3B%20%20x%29"},
                                                            {"currency", "CNY"},
                                                            {"amount_minor", 999},
                                                            {"amount", "9.99"}});
}

TEST_CASE("a workbook has amounts as numbers in their currency's format, ids as text, and sums as formulas",
          "[journal][export]") {
  OddBooks books;
  const auto sheets = read_workbook(books.folder(), books.exported("xlsx"));
  REQUIRE(sheets.size() == 1);
  CHECK(sheets[0]["frozen"] == "A2");
  const auto& rows = sheets[0]["rows"];
  CHECK(rows[0][9]["v"] == "Debit");
  CHECK(rows[1][0]["v"] == "2026-05-01 13:00:00");
  CHECK(rows[1][4] == nlohmann::json{{"v", "o:1-"}, {"t", "s"}, {"f", "General"}});
  CHECK(rows[1][9] == nlohmann::json{{"v", 9.99}, {"t", "n"}, {"f", "#,##0.00"}});
  const auto row_of = [&](const std::string& account, const std::string& order) {
    for (const auto& row : rows) {
      if (row[6]["v"] == account && row[4]["v"] == order) return row;
    }
    return nlohmann::json();
  };
  CHECK(row_of("Income:Sales:jp", "-o2")[7] == nlohmann::json{{"v", "=1+1"}, {"t", "s"}, {"f", "General"}});
  CHECK(row_of("Income:Sales:jp", "-o2")[10] == nlohmann::json{{"v", 12345}, {"t", "n"}, {"f", "#,##0"}});
  CHECK(row_of("Income:Sales:bit", "o4")[10]["f"] == "#,##0.00000000");
  const auto& total = rows[rows.size() - 5];
  CHECK(total[0]["v"] == "Total");
  CHECK(total[8]["v"] == "1INCH");
  const auto last = std::to_string(rows.size() - 5);
  CHECK(total[9]["v"] == "=SUMIF(I2:I" + last + ",\"1INCH\",J2:J" + last + ")");
  CHECK(total[10]["t"] == "f");
}

TEST_CASE("an amount with more digits than a spreadsheet keeps is refused, not rounded", "[journal][export]") {
  ExampleBooks books;
  books.append(AddProduct{{"large"}, "large", {1}, {"CNY"}, Fulfilment::external, may(1)});
  books.append(purchase({.order = "o1", .product = "large", .amount = 1'234'567'890'123'456}));
  const JournalRequest request{.exponent_of = [](std::string_view) { return Exponent{2}; }};
  CHECK_THROWS_AS(export_journal(books.now().journal(), request, *find_journal_format("xlsx"), [](std::string_view) {}),
                  ExportRefused);
}

TEST_CASE("the same journal is the same bytes in every format, also after a rebuild", "[journal][export]") {
  OddBooks books;
  std::map<std::string, std::string> first;
  for (const auto& format : journal_formats()) first[std::string(format.name)] = books.exported(format.name);
  books.models().rebuild();
  for (const auto& format : journal_formats()) CHECK(books.exported(format.name) == first[std::string(format.name)]);
  // What comes later changes nothing of what was there.
  auto request = books.request();
  request.period.last = books.head();
  books.append(purchase({.order = "o9", .member = "carol", .at = may(1, 11)}));
  for (const auto& format : journal_formats()) {
    CHECK(books.exported(format.name, request) == first[std::string(format.name)]);
  }
}

TEST_CASE("a journal that lost an account is not exported", "[journal][export]") {
  OddBooks books;
  books.now();
  ReadModelDatabase file(books.view("journal.v3.db"), "journal");
  file.run("DELETE FROM accounts WHERE number = 3");
  CHECK_THROWS_AS(books.exported("csv"), upline::eventstore::DamagedStore);
}
