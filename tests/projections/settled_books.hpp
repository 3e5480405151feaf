// The worked example's shop with a sale that was settled in three runs, one of them cancelled.
#pragma once

#include "projections/settling.hpp"
#include "tests/projections/shop_books.hpp"

#include <string>
#include <utility>

#include <catch2/catch.hpp>

namespace upline::tests {

/// One sale is settled with tax and fee: one payout is paid, one returned after it was paid, one fails; the next
/// settlement is cancelled, and the one behind it pays after all.
class SettledBooks : public ExampleBooks {
 public:
  SettledBooks() {
    append(purchase({.order = "o1", .quantity = 10, .amount = 99'900}));
    settle("first");
    run(domain::ApproveSettlement{.settlement = {"first"}});
    record("first", "alice", domain::PayoutResult::paid);
    record("first", "bob", domain::PayoutResult::paid);
    record("first", "bob", domain::PayoutResult::returned);
    record("first", "carol", domain::PayoutResult::failed);
    append(refund("r1", "o1", 50'000, may(21)));
    settle("second");
    run(domain::CancelSettlement{.settlement = {"second"}, .reason = "wrong minimum"});
    settle("third");
    run(domain::ApproveSettlement{.settlement = {"third"}});
    record("third", "carol", domain::PayoutResult::paid);
  }

 private:
  void run(domain::Command command) {
    const eventstore::Request request{.command = std::move(command), .actor = "li", .dated = false};
    must_append(shop().handler().execute({&request, 1}).front());
  }
  void record(const std::string& settlement, const std::string& member, domain::PayoutResult result) {
    run(domain::RecordPayoutResult{
        .settlement = {settlement}, .member = {member}, .currency = {"CNY"}, .result = result, .text = "x"});
  }
  void settle(const std::string& id) {
    const auto execute = [&](const eventstore::Request& request) {
      return shop().handler().execute({&request, 1}).front();
    };
    const auto settled = projections::settle(
        store(), models(), execute,
        {.settlement = {id}, .terms = {may(id == "first" ? 20 : 25), {1}, {7}, "flat:1000"}}, "wang", {});
    REQUIRE(settled.has_value());
  }
};

}  // namespace upline::tests
