// The journal of real histories, through the program, as accountants' programs read it.
#include "tests/cli/demo.hpp"
#include "tests/projections/exports/outside_program.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include <catch2/catch.hpp>

using namespace upline::tests;
namespace fs = std::filesystem;

namespace {

constexpr const char* behind_everything = "2200-01-01";

/// By member: pending and available, in minor units.
using Owed = std::map<std::string, std::pair<std::int64_t, std::int64_t>>;

Owed owed_by_balances(const ShopUnderTest& shop, const std::string& day) {
  Owed owed;
  std::istringstream csv(shop.ask({"balances", "--as-of", day + "T00:00:00Z", "--format", "csv"}));
  std::string line;
  std::getline(csv, line);
  while (std::getline(csv, line)) {
    const auto cells = cells_of(line);
    const std::pair<std::int64_t, std::int64_t> amounts{std::stoll(cells.at(4)), std::stoll(cells.at(5))};
    if (amounts.first != 0 || amounts.second != 0) owed[cells.at(0)] = amounts;
  }
  return owed;
}

/// `-12.34` as the shop owes it: 1234.
std::int64_t owed_minor(std::string amount) {
  std::erase(amount, '.');
  return -std::stoll(amount);
}

/// hledger's own sums. Its days end at midnight, and nothing of these histories happens then.
Owed owed_by_hledger(const fs::path& file, const std::string& day) {
  const auto ran = run_outside("hledger -f '" + file.string() + "' balance --strict --end " + day +
                               " --no-total --layout bare -O csv Liabilities:Commission");
  CAPTURE(ran.out.substr(0, 500));
  REQUIRE(ran.exit_code == 0);
  static const std::regex row("\"Liabilities:Commission:(Pending|Payable):(.*)\",\"USD\",\"(.*)\"");
  Owed owed;
  std::istringstream csv(ran.out);
  for (std::string line; std::getline(csv, line);) {
    std::smatch cells;
    if (!std::regex_match(line, cells, row)) continue;
    auto& member = owed[cells[2]];
    (cells[1] == "Pending" ? member.first : member.second) = owed_minor(cells[3]);
  }
  return owed;
}

std::string export_journal(const ShopUnderTest& shop, const std::string& format, const std::string& file) {
  const auto finished =
      run_upline(shop.folder(), ShopUnderTest::with_shop({"export", "journal", "--format", format, "--out", file}));
  CAPTURE(finished.err);
  REQUIRE(finished.exit_code == 0);
  REQUIRE(finished.out.empty());
  return finished.err;
}

void must_pass(const std::string& command) {
  const auto ran = run_outside(command);
  CAPTURE(command, ran.out.substr(0, 1000));
  CHECK(ran.exit_code == 0);
}

void hledger_must_agree(const ShopUnderTest& shop) {
  export_journal(shop, "hledger", "books.journal");
  for (const auto& day : expected_days) {
    CAPTURE(day);
    CHECK(owed_by_hledger(shop.folder() / "books.journal", day) == owed_by_balances(shop, day));
  }
}

}  // namespace

TEST_CASE("hledger's balance of every member of the demonstration shop is ours", "[demo][journal]") {
  const ShopUnderTest shop;
  shop.ask({"import", demo_folder().string()});
  hledger_must_agree(shop);
  const auto plain = (shop.folder() / "books.journal").string();
  must_pass(hledger_check(plain));
  must_pass(ledger_check(plain));
  export_journal(shop, "beancount", "books.beancount");
  must_pass(beancount_check((shop.folder() / "books.beancount").string()));
}

namespace {

/// Of the settlement's lines in turn: paid, failed, without a result.
void settle_in_part(const ShopUnderTest& shop) {
  const auto opened = run_upline(
      shop.folder(), ShopUnderTest::with_shop({"settle", "open", "s1", "--cutoff", "1998-06-01T00:00:00Z", "--minimum",
                                               "100", "--fee", "3", "--tax", "flat:1000", "--yes", "--format", "csv"}));
  REQUIRE(opened.exit_code == 0);
  std::istringstream lines(opened.out);
  shop.ask({"settle", "approve", "s1", "--yes"});
  std::ofstream results(shop.folder() / "results.csv");
  results << "member_id,currency,status,reference_or_reason,net_minor\n";
  std::string line;
  std::getline(lines, line);
  for (int number = 0; std::getline(lines, line); ++number) {
    const auto cells = cells_of(line);
    if (number % 3 == 0) results << cells.at(0) << ",USD,paid,ref," << cells.at(5) << '\n';
    if (number % 3 == 1) results << cells.at(0) << ",USD,failed,no such account,\n";
  }
  results.close();
  shop.ask({"settle", "result", "s1", "results.csv"});
}

}  // namespace

TEST_CASE("with payouts that are paid, failed and open, hledger's balance of every member is ours too",
          "[demo][journal]") {
  const ShopUnderTest shop;
  shop.ask({"import", demo_folder().string()});
  settle_in_part(shop);
  export_journal(shop, "hledger", "books.journal");
  const auto plain = shop.folder() / "books.journal";
  const auto ours = owed_by_balances(shop, behind_everything);
  CHECK(ours.size() > 100);
  CHECK(owed_by_hledger(plain, behind_everything) == ours);
  must_pass(hledger_check(plain.string()));
  must_pass(ledger_check(plain.string()));
  export_journal(shop, "beancount", "books.beancount");
  must_pass(beancount_check((shop.folder() / "books.beancount").string()));
}

TEST_CASE("hledger's balance of every member of all of CDNOW is ours", "[demo][full][journal]") {
  const char* data = std::getenv("UPLINE_TEST_DATA");
  if (data == nullptr || *data == '\0') {
    WARN("skipped: UPLINE_TEST_DATA does not name the folder that holds cdnow/ and cdnow-sample/");
    return;
  }
  const ShopUnderTest shop;
  shop.ask({"import", (fs::path(data) / "cdnow").string()});
  hledger_must_agree(shop);
  must_pass(ledger_check((shop.folder() / "books.journal").string()));
}

TEST_CASE("the demonstration shop's journal is the same file again, also when its views are made anew",
          "[demo][journal]") {
  const ShopUnderTest shop;
  shop.ask({"import", demo_folder().string()});
  for (const std::string format : {"hledger", "ledger", "beancount", "csv", "xlsx", "json"}) {
    CAPTURE(format);
    const auto said = export_journal(shop, format, "first");
    fs::remove_all(shop.shop_folder() / "views");
    export_journal(shop, format, "second");
    CHECK(read_text(shop.folder() / "first") == read_text(shop.folder() / "second"));
    const auto hash = run_outside("sha256sum < '" + (shop.folder() / "first").string() + "'").out.substr(0, 64);
    CHECK(said.find("\nsha256 " + hash + "\n") != std::string::npos);
  }
}

TEST_CASE("an export that is killed leaves what was there", "[demo][journal]") {
  const ShopUnderTest shop;
  shop.ask({"import", demo_folder().string()});
  shop.ask({"stats"});
  write_text(shop.folder() / "books.csv", "before");
  for (int tries = 0; tries < 20; ++tries) {
    Program program(shop.folder(),
                    ShopUnderTest::with_shop({"export", "journal", "--format", "csv", "--out", "books.csv"}));
    const auto part = [&] {
      for (const auto& entry : fs::directory_iterator(shop.folder())) {
        if (entry.path().extension() == ".part") return true;
      }
      return false;
    };
    while (!part() && program.is_running()) {
    }
    program.kill();
    if (program.wait().exit_code == 0) continue;
    CHECK(read_text(shop.folder() / "books.csv") == "before");
    export_journal(shop, "csv", "books.csv");
    CHECK(read_text(shop.folder() / "books.csv").starts_with("transaction,"));
    return;
  }
  FAIL("it was always done before it could be killed");
}
