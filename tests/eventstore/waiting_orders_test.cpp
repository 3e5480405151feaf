// Orders that were paid when there were no keys: who waits, who is served first, and who leaves the queue.
#include "tests/eventstore/sold_lines.hpp"

#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// How keys come back or arrive, one or more at a time.
struct Source {
  const char* name;
  std::function<void(SellingShop&)> prepare;
  std::function<void(SellingShop&)> bring;
};

const std::vector<Source>& sources_of_keys() {
  static const std::vector<Source> list{
      {"an import", [](SellingShop&) {},
       [](SellingShop& shop) { must_append(shop.fresh().run(import_keys("game", "b2"), {}, secrets_of("b2", 2))); }},
      {"a release",
       [](SellingShop& shop) { must_append(shop.run(import_keys("game", "b2", false), {}, secrets_of("b2", 2))); },
       [](SellingShop& shop) { must_append(shop.fresh().run(release_keys("game", "b2"))); }},
      {"a schedule",
       [](SellingShop& shop) {
         must_append(shop.run(import_keys("game", "b2", false), {}, secrets_of("b2", 2)));
         must_append(shop.run(release_keys("game", "b2", opening_time + minutes(15))));
       },
       [](SellingShop& shop) {
         shop.clock().now = shop.clock().now + minutes(6);
         shop.fresh().run_batch({});
       }},
      {"an expiry",
       [](SellingShop& shop) {
         must_append(shop.run(import_keys("game", "b2"), {}, secrets_of("b2", 2)));
         must_append(
             shop.run(place({.order = "holder", .member = "carol", .quantity = 2, .at = opening_time + minutes(5)})));
       },
       [](SellingShop& shop) {
         shop.clock().now = shop.clock().now + minutes(10);
         shop.fresh().run_batch({});
       }},
      {"a cancelled order",
       [](SellingShop& shop) {
         must_append(shop.run(import_keys("game", "b2"), {}, secrets_of("b2", 2)));
         must_append(
             shop.run(place({.order = "holder", .member = "carol", .quantity = 2, .at = opening_time + minutes(5)})));
       },
       [](SellingShop& shop) { must_append(shop.fresh().run(cancel("holder"))); }},
  };
  return list;
}

}  // namespace

TEST_CASE("an order that was paid too late waits, and gets the first keys that come, whatever brings them",
          "[selling]") {
  for (const auto& source : sources_of_keys()) {
    INFO(source.name);
    SellingShop shop;
    source.prepare(shop);
    shop.make_wait("o1", 2);
    CHECK(shop.state_of("o1") == "awaiting_stock");
    CHECK(shop.run(pay("late-o1", "o1", 1998, shop.clock().now)).answer == Answer::already_there);
    check_whole(shop);
    source.bring(shop);
    CHECK(shop.state_of("o1") == "delivered");
    CHECK(shop.pool_of("game").queue.empty());
    const auto delivery = shop.store().read_stream("order/o1").back();
    CHECK(delivery.actor == "upline");
    CHECK(std::get<KeysDelivered>(decode(delivery).event).source == KeySource::waiting);
    check_whole(shop);
  }
}

TEST_CASE("those who wait are served in the order of their payment, and nobody overtakes the first", "[selling]") {
  SellingShop shop;
  for (const auto* order : {"o1", "o2", "o3"}) {
    must_append(shop.run(place({.order = order, .quantity = order == std::string("o1") ? 3 : 1})));
  }
  shop.clock().now = opening_time + minutes(10);
  must_append(shop.run(purchase({.order = "taker", .member = "alice", .quantity = 10})));
  must_append(shop.run(pay("p1", "o1", 2997, shop.clock().now)));
  must_append(shop.run(pay("p3", "o3", 999, shop.clock().now)));
  must_append(shop.run(pay("p2", "o2", 999, shop.clock().now)));
  CHECK(shop.pool_of("game").queue == std::vector<WaitingOrder>{{{"o1"}, {3}}, {{"o3"}, {1}}, {{"o2"}, {1}}});

  must_append(shop.fresh().run(import_keys("game", "b2"), {}, secrets_of("b2", 2)));
  CHECK(shop.pool_of("game").queue.size() == 3);  // two keys are too few for the first
  const auto before = shop.store().head().position;
  must_append(shop.fresh().run(import_keys("game", "b3"), {}, secrets_of("b3", 2)));
  const auto names = names_after(shop.store(), before);
  CHECK(names[2] == "order/o1 KeysDelivered");
  CHECK(shop.state_of("o1") == "delivered");
  CHECK(shop.state_of("o3") == "delivered");
  CHECK(shop.state_of("o2") == "awaiting_stock");
  CHECK(keys_of(shop.store(), "o1") == std::vector<KeyRange>{{11, 2}, {13, 1}});
  CHECK(keys_of(shop.store(), "o3") == std::vector<KeyRange>{{14, 1}});
  check_whole(shop);
}

TEST_CASE("a waiting order that is paid back leaves the queue, and whoever stands behind is served", "[selling]") {
  SellingShop shop;
  must_append(shop.run(place({.order = "o1", .quantity = 3})));
  must_append(shop.run(place({.order = "o2", .quantity = 1})));
  shop.clock().now = opening_time + minutes(10);
  must_append(shop.run(purchase({.order = "taker", .member = "alice", .quantity = 9})));
  must_append(shop.run(pay("p1", "o1", 2997, shop.clock().now)));
  must_append(shop.run(pay("p2", "o2", 999, shop.clock().now)));
  must_append(shop.run(import_keys("game", "b2"), {}, {"one-more"}));
  CHECK(shop.pool_of("game").queue.size() == 2);

  must_append(shop.fresh().run(refund("r1", "o1", 1000, shop.clock().now)));
  CHECK(shop.state_of("o1") == "awaiting_stock");
  const auto before = shop.store().head().position;
  must_append(shop.fresh().run(refund("r2", "o1", 1997, shop.clock().now)));
  const auto names = names_after(shop.store(), before);
  REQUIRE(names.size() >= 3);
  CHECK(Names(names.begin(), names.begin() + 3) ==
        Names{"order/o1 OrderRefunded", "order/o1 StockNoLongerAwaited", "order/o2 KeysDelivered"});
  CHECK(shop.state_of("o1") == "refunded");
  CHECK(shop.state_of("o2") == "delivered");
  CHECK(refusal(shop.run(deliver("o1", shop.clock().now))) == "order_refunded");
  check_whole(shop);
}
