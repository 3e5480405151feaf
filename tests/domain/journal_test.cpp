#include "domain/journal.hpp"

#include "tests/domain/stories.hpp"

#include <map>

#include <catch2/catch.hpp>

using namespace upline::domain;
using namespace upline::tests;

namespace {

using Lines = std::vector<std::string>;

/// As a bookkeeper writes them: `Assets:Gateway:import 999 CNY`.
Lines lines(const Transaction& transaction) {
  Lines lines;
  for (const auto& [account, amount, currency] : transaction) {
    lines.push_back(to_text(account) + " " + std::to_string(amount.value) + " " + std::string(currency));
  }
  return lines;
}

Lines booked(const NewEvent& event, const OrderInBooks& order = {}) {
  const RecordedEvent recorded{Position{1},       event.stream,      Version{1},
                               event.occurred_at, event.occurred_at, event.event};
  return lines(postings(recorded, order));
}

const OrderInBooks paid_order{"vip", "import", "CNY", Minor{999}, false};
const OrderInBooks delivered_order{"vip", "import", "CNY", Minor{999}, true};

}  // namespace

TEST_CASE("a payment is owed to the buyers until the delivery makes it a sale", "[journal]") {
  CHECK(booked(paid(999), paid_order) == Lines{"Assets:Gateway:import 999 CNY", "Liabilities:Buyers -999 CNY"});
  CHECK(booked(delivered(), paid_order) == Lines{"Liabilities:Buyers 999 CNY", "Income:Sales:vip -999 CNY"});
  CHECK(booked(of_order(KeysDelivered{vip, {{1, 1}}, false}), paid_order) ==
        Lines{"Liabilities:Buyers 999 CNY", "Income:Sales:vip -999 CNY"});
}

TEST_CASE("a payment in another currency than the order's is booked in its own", "[journal]") {
  const PaymentReceived payment{PaymentId{"pay-1"}, Minor{5}, Currency{"USD"}, "stripe", PaymentEffect::owed_back};
  CHECK(booked(of_order(payment), paid_order) == Lines{"Assets:Gateway:stripe 5 USD", "Liabilities:Buyers -5 USD"});
}

TEST_CASE("a delivery books the amount due less what was refunded before", "[journal]") {
  const OrderInBooks partly_refunded{"vip", "import", "CNY", Minor{599}, false};
  CHECK(booked(delivered(), partly_refunded) == Lines{"Liabilities:Buyers 599 CNY", "Income:Sales:vip -599 CNY"});
}

TEST_CASE("a refund is taken from the sale, or before the delivery from what is owed to the buyers", "[journal]") {
  CHECK(booked(refunded("r1", 500, may_8), delivered_order) ==
        Lines{"Income:Sales:vip 500 CNY", "Assets:Gateway:import -500 CNY"});
  CHECK(booked(refunded("r1", 500, may_8), paid_order) ==
        Lines{"Liabilities:Buyers 500 CNY", "Assets:Gateway:import -500 CNY"});
}

TEST_CASE("an accrual is an expense, owed to the member when the hold is over", "[journal]") {
  CHECK(booked(accrued(c, 1, basis_points(1000), 999, 99)) ==
        Lines{"Expenses:Commission:p 99 CNY", "Liabilities:Commission:Pending:C -99 CNY"});
  CHECK(lines(maturity("C", Minor{99}, "CNY")) ==
        Lines{"Liabilities:Commission:Pending:C 99 CNY", "Liabilities:Commission:Payable:C -99 CNY"});
}

TEST_CASE("a reversal takes from pending until its accrual is available, and from payable then", "[journal]") {
  const Timestamp just_before{may_8.microseconds - 1};
  CHECK(booked(reversed(c, 1, "r1", 50, just_before, may_8)) ==
        Lines{"Liabilities:Commission:Pending:C 50 CNY", "Expenses:Commission:p -50 CNY"});
  CHECK(booked(reversed(c, 1, "r1", 50, may_8, may_8)) ==
        Lines{"Liabilities:Commission:Payable:C 50 CNY", "Expenses:Commission:p -50 CNY"});
  CHECK(lines(maturity("C", Minor{-50}, "CNY")) ==
        Lines{"Liabilities:Commission:Pending:C -50 CNY", "Liabilities:Commission:Payable:C 50 CNY"});
}

TEST_CASE("a gift, a forfeit and whatever is no money move nothing", "[journal]") {
  const OrderInBooks gift{"vip", "import", "CNY", Minor{0}, false};
  CHECK(booked(paid(0), gift).empty());
  CHECK(booked(delivered(), gift).empty());
  CHECK(booked(placed(999), paid_order).empty());
  CHECK(booked(forfeited(c, 1, basis_points(1000), 999, 99, ForfeitReason::closed), delivered_order).empty());
  CHECK(booked(of_order(CommissionWithheld{plan_p, PlanVersion{1}, Currency{"USD"}, cny}), delivered_order).empty());
  for (const auto& event : chain_of_four(percent({1000}))) CHECK(booked(event).empty());
  CHECK(maturity("C", Minor{0}, "CNY").empty());
}

TEST_CASE("the worked example's transactions add up to zero, and each is balanced", "[journal]") {
  std::map<std::string, std::int64_t> accounts;
  for (const auto& event : worked_sale()) {
    const RecordedEvent recorded{{}, event.stream, {}, event.occurred_at, {}, event.event};
    std::int64_t sum = 0;
    for (const auto& posting : postings(recorded, paid_order)) {
      sum += posting.amount.value;
      accounts[to_text(posting.account)] += posting.amount.value;
    }
    CHECK(sum == 0);
  }
  CHECK(accounts == std::map<std::string, std::int64_t>{{"Assets:Gateway:import", 999},
                                                        {"Expenses:Commission:p", 172},
                                                        {"Income:Sales:vip", -999},
                                                        {"Liabilities:Buyers", 0},
                                                        {"Liabilities:Commission:Pending:A", -24},
                                                        {"Liabilities:Commission:Pending:B", -49},
                                                        {"Liabilities:Commission:Pending:C", -99}});
}

namespace {

const PayoutAmounts taxed{{5000}, {800}, {100}, {4100}};
const PayoutAmounts untaxed{{5000}, {0}, {0}, {5000}};
const SettlementId october{"2026-10"};

NewEvent of_account(Event event) { return {account_stream({"alice"}), may_8, std::move(event)}; }

}  // namespace

TEST_CASE("a payout that is scheduled is owed no longer to the member but to payouts, tax office and fees",
          "[journal]") {
  CHECK(lines(payout_scheduled("alice", taxed, "CNY")) ==
        Lines{"Liabilities:Commission:Payable:alice 5000 CNY", "Liabilities:Payouts -4100 CNY",
              "Liabilities:TaxWithheld -800 CNY", "Income:Fees -100 CNY"});
  CHECK(lines(payout_scheduled("alice", untaxed, "CNY")) ==
        Lines{"Liabilities:Commission:Payable:alice 5000 CNY", "Liabilities:Payouts -5000 CNY"});
}

TEST_CASE("a line and the end of its settlement move nothing by themselves", "[journal]") {
  CHECK(booked(of_account(PayoutScheduled{october, {1}, {"CNY"}, taxed})).empty());
  CHECK(booked({stream_of(october), may_8, SettlementFixed{}}).empty());
  CHECK(booked({stream_of(october), may_8, SettlementCancelled{}}).empty());
}

TEST_CASE("a payout that is paid leaves the bank with its net amount", "[journal]") {
  CHECK(booked(of_account(PayoutPaid{october, {1}, {"CNY"}, taxed})) ==
        Lines{"Liabilities:Payouts 4100 CNY", "Assets:Bank -4100 CNY"});
}

TEST_CASE("a payout that fails mirrors the scheduled one", "[journal]") {
  const auto mirrored = Lines{"Liabilities:Commission:Payable:alice -5000 CNY", "Liabilities:Payouts 4100 CNY",
                              "Liabilities:TaxWithheld 800 CNY", "Income:Fees 100 CNY"};
  CHECK(booked(of_account(PayoutFailed{october, {1}, {"CNY"}, taxed, "no such account"})) == mirrored);
  CHECK(lines(payout_unscheduled("alice", taxed, "CNY")) == mirrored);
}

TEST_CASE("a payout that is returned comes back to the bank and then has failed", "[journal]") {
  CHECK(booked(of_account(PayoutReturned{october, {1}, {"CNY"}, taxed, "account closed"})) ==
        Lines{"Assets:Bank 4100 CNY", "Liabilities:Payouts -4100 CNY", "Liabilities:Commission:Payable:alice -5000 CNY",
              "Liabilities:Payouts 4100 CNY", "Liabilities:TaxWithheld 800 CNY", "Income:Fees 100 CNY"});
}
