// How many units of a product a member may buy, over all processes.
#include "tests/eventstore/sold_lines.hpp"

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// Two processes that take turns, and sometimes one that has just been started, or finds no snapshots.
struct Turns {
  explicit Turns(SellingShop& selling) : shop(selling), other(selling.folder(), selling.clock().options()) {}

  Outcome run(const Command& command) {
    switch (turn++ % 4) {
      case 0:
        return shop.run(command);
      case 1:
        return other.run(command);
      case 2:
        return shop.fresh().run(command);
      default:
        tamper(shop.folder(), "DELETE FROM snapshots");
        return other.run(command);
    }
  }

  SellingShop& shop;
  ShopProcess other;
  int turn{};
};

}  // namespace

TEST_CASE("a member's purchases of a limited product count over all processes, and without snapshots", "[selling]") {
  SellingShop shop;
  must_append(shop.run(purchase({.order = "before", .at = opening_time})));  // when there was no limit
  must_append(shop.run(limit_purchases("game", 4)));
  Turns turns(shop);
  must_append(turns.run(place({.order = "o1", .quantity = 2})));
  CHECK(refusal(turns.run(place({.order = "o2", .quantity = 3}))) == "purchase_limit_exceeded");
  must_append(turns.run(place("o2")));
  CHECK(refusal(turns.run(place({.order = "o3", .quantity = 2}))) == "purchase_limit_exceeded");
  must_append(turns.run(pay("p1", "o1", 1998)));
  must_append(turns.run(place("o3")));
  CHECK(refusal(turns.run(place("o4"))) == "purchase_limit_exceeded");
  CHECK(refusal(turns.run(place("o4"))) == "purchase_limit_exceeded");
  must_append(turns.run(place({.order = "hers", .member = "carol", .quantity = 4})));
  must_append(turns.run(cancel("o2")));
  must_append(turns.run(place("o4")));
  CHECK(refusal(turns.run(place("o5"))) == "purchase_limit_exceeded");
  check_whole(shop);
  shop.clock().now = opening_time + minutes(10);  // o3 and o4 end
  for (const auto* order : {"o5", "o6"}) must_append(turns.run(place({.order = order, .at = shop.clock().now})));
  CHECK(refusal(turns.run(place({.order = "o7", .at = shop.clock().now}))) == "purchase_limit_exceeded");
  must_append(turns.run(limit_purchases("game", std::nullopt)));
  must_append(turns.run(place({.order = "o7", .at = shop.clock().now})));
  check_whole(shop);
}

TEST_CASE("an expired order that is paid after all counts again, and no more once it is paid back while it waits",
          "[selling]") {
  SellingShop shop;
  must_append(shop.run(limit_purchases("game", 3)));
  must_append(shop.run(place({.order = "late", .quantity = 2})));
  must_append(shop.run(place({.order = "waits", .quantity = 1})));
  shop.clock().now = opening_time + minutes(10);
  const auto now = shop.clock().now;
  must_append(shop.fresh().run(place({.order = "o1", .at = now})));
  must_append(shop.fresh().run(pay("p1", "late", 1998, now)));
  CHECK(refusal(shop.run(place({.order = "o2", .at = now}))) == "purchase_limit_exceeded");
  must_append(shop.run(purchase({.order = "taker", .member = "alice", .quantity = 7, .at = now})));
  must_append(shop.fresh().run(pay("p2", "waits", 999, now)));  // a fourth: money that came is never refused
  CHECK(shop.state_of("waits") == "awaiting_stock");
  check_whole(shop);
  must_append(shop.fresh().run(refund("r1", "waits", 999, now)));
  CHECK(refusal(shop.run(place({.order = "o2", .at = now}))) == "purchase_limit_exceeded");
  must_append(shop.fresh().run(cancel("o1", now)));
  must_append(shop.run(place({.order = "o2", .at = now})));
  CHECK(refusal(shop.run(place({.order = "o3", .at = now}))) == "purchase_limit_exceeded");
  check_whole(shop);
}
