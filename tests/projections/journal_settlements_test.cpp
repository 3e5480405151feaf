// Settlements that were really run, in the journal: it ties to the balances at every position, and the accountant's
// programs accept it.
#include "domain/books.hpp"
#include "projections/exports/journal_export.hpp"
#include "projections/journal_report.hpp"
#include "projections/journal_ties.hpp"
#include "projections/settling.hpp"
#include "tests/projections/exports/outside_program.hpp"
#include "tests/projections/journal_lines.hpp"

#include <fstream>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;
using upline::eventstore::Request;

namespace {

/// Two sales are settled with tax and fee: one payout is paid, one returned after it was paid, one fails; the next
/// settlement is cancelled, and the one behind it pays after all.
class SettledBooks : public ExampleBooks {
 public:
  SettledBooks() {
    append(purchase({.order = "o1", .quantity = 10, .amount = 99'900}));
    settle("first");
    run(ApproveSettlement{.settlement = {"first"}});
    record("first", "alice", PayoutResult::paid);
    record("first", "bob", PayoutResult::paid);
    record("first", "bob", PayoutResult::returned);
    record("first", "carol", PayoutResult::failed);
    append(refund("r1", "o1", 50'000, may(21)));
    settle("second");
    run(CancelSettlement{.settlement = {"second"}, .reason = "wrong minimum"});
    settle("third");
    run(ApproveSettlement{.settlement = {"third"}});
    record("third", "carol", PayoutResult::paid);
  }

 private:
  void run(Command command) {
    const Request request{.command = std::move(command), .actor = "li", .dated = false};
    must_append(shop().handler().execute({&request, 1}).front());
  }
  void record(const std::string& settlement, const std::string& member, PayoutResult result) {
    run(RecordPayoutResult{
        .settlement = {settlement}, .member = {member}, .currency = {"CNY"}, .result = result, .text = "x"});
  }
  void settle(const std::string& id) {
    const auto execute = [&](const Request& request) { return shop().handler().execute({&request, 1}).front(); };
    const auto settled = upline::projections::settle(
        store(), models(), execute,
        {.settlement = {id}, .terms = {may(id == "first" ? 20 : 25), {1}, {7}, "flat:1000"}}, "wang", {});
    REQUIRE(settled.has_value());
  }
};

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
