// What hledger, ledger and beancount make of the journal: the programs themselves are asked.
#include "tests/projections/exports/odd_books.hpp"
#include "tests/projections/exports/outside_program.hpp"
#include "tests/projections/journal_lines.hpp"
#include "tests/projections/settled_books.hpp"

#include <fstream>
#include <random>
#include <regex>
#include <sstream>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;
namespace fs = std::filesystem;

namespace {

std::string written(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
  return file.string();
}

void must_pass(const std::string& command) {
  const auto ran = run_outside(command);
  CAPTURE(command, ran.out);
  CHECK(ran.exit_code == 0);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The places of the lines that post an amount.
std::vector<std::size_t> posting_lines(const std::vector<std::string>& lines) {
  static const std::regex posting("^ +(Assets|Liabilities|Income|Expenses):.*[0-9].*");
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (std::regex_match(lines[i], posting) && lines[i].find(" = ") == std::string::npos) places.push_back(i);
  }
  return places;
}

/// Adds 1 to the last digit of the line's amount.
std::string with_last_digit_changed(std::string line) {
  const auto amount = line.rfind("  ");
  auto at = line.find_last_of("0123456789");
  while (at > amount + 1 && line.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", amount) < at && line[at + 1] != ' ' &&
         at + 1 != line.size()) {
    at = line.find_last_of("0123456789", at - 1);
  }
  line[at] = line[at] == '9' ? '8' : static_cast<char>(line[at] + 1);
  return line;
}

/// The text with one random posting changed by the smallest amount, and the changed line.
std::pair<std::string, std::string> tampered(const std::string& text, std::mt19937& random) {
  auto lines = lines_of(text);
  const auto places = posting_lines(lines);
  const auto place = places.at(random() % places.size());
  lines[place] = with_last_digit_changed(lines[place]);
  std::string all;
  for (const auto& line : lines) all += line + "\n";
  return {all, lines[place]};
}

void must_notice(const std::string& text, const fs::path& file, const std::vector<std::string>& checks) {
  std::mt19937 random(20261101);
  for (int i = 0; i < 12; ++i) {
    const auto [changed, line] = tampered(text, random);
    CAPTURE(line);
    REQUIRE(changed != text);
    written(file, changed);
    for (const auto& check : checks) CHECK(run_outside(check).exit_code != 0);
  }
}

}  // namespace

TEST_CASE("hledger and ledger accept the journal, whatever ids, titles and currencies it has", "[journal][export]") {
  OddBooks books;
  const auto text = books.exported("hledger");
  const auto file = written(books.folder() / "odd.journal", text);
  must_pass(hledger_check(file));
  must_pass(ledger_check(file));
  CHECK(books.exported("ledger") == text);
  const auto has = [&](const std::string& part) { return text.find(part) != std::string::npos; };
  CHECK(has("account Income:Sales:v%3Aip-1.\n    ; type: R\n    ; title: 月卡 \"充值\"; 5% (x); =SUM(A1) | \\ 🎮\n"));
  CHECK(has("account Assets:Gateway:支付%20宝%3B%20%20x%29\n    ; type: A\n"));
  CHECK(has("commodity JPY\n    format JPY 1000.\n"));
  CHECK(has("commodity \"BTC8\"\n    format \"BTC8\" 1000.00000000\n"));
  CHECK(has("    Liabilities:Commission:Pending:m%3A1-a.b  CNY -0.99\n"));
  CHECK(has("    Liabilities:Commission:Pending:-x  JPY -617\n"));
  CHECK(has("    Expenses:Commission:standard  KWD 0.999\n"));
  CHECK(has("    Assets:Gateway:%D0") == false);
  CHECK(has("    Assets:Gateway:Кошелёк  \"BTC8\" 1.23456789\n"));
}

TEST_CASE("hledger's balances of the odd shop are the journal's, in every currency", "[journal][export]") {
  OddBooks books;
  const auto file = written(books.folder() / "odd.journal", books.exported("hledger"));
  const auto ran = run_outside("hledger -f '" + file + "' balance --no-total --layout bare -O csv");
  REQUIRE(ran.exit_code == 0);
  const auto journal = books.now().journal();
  std::map<std::string, std::string> expected;
  const auto sums = journal.balances({});
  journal.accounts([&](const JournalAccount& account) {
    if (sums.of(account.number) == Minor{0}) return;
    expected[plain_account(account.in_books()) + " " + account.currency] =
        upline::domain::decimal_text(sums.of(account.number), books.request().exponent_of(account.currency));
  });
  std::map<std::string, std::string> theirs;
  for (const auto& line : lines_of(ran.out)) {
    static const std::regex row("\"(.*)\",\"(.*)\",\"(.*)\"");
    std::smatch cells;
    REQUIRE(std::regex_match(line, cells, row));
    if (cells[1] != "account") theirs[cells[1].str() + " " + cells[2].str()] = cells[3];
  }
  CHECK(theirs == expected);
}

TEST_CASE("beancount accepts the journal with its pedantic plugin and without tolerance", "[journal][export]") {
  OddBooks books;
  const auto text = books.exported("beancount");
  must_pass(beancount_check(written(books.folder() / "odd.beancount", text)));
  const auto has = [&](const std::string& part) { return text.find(part) != std::string::npos; };
  CHECK(has("option \"inferred_tolerance_multiplier\" \"0\"\nplugin \"beancount.plugins.pedantic\"\n"));
  CHECK(has("open Income:Sales:Xv-3Aip-2D1-2E CNY\n  title: \"月卡 \\\"充值\\\", 5% (x); =SUM(A1) | \\\\ 🎮\"\n"));
  CHECK(has("  Liabilities:Commission:Pending:X-2Dx  -617 JPY\n"));
  CHECK(has("  Assets:Gateway:Xwallet  1.500000000000000000 X.1INCH\n"));
  CHECK(has(" balance Liabilities:Commission:Payable:X-2Dx  -617 ~ 0 JPY\n"));
}

TEST_CASE("the smallest change of any posting is noticed by every program", "[journal][export]") {
  OddBooks books;
  const auto plain = (books.folder() / "tampered.journal").string();
  must_notice(books.exported("hledger"), plain, {hledger_check(plain), ledger_check(plain)});
  const auto bean = (books.folder() / "tampered.beancount").string();
  must_notice(books.exported("beancount"), bean, {beancount_check(bean)});
}

TEST_CASE("so it is in the postings of payouts", "[journal][export][payouts]") {
  SettledBooks books;
  const auto exported = [&](const char* format) {
    std::string text;
    const JournalRequest request{.exponent_of = [](std::string_view) { return Exponent{2}; }};
    export_journal(books.now().journal(), request, *find_journal_format(format),
                   [&](std::string_view bytes) { text += bytes; });
    return text;
  };
  const auto plain = (books.folder() / "tampered.journal").string();
  must_notice(exported("hledger"), plain, {hledger_check(plain), ledger_check(plain)});
  const auto bean = (books.folder() / "tampered.beancount").string();
  must_notice(exported("beancount"), bean, {beancount_check(bean)});
}

TEST_CASE("a forgery that balances is noticed by the balances at the end", "[journal][export]") {
  OddBooks books;
  const auto forged = [](std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
  };
  const auto plain = written(
      books.folder() / "forged.journal",
      forged(books.exported("hledger"), "  KWD 0.999\n    Liabilities:Commission:Pending:m%3A1-a.b  KWD -0.999\n",
             "  KWD 0.998\n    Liabilities:Commission:Pending:m%3A1-a.b  KWD -0.998\n"));
  CHECK(run_outside(hledger_check(plain)).exit_code != 0);
  CHECK(run_outside(ledger_check(plain)).exit_code != 0);
  const auto bean = written(
      books.folder() / "forged.beancount",
      forged(books.exported("beancount"), "  0.999 KWD\n  Liabilities:Commission:Pending:Xm-3A1-2Da-2Eb  -0.999 KWD\n",
             "  0.998 KWD\n  Liabilities:Commission:Pending:Xm-3A1-2Da-2Eb  -0.998 KWD\n"));
  CHECK(run_outside(beancount_check(bean)).exit_code != 0);
}

TEST_CASE("a part of the journal is accepted as well, and asserts no balance", "[journal][export]") {
  OddBooks books;
  auto request = books.request();
  request.period = {.from = may(8), .until = may(15)};
  const auto text = books.exported("hledger", request);
  CHECK(text.find(" = ") == std::string::npos);
  CHECK(text.find("commission-available") != std::string::npos);
  const auto file = written(books.folder() / "part.journal", text);
  must_pass(hledger_check(file));
  must_pass(ledger_check(file));
  must_pass(beancount_check(written(books.folder() / "part.beancount", books.exported("beancount", request))));
}

TEST_CASE("a shop that sold nothing has a journal without transactions", "[journal][export]") {
  ExampleBooks books;
  for (const auto* format : {"hledger", "beancount", "csv", "json"}) {
    std::string text;
    const auto counts = export_journal(books.now().journal(), {}, *find_journal_format(format),
                                       [&](std::string_view bytes) { text += bytes; });
    CHECK(counts.transactions == 0);
    const auto file = written(books.folder() / format, text);
    if (format == std::string("hledger")) must_pass(hledger_check(file));
    if (format == std::string("beancount")) must_pass(beancount_check(file));
  }
}

TEST_CASE("a currency that beancount has no name for is refused", "[journal][export]") {
  ExampleBooks books;
  const std::string code = "123456789012345678901234";
  books.append(DeclareCurrency{{code}, {0}, may(1)});
  books.append(AddProduct{{"odd"}, "odd", {999}, {code}, Fulfilment::external, may(1)});
  books.append(RecordPurchase{{"o1"}, {"dave"}, {"odd"}, {1}, {999}, {code}, "alipay", may(1)});
  const JournalRequest request{.exponent_of = [](std::string_view) { return Exponent{0}; }};
  CHECK_THROWS_WITH(
      export_journal(books.now().journal(), request, *find_journal_format("beancount"), [](std::string_view) {}),
      "beancount has no name for the currency " + code + ": use another format");
}
