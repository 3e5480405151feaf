// Settlements in the journal: lines count from the event on that fixes their attempt, and until one cancels it.
#include "tests/domain/stories.hpp"
#include "tests/projections/journal_lines.hpp"
#include "tests/projections/memory_folder.hpp"

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

const SettlementId settlement{"2026-05"};
const Timestamp june_1 = at("2026-06-01T00:00:00Z");
const Timestamp june_2 = at("2026-06-02T00:00:00Z");
const PayoutAmounts amounts{{99}, {19}, {1}, {79}};

/// A journal fed with events by hand, each at the next position.
class FedJournal {
 public:
  FedJournal() {
    feed({stream_of(vip), opening, ProductAdded{"月卡", {999}, cny, Fulfilment::external}});
    feed(of_order(OrderPlaced{.member = d, .product = vip, .quantity = {1}, .amount_due = {999}, .currency = cny}));
    feed(accrued(c, 1, basis_points(1000), 999, 99));
  }

  Position feed(const NewEvent& event) {
    ++position_.value;
    take_in(journal_projection(), database_,
            {position_, event.stream, {1}, event.occurred_at, event.occurred_at, event.event});
    return position_;
  }

  Position open(std::uint32_t attempt) {
    feed({stream_of(settlement), june_1, SettlementOpened{.attempt = {attempt}}});
    return feed(of_account(c, PayoutScheduled{settlement, {attempt}, cny, amounts}, june_1));
  }
  Position fix(std::uint32_t attempt) {
    return feed({stream_of(settlement), june_1, SettlementFixed{.attempt = {attempt}}});
  }

  /// Of what the settlement's accounts hold.
  Balances balances(const AsOf& as_of = {}) {
    auto all = balances_of(journal(), journal().balances(as_of));
    std::erase_if(all, [](const auto& b) { return b.first.first.starts_with("Expenses:"); });
    return all;
  }
  Lines lines() { return journal_lines(journal(), {.from = june_1}); }
  Journal journal() { return Journal(database_); }

 private:
  MemoryFolder folder_{};
  ReadModelDatabase database_{folder_.path() / "views" / "journal.db", "journal"};
  Position position_{};
};

Balances only(const std::string& account, std::int64_t amount) { return {{{account, "CNY"}, amount}}; }

const auto payable_99 = only("Liabilities:Commission:Payable:C", -99);
const Balances scheduled{
    {{"Income:Fees", "CNY"}, -1}, {{"Liabilities:Payouts", "CNY"}, -79}, {{"Liabilities:TaxWithheld", "CNY"}, -19}};

}  // namespace

TEST_CASE("a line counts for nothing until its attempt is fixed, and then from there on", "[journal][payouts]") {
  FedJournal fed;
  const auto first = fed.open(1);
  CHECK(fed.balances() == payable_99);
  CHECK(fed.lines().empty());
  const auto second = fed.open(2);
  const auto fixed = fed.fix(2);
  CHECK(fed.balances() == scheduled);
  CHECK(fed.balances(as_of_position({fixed.value - 1}, june_1)) == payable_99);
  CHECK(fed.balances({.time = {june_1.microseconds - 1}}) == payable_99);
  CHECK(fed.lines() == Lines{fmt::format("2026-06-01 ev-{} payout-scheduled C 2026-05: "
                                         "Liabilities:Commission:Payable:C 99 CNY, Liabilities:Payouts -79 CNY, "
                                         "Liabilities:TaxWithheld -19 CNY, Income:Fees -1 CNY",
                                         second.value)});
  CHECK(first < second);
}

TEST_CASE("a payout that is paid leaves the bank, and one that comes back is payable again", "[journal][payouts]") {
  FedJournal fed;
  fed.open(1);
  fed.fix(1);
  const auto paid = fed.feed(of_account(c, PayoutPaid{settlement, {1}, cny, amounts}, june_2));
  CHECK(fed.balances() == Balances{{{"Assets:Bank", "CNY"}, -79},
                                   {{"Income:Fees", "CNY"}, -1},
                                   {{"Liabilities:TaxWithheld", "CNY"}, -19}});
  CHECK(fed.lines().back() ==
        fmt::format("2026-06-02 ev-{} payout-paid C 2026-05: Liabilities:Payouts 79 CNY, Assets:Bank -79 CNY",
                    paid.value));
  fed.feed(of_account(c, PayoutReturned{settlement, {1}, cny, amounts, "account closed"}, june_2));
  CHECK(fed.balances() == payable_99);
  CHECK(balances_of(fed.journal(), fed.journal().sums({}).sums) ==
        balances_of(fed.journal(), fed.journal().balances({})));
}

TEST_CASE("a payout that failed is payable again", "[journal][payouts]") {
  FedJournal fed;
  fed.open(1);
  fed.fix(1);
  fed.feed(of_account(c, PayoutFailed{settlement, {1}, cny, amounts, "no such account"}, june_2));
  CHECK(fed.balances() == payable_99);
  CHECK(fed.balances({.time = june_1}) == scheduled);
}

TEST_CASE("a cancelled settlement frees its lines at once, and another attempt may follow", "[journal][payouts]") {
  FedJournal fed;
  fed.open(1);
  fed.fix(1);
  fed.feed({stream_of(settlement), june_2, SettlementCancelled{"wrong cutoff"}});
  CHECK(fed.balances() == payable_99);
  CHECK(fed.lines().size() == 2);
  CHECK(fed.lines().back().find("-cancelled payout-cancelled C 2026-05: Liabilities:Commission:Payable:C -99 CNY") !=
        std::string::npos);
  fed.open(2);
  fed.fix(2);
  CHECK(fed.balances() == scheduled);
  CHECK(balances_of(fed.journal(), fed.journal().sums({}).sums) ==
        balances_of(fed.journal(), fed.journal().balances({})));
  Lines payees;
  fed.journal().payees({.from = june_1}, [&](std::string_view payee) { payees.emplace_back(payee); });
  CHECK(payees == Lines{"C"});
}
