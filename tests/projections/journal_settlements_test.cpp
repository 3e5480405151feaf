// Settlements that were really run, in the journal: it ties to the balances at every position, and the accountant's
// programs accept it.
#include "domain/books.hpp"
#include "projections/exports/journal_export.hpp"
#include "projections/journal_report.hpp"
#include "projections/journal_ties.hpp"
#include "tests/projections/exports/outside_program.hpp"
#include "tests/projections/journal_lines.hpp"
#include "tests/projections/settled_books.hpp"

#include <fstream>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

std::string exported(SettledBooks& books, const char* format, const std::string& name) {
  auto file = (books.folder() / name).string();
  std::ofstream out(file, std::ios::binary);
  const JournalRequest request{.exponent_of = [](std::string_view) { return Exponent{2}; }};
  export_journal(books.now().journal(), request, *find_journal_format(format),
                 [&](std::string_view bytes) { out << bytes; });
  return file;
}

}  // namespace

TEST_CASE("with settlements too, the journal balances and ties to the members' balances at every position",
          "[journal][payouts]") {
  SettledBooks shop;
  auto& models = shop.now();
  const auto journal = models.journal();
  Books books;
  for (const auto& event : all_events(shop.store())) {
    CAPTURE(event.position.value);
    REQUIRE_FALSE(books.apply(event).has_value());
    const auto as_of = models.as_of(event.position);
    CHECK(journal_findings(journal, models.balances(), as_of).empty());
    const auto sums = journal.balances(as_of);
    journal.accounts([&](const JournalAccount& account) {
      CHECK(sums.of(account.number) == books.sum(account.in_books(), {account.currency}));
    });
    for (const auto& total : trial_balance(journal, as_of).totals) CHECK(total.debit == total.credit);
  }
  CHECK(balances_of(journal, journal.sums({}).sums) == balances_of(journal, journal.balances({})));
}

TEST_CASE("the accountant's programs accept a journal with settlements", "[journal][payouts][export]") {
  SettledBooks shop;
  const auto plain = exported(shop, "hledger", "books.journal");
  for (const auto& check :
       {hledger_check(plain), ledger_check(plain), beancount_check(exported(shop, "beancount", "books.beancount"))}) {
    const auto ran = run_outside(check);
    CAPTURE(check, ran.out);
    CHECK(ran.exit_code == 0);
  }
  const auto text = run_outside("cat '" + plain + "'").out;
  for (const auto* kind : {"payout-scheduled", "payout-paid", "payout-failed", "payout-returned", "payout-cancelled"}) {
    CHECK(text.find(std::string("    ; kind: ") + kind + "\n") != std::string::npos);
  }
  CHECK(text.find("    ; settlement: third\n") != std::string::npos);
}
