// Gateways call back late, twice and out of turn. Within one reservation's life and one plan version none of that may
// matter.
#include "tests/eventstore/selling.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

constexpr int orders_count = 3;
constexpr std::int64_t price = 999;

struct Callback {
  int number{};
  int order{};
  std::int64_t amount{};
  bool in_tokens{};
  int minute{};
};

std::string order_name(int order) { return "o" + std::to_string(order); }

Command command_of(const Callback& callback) {
  return pay("p" + std::to_string(callback.number), order_name(callback.order), callback.amount,
             opening_time + minutes(callback.minute), callback.in_tokens ? "USDT" : "CNY");
}

/// Up to eight payments; parts of the price, so that some orders are paid in pieces, some too much and some not at all.
std::vector<Callback> any_callbacks() {
  const auto parts = *rc::gen::container<std::vector<std::array<int, 4>>>(
      rc::gen::container<std::array<int, 4>>(rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, 60))));
  constexpr std::array<std::int64_t, 5> amounts{price, 500, 499, 333, 1};
  std::vector<Callback> callbacks;
  for (std::size_t i = 0; i < parts.size() && i < 8; ++i) {
    const auto& p = parts[i];
    callbacks.push_back({.number = static_cast<int>(i),
                         .order = p[0] % orders_count,
                         .amount = amounts[static_cast<std::size_t>(p[1]) % amounts.size()],
                         .in_tokens = p[2] % 8 == 0,
                         .minute = p[3] % 10});
  }
  return callbacks;
}

/// Each of them at least once, some again, in any order.
std::vector<Callback> any_schedule_of(const std::vector<Callback>& callbacks) {
  auto schedule = callbacks;
  for (const auto& callback : callbacks) {
    const auto again = *rc::gen::inRange(0, 3);
    for (int i = 0; i < again; ++i) schedule.push_back(callback);
  }
  for (std::size_t i = schedule.size(); i > 1; --i) {
    std::swap(schedule[i - 1], schedule[*rc::gen::inRange<std::size_t>(0, i)]);
  }
  return schedule;
}

/// What must not depend on the schedule.
struct Result {
  std::map<std::string, std::string> states{};
  std::map<std::pair<std::string, std::string>, std::int64_t> owed{};
  std::set<std::tuple<std::string, std::string, int, std::int64_t>> accruals{};
  std::map<std::string, Timestamp> delivered_at{};  // of orders that needed each of their payments
  bool operator==(const Result&) const = default;
};

bool each_was_needed(const std::vector<Callback>& callbacks, int order) {
  std::int64_t sum = 0;
  std::int64_t least = price;
  for (const auto& callback : callbacks) {
    if (callback.order != order || callback.in_tokens) continue;
    sum += callback.amount;
    least = std::min(least, callback.amount);
  }
  return sum - least < price;
}

Result result_of(EventStore& store, const std::vector<Callback>& callbacks) {
  Result result;
  for (int i = 0; i < orders_count; ++i) {
    const auto name = order_name(i);
    const auto order = read_order(store, {name});
    result.states[name] = state_name(order);
    for (const auto* currency : {"CNY", "USDT"}) result.owed[{name, currency}] = owed_back(order, {currency}).value;
  }
  for (const auto& event : all_events(store)) {
    if (const auto* accrued = std::get_if<CommissionAccrued>(&event.event)) {
      result.accruals.emplace(accrued->order.value, event.stream.id, accrued->level.value, accrued->amount.value);
    } else if (std::holds_alternative<KeysDelivered>(event.event) &&
               each_was_needed(callbacks, event.stream.id.back() - '0')) {
      result.delivered_at[event.stream.id] = event.occurred_at;
    }
  }
  return result;
}

/// No key in two orders.
void check_keys(EventStore& store) {
  std::set<std::uint64_t> delivered;
  for (const auto& event : all_events(store)) {
    const auto* keys = std::get_if<KeysDelivered>(&event.event);
    if (keys == nullptr) continue;
    for (const auto& range : keys->keys) {
      for (auto key = range.first; key < range.first + range.count; ++key) RC_ASSERT(delivered.insert(key).second);
    }
  }
}

/// Two processes take the callbacks in batches of any size.
Result live_through(const std::vector<Callback>& callbacks, const std::vector<Callback>& schedule) {
  SellingShop shop;
  auto other = shop.fresh();
  for (int i = 0; i < orders_count; ++i) must_append(shop.run(place(order_name(i))));
  shop.clock().now = opening_time + Duration{minutes(10).microseconds - 1};
  std::vector<Command> batch;
  for (const auto& callback : schedule) {
    batch.push_back(command_of(callback));
    if (*rc::gen::inRange(0, 3) == 0) continue;
    auto& process = *rc::gen::arbitrary<bool>() ? other : shop.process();
    for (const auto& outcome : process.run_batch(batch)) RC_ASSERT(outcome.answer != Answer::rejected);
    batch.clear();
  }
  shop.process().run_batch(batch);
  check_keys(shop.store());
  RC_ASSERT(what_is_wrong_with(other.store(), &other.vault()).empty());
  return result_of(shop.store(), callbacks);
}

}  // namespace

TEST_CASE("callbacks that come twice, late and out of turn lead to the same orders, debts and commissions",
          "[selling]") {
  rc::prop("any two schedules of the same callbacks", [] {
    const auto callbacks = any_callbacks();
    const auto in_turn = live_through(callbacks, callbacks);
    const auto out_of_turn = live_through(callbacks, any_schedule_of(callbacks));
    RC_ASSERT(in_turn == out_of_turn);
  });
}
