// The ledger's worked example, from command to log: whether one process lives through it, or each step is another's.
#include "eventstore/command_handler.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// A line of a member's account: the amount, below zero where it was taken back, and when it counts as available.
struct Entry {
  std::int64_t amount{};
  Timestamp occurred_at{};
  Timestamp available_at{};
  bool operator==(const Entry&) const = default;
};

std::vector<Entry> account_of(EventStore& store, const std::string& member) {
  std::vector<Entry> entries;
  for (const auto& stored : store.read_stream("account/" + member)) {
    const auto event = decode(stored);
    if (const auto* accrued = std::get_if<CommissionAccrued>(&event.event)) {
      entries.push_back({accrued->amount.value, event.occurred_at, accrued->available_at});
    } else {
      const auto& reversed = std::get<CommissionReversed>(event.event);
      entries.push_back({-reversed.amount.value, event.occurred_at, reversed.available_at});
    }
  }
  return entries;
}

std::int64_t balance_of(EventStore& store, const std::string& member) {
  std::int64_t sum = 0;
  for (const auto& entry : account_of(store, member)) sum += entry.amount;
  return sum;
}

/// One process for all steps, or a new one for each.
class Steps {
 public:
  Steps(std::filesystem::path folder, bool anew) : folder_(std::move(folder)), anew_(anew) {}

  ShopProcess& shop() {
    if (anew_ || !shop_) {
      shop_.reset();
      shop_ = std::make_unique<ShopProcess>(folder_);
    }
    return *shop_;
  }

 private:
  std::filesystem::path folder_;
  bool anew_;
  std::unique_ptr<ShopProcess> shop_;
};

}  // namespace

TEST_CASE("the worked example of the ledger comes out to the minor unit and the second", "[handler]") {
  const bool anew = GENERATE(false, true);
  INFO((anew ? "a new process for each step" : "one process"));
  const TempFolder folder;
  Steps steps(folder.path(), anew);
  set_up_worked_example(steps.shop());

  must_append(steps.shop().run(purchase({.order = "o1", .at = may(1)})));
  must_append(steps.shop().run(refund("r1", "o1", 500, may(3))));
  must_append(steps.shop().run(refund("r2", "o1", 499, may(20))));

  auto& store = steps.shop().store();
  using Account = std::vector<Entry>;
  CHECK(account_of(store, "carol") == Account{{99, may(1), may(8)}, {-50, may(3), may(8)}, {-49, may(20), may(20)}});
  CHECK(account_of(store, "bob") == Account{{49, may(1), may(8)}, {-25, may(3), may(8)}, {-24, may(20), may(20)}});
  CHECK(account_of(store, "alice") == Account{{24, may(1), may(8)}, {-12, may(3), may(8)}, {-12, may(20), may(20)}});
  CHECK(account_of(store, "dave").empty());
}

TEST_CASE("the payment freezes the chain and the plan version that commissions follow", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  must_append(shop.run(purchase({.order = "o1"})));
  must_append(shop.run(publish("standard", {2000})));
  must_append(shop.run(purchase({.order = "o2"})));
  const auto chain_of = [&](const std::string& order) {
    const auto payment = decode(shop.store().read_stream("order/" + order)[1]);
    return std::get<PaymentReceived>(payment.event).chain.value();
  };
  CHECK(chain_of("o1") == FrozenChain{{"standard"}, {1}, {{"carol"}, {"bob"}, {"alice"}}});
  CHECK(chain_of("o2") == FrozenChain{{"standard"}, {2}, {{"carol"}}});
  CHECK(balance_of(shop.store(), "carol") == 99 + 199);
}

TEST_CASE("a refund follows the rates that the order accrued at, not today's", "[handler]") {
  const bool anew = GENERATE(false, true);
  const TempFolder folder;
  Steps steps(folder.path(), anew);
  set_up_worked_example(steps.shop());
  must_append(steps.shop().run(purchase({.order = "o1"})));
  must_append(steps.shop().run(publish("standard", {100, 50, 25})));
  must_append(steps.shop().run(refund("r1", "o1", 998)));
  CHECK(balance_of(steps.shop().store(), "carol") == 0);  // floor(1 * 1000 / 10000)
  must_append(steps.shop().run(refund("r2", "o1", 1)));
  for (const auto* member : {"carol", "bob", "alice"}) CHECK(balance_of(steps.shop().store(), member) == 0);
}

TEST_CASE("a fresh process refuses to pay back more than is left of an order", "[handler]") {
  const TempFolder folder;
  Steps steps(folder.path(), true);
  set_up_worked_example(steps.shop());
  must_append(steps.shop().run(purchase({.order = "o1"})));
  must_append(steps.shop().run(refund("r1", "o1", 500)));
  CHECK(refusal(steps.shop().run(refund("r2", "o1", 500))) == "refund_too_large");
  must_append(steps.shop().run(refund("r2", "o1", 499)));
  CHECK(refusal(steps.shop().run(refund("r3", "o1", 1))) == "refund_too_large");
}

TEST_CASE("orders recorded one behind the other do not take each other's entries", "[handler]") {
  const TempFolder folder;
  {
    ShopProcess shop(folder.path());
    set_up_worked_example(shop);
    for (const auto& outcome :
         shop.run_batch({purchase({.order = "o1"}), purchase({.order = "o2", .amount = 5000}), refund("r1", "o1", 500),
                         purchase({.order = "o3"}), refund("r2", "o2", 2500)})) {
      must_append(outcome);
    }
    CHECK(balance_of(shop.store(), "carol") == (99 - 50) + (500 - 250) + 99);
  }
  ShopProcess shop(folder.path());
  must_append(shop.run(refund("r3", "o1", 499)));
  CHECK(balance_of(shop.store(), "carol") == 250 + 99);
  must_append(shop.run(refund("r4", "o2", 2500)));
  CHECK(balance_of(shop.store(), "carol") == 99);
  must_append(shop.run(refund("r5", "o3", 999)));
  for (const auto* member : {"carol", "bob", "alice"}) CHECK(balance_of(shop.store(), member) == 0);
}
