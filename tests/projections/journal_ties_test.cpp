// The identities of the double entry, at every position of any history.
#include "projections/journal_ties.hpp"

#include "domain/books.hpp"
#include "projections/journal_movements.hpp"
#include "projections/journal_report.hpp"
#include "projections/statement.hpp"
#include "projections/verification.hpp"
#include "tests/projections/journal_lines.hpp"
#include "tests/projections/live_books.hpp"
#include "tests/projections/memory_folder.hpp"
#include "tests/projections/random_selling.hpp"
#include "tests/projections/random_settling.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// Writes all movements again as `change` leaves them.
void change_movements(ReadModelDatabase& file, const std::function<void(MovementRow&)>& change) {
  std::vector<MovementRow> all;
  auto rows = file.query("SELECT number, about, occurred_at, available_in, member, packed FROM movements");
  while (rows.next()) read(rows, 0, all.emplace_back());
  for (auto& row : all) {
    change(row);
    const auto packed = pack(row.movements);
    const auto in =
        row.available_at ? SqlValue(row.available_at->microseconds - row.occurred_at.microseconds) : SqlValue();
    file.run("UPDATE movements SET available_in = $1, packed = $2 WHERE number = $3", {in, Blob{packed}, row.first()});
  }
}

/// Every account's balance is what the domain's own books come to.
void check_against_books(const Journal& journal, const AccountSums& sums, const Books& books) {
  journal.accounts([&](const JournalAccount& account) {
    RC_ASSERT(sums.of(account.number) == books.sum(account.in_books(), {account.currency}));
  });
}

void check_reports(const Journal& journal, const AsOf& as_of) {
  for (const auto& total : trial_balance(journal, as_of).totals) RC_ASSERT(total.debit == total.credit);
}

/// What the journal owes the members is what the balances say they have coming, in all.
void check_total(ReadModels& models, const Journal& journal, const AsOf& as_of) {
  std::map<std::string, std::int64_t> owed;
  models.balances().balances(
      as_of, [&](const Balance& b) { owed[std::string(b.currency)] += b.pending.value + b.available.value; });
  const auto sums = journal.balances(as_of);
  journal.accounts([&](const JournalAccount& account) {
    if (to_text(account.in_books()).starts_with("Liabilities:Commission:")) {
      owed[account.currency] += sums.of(account.number).value;
    }
  });
  for (const auto& [currency, rest] : owed) RC_ASSERT(rest == 0);
}

void check_every_position(ShopBooks& shop) {
  auto& models = shop.now();
  const auto journal = models.journal();
  Books books;
  for (const auto& event : all_events(shop.store())) {
    RC_ASSERT(!books.apply(event).has_value());
    const auto as_of = models.as_of(event.position);
    RC_ASSERT(journal_findings(journal, models.balances(), as_of).empty());
    check_against_books(journal, journal.balances(as_of), books);
    check_total(models, journal, as_of);
    check_reports(journal, as_of);
  }
}

/// The transactions of the period that ends at the cut, one by one and summed, come to the balances at the cut.
void check_period(ShopBooks& shop, Timestamp cut) {
  auto& models = shop.now();
  const auto journal = models.journal();
  const JournalPeriod period{.until = {cut.microseconds + 1}};
  AccountSums written;
  auto last = timestamp_min;
  journal.transactions(period, [&](const JournalTransaction& transaction) {
    RC_ASSERT(transaction.at >= last);
    RC_ASSERT(!transaction.payee.empty());
    last = transaction.at;
    for (const auto& posting : transaction.postings) written.post(posting.account.number, posting.amount);
  });
  const auto sums = journal.sums(period);
  RC_ASSERT(balances_of(journal, written) == balances_of(journal, sums.sums));
  RC_ASSERT(balances_of(journal, sums.sums) == balances_of(journal, journal.balances(at(cut))));
  RC_ASSERT(sums.empty() || sums.last == last);
  RC_ASSERT(journal_findings(journal, models.balances(), at(cut)).empty());
}

/// Takes a statement's closing balances.
class ClosingBalances final : public StatementWriter {
 public:
  void begin(const StatementTime&) override {}
  void begin_currency(const Currency&, Minor) override {}
  void line(const StatementLine&) override {}
  void end_currency(const Currency& currency, Minor closing) override { closing_[currency.code] = closing; }
  void end() override {}
  Minor of(std::string_view currency) const { return closing_.at(std::string(currency)); }

 private:
  std::map<std::string, Minor> closing_;
};

/// A member's statement over all time closes with what the shop owes the member.
void check_statements(ShopBooks& shop) {
  auto& models = shop.now();
  std::map<std::pair<std::string, std::string>, std::int64_t> owed;
  models.balances().balances({}, [&](const Balance& balance) {
    owed[{std::string(balance.member), std::string(balance.currency)}] =
        balance.pending.value + balance.available.value;
  });
  for (const auto& [key, amount] : owed) {
    ClosingBalances closing;
    const StatementTime time{{key.first}, timestamp_min, timestamp_max};
    write_statement(models.balances(), models.payouts(), {}, time, closing);
    RC_ASSERT(closing.of(key.second).value == amount);
  }
}

Lines verified(ShopBooks& shop) {
  auto found = verify(shop.store(), &shop.shop().vault(), shop.now());
  found.log_findings.insert(found.log_findings.end(), found.books_findings.begin(), found.books_findings.end());
  found.log_findings.insert(found.log_findings.end(), found.views_findings.begin(), found.views_findings.end());
  return found.log_findings;
}

}  // namespace

TEST_CASE("the journal balances and ties to the members' balances at every position", "[journal][property]") {
  rc::prop("any selling, at every position", [] {
    const MemoryFolder folder;
    SellingBooks shop(folder.path());
    shop.run(*any_selling());
    check_every_position(shop.books());
  });
}

TEST_CASE("so it does whatever is settled, interrupted, cancelled, paid and sent back",
          "[journal][settling][property]") {
  rc::prop("any settling, at every position", [] {
    const MemoryFolder folder;
    SettlingBooks shop(folder.path());
    shop.run(*any_settling());
    check_every_position(shop.books());
    check_period(shop.books(), may(1, *rc::gen::inRange(0, 60 * 24)));
    check_statements(shop.books());
    const auto findings = verified(shop.books());
    RC_ASSERT(findings == Lines{});
  });
}

TEST_CASE("the transactions add up to the balances, in any period and at any time", "[journal][property]") {
  rc::prop("any selling, cut anywhere", [] {
    const MemoryFolder folder;
    SellingBooks shop(folder.path());
    shop.run(*any_selling());
    check_period(shop.books(), may(1, *rc::gen::inRange(0, 40 * 24)));
  });
}

TEST_CASE("a journal that says something else than the balances is found", "[journal]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1"}));
  auto& models = books.now();
  CHECK(journal_findings(models.journal(), models.balances(), {}).empty());
  ReadModelDatabase file(books.view("journal.v3.db"), "journal");
  change_movements(file, [](MovementRow& row) {
    for (auto& movement : row.movements) {
      if (movement.amount == Minor{99}) movement.amount = Minor{100};
    }
  });
  CHECK(journal_findings(models.journal(), models.balances(), at(may(2))) ==
        Lines{"the journal owes carol 100 pending and 0 available in CNY, the balances say 99 and 0"});
  change_movements(file, [](MovementRow& row) {
    row.available_at.reset();
    for (auto& movement : row.movements) {
      if (movement.amount == Minor{24}) movement.credit = 9999;
    }
  });
  const auto findings = journal_findings(models.journal(), models.balances(), {});
  CHECK(findings == Lines{"the journal owes alice 0 pending and 0 available in CNY, the balances say 0 and 24",
                          "the journal owes bob 49 pending and 0 available in CNY, the balances say 0 and 49",
                          "the journal owes carol 100 pending and 0 available in CNY, the balances say 0 and 99",
                          "the journal's accounts in CNY come to 24"});
}

TEST_CASE("a report's sums are those of its lines, and a member's debt stands apart", "[journal]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1"}));
  books.append(purchase({.order = "o2", .member = "carol", .at = may(2)}));
  const auto journal = books.now().journal();
  const auto told = [](const Report& report) {
    Lines lines;
    for (const auto& l : report.lines) {
      lines.push_back(fmt::format("{} {} {} {} '{}'", l.account, l.currency, l.debit.value, l.credit.value, l.title));
    }
    for (const auto& t : report.totals)
      lines.push_back(fmt::format("{} {} {}", t.currency, t.debit.value, t.credit.value));
    return lines;
  };
  CHECK(told(trial_balance(journal, at(may(5)))) ==
        Lines{"Assets:Gateway:alipay CNY 1998 0 ''", "Liabilities:Buyers CNY 0 0 ''",
              "Liabilities:Commission:Pending CNY 0 320 ''", "Income:Sales:game CNY 0 1998 'the game'",
              "Expenses:Commission:standard CNY 320 0 ''", "CNY 2318 2318"});
  CHECK(told(income(journal, at(may(5)))) ==
        Lines{"Income:Sales:game CNY 0 1998 'the game'", "Expenses:Commission:standard CNY 320 0 ''", "CNY 320 1998"});
  CHECK(told(liabilities(journal, at(may(5)))) ==
        Lines{"Liabilities:Buyers CNY 0 0 ''", "Liabilities:Commission:Pending CNY 0 320 ''", "CNY 0 320"});
  CHECK(told(trial_balance(journal, at(may(1, 1)))).empty());
}
