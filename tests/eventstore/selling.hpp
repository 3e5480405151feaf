// Live selling as its tests say it: place("o1"), pay("p1", "o1"), a clock that stands until it is told to go on.
#pragma once

#include "eventstore/order_history.hpp"
#include "eventstore/shop_state.hpp"
#include "eventstore/snapshots.hpp"
#include "tests/eventstore/commands.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace upline::tests {

constexpr domain::Duration minutes(std::int64_t count) { return {count * 60 * domain::microseconds_per_second}; }

/// When the tests of live selling begin: what is placed then is held for ten minutes.
constexpr domain::Timestamp opening_time = may(2);

struct Placing {
  std::string order{};
  std::string member{"dave"};
  std::string product{"game"};
  std::int64_t quantity{1};
  domain::Timestamp at{opening_time};
};

inline domain::Command place(Placing placing) {
  return domain::PlaceOrder{.order = {std::move(placing.order)},
                            .member = {std::move(placing.member)},
                            .product = {std::move(placing.product)},
                            .quantity = {placing.quantity},
                            .occurred_at = placing.at};
}

inline domain::Command place(std::string order) { return place(Placing{.order = std::move(order)}); }

inline domain::Command pay(std::string payment, std::string order, std::int64_t amount = 999,
                           domain::Timestamp at = opening_time, std::string currency = "CNY") {
  return domain::PayOrder{{std::move(payment)}, {std::move(order)}, {amount}, {std::move(currency)}, "alipay", at};
}

inline domain::Command cancel(std::string order, domain::Timestamp at = opening_time) {
  return domain::CancelOrder{{std::move(order)}, "changed my mind", at};
}

inline domain::Command deliver(std::string order, domain::Timestamp at = opening_time) {
  return domain::DeliverOrder{.order = {std::move(order)}, .occurred_at = at};
}

inline domain::Command release_keys(std::string product, std::string batch,
                                    std::optional<domain::Timestamp> at = std::nullopt) {
  return domain::ReleaseKeys{{std::move(product)}, {std::move(batch)}, at, opening_time};
}

inline domain::Command withdraw_keys(std::string product, std::string batch) {
  return domain::WithdrawKeys{{std::move(product)}, {std::move(batch)}, "to be checked", opening_time};
}

inline domain::Command limit_purchases(std::string product, std::optional<std::int64_t> units) {
  return domain::LimitPurchases{{std::move(product)}, units, opening_time};
}

/// A clock for several processes. It stands until it is told to go on.
struct StandingClock {
  domain::Timestamp now{opening_time};
  std::uint64_t states_every{eventstore::HandlerOptions{}.states_every};

  eventstore::HandlerOptions options() {
    return {.clock = [this] { return now; }, .states_every = states_every};
  }
};

/// The shop of the worked example, with a manual product `visit`, at its opening time.
class SellingShop {
 public:
  /// `states_every` of all its processes.
  explicit SellingShop(std::uint64_t states_every = eventstore::HandlerOptions{}.states_every)
      : clock_{.states_every = states_every} {
    set_up_worked_example(*one_);
    must_append(one_->run(add_product("visit", domain::Fulfilment::manual)));
  }

  const std::filesystem::path& folder() const { return folder_.path(); }
  StandingClock& clock() { return clock_; }
  eventstore::EventStore& store() { return one_->store(); }
  ShopProcess& process() { return *one_; }

  /// Its own process ends, which writes out what it holds in memory, and another takes its place.
  void restart() {
    one_.reset();
    one_ = std::make_unique<ShopProcess>(folder_.path(), clock_.options());
  }

  /// A process that has just been started.
  ShopProcess fresh() { return ShopProcess(folder_.path(), clock_.options()); }

  eventstore::Outcome run(domain::Command command, std::string command_id = {}, std::vector<std::string> secrets = {}) {
    return one_->run(std::move(command), std::move(command_id), std::move(secrets));
  }

  /// Sells all ten keys of `game` to a member whom no test looks at.
  void sell_out() {
    must_append(run(purchase({.order = "sold-out", .member = "alice", .quantity = 10, .at = opening_time})));
  }

  /// Lets a reservation of `units` end, pays it too late, and so makes an order that waits for stock.
  void make_wait(const std::string& order, std::int64_t units = 1) {
    must_append(run(place({.order = order, .quantity = units, .at = clock_.now})));
    clock_.now = clock_.now + minutes(10);
    sweep();
    const auto taker = order + "-taken";
    must_append(run(purchase(
        {.order = taker, .member = "alice", .quantity = static_cast<std::int64_t>(keys_left()), .at = clock_.now})));
    must_append(run(pay("late-" + order, order, 999 * units, clock_.now)));
  }

  void sweep() { one_->run_batch({}); }

  /// Keys of `game` that are free to be sold.
  std::uint64_t keys_left() { return pool_of("game").released; }

  domain::KeyPool pool_of(const std::string& product) {
    const auto still = store().hold_still();
    eventstore::ShopState state(store());
    state.catch_up();
    return state.pool({product});
  }

  /// `placed`, `awaiting_stock`, `delivered` ...
  std::string state_of(const std::string& order) {
    return std::string(domain::state_name(eventstore::read_order(store(), {order})));
  }

 private:
  TempFolder folder_{};
  StandingClock clock_;
  std::unique_ptr<ShopProcess> one_{std::make_unique<ShopProcess>(folder_.path(), clock_.options())};
};

}  // namespace upline::tests
