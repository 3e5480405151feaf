#include "eventstore/order_cache.hpp"

#include <string>
#include <utility>
#include <variant>

#include <catch2/catch.hpp>

using namespace upline::domain;
using upline::eventstore::OrderCache;

namespace {

Order deliver(Order order) { return DeliveredOrder{.terms = std::get<PlacedOrder>(std::move(order)).terms}; }

Order refund(Order order) {
  std::get<DeliveredOrder>(order).refunded = {1};
  return order;
}

OrderId id_of(int number) { return {std::to_string(number)}; }

}  // namespace

TEST_CASE("an order is found as what happened to it left it", "[cache]") {
  OrderCache cache(2, 2);
  CHECK(cache.find({"o"}) == nullptr);
  cache.change({"o"}, deliver);
  CHECK(cache.find({"o"}) == nullptr);
  CHECK(std::holds_alternative<NoOrder>(cache.add({"o"}, NoOrder{})));
  cache.put({"o"}, PlacedOrder{.terms = {.member = {"dave"}}});
  REQUIRE(cache.find({"o"}) != nullptr);
  CHECK(std::holds_alternative<PlacedOrder>(*cache.find({"o"})));
  cache.change({"o"}, deliver);
  cache.change({"o"}, refund);
  REQUIRE(cache.find({"o"}) != nullptr);
  const auto& delivered = std::get<DeliveredOrder>(*cache.find({"o"}));
  CHECK(delivered.terms.member == MemberId{"dave"});
  CHECK(delivered.refunded == Minor{1});
  CHECK(cache.size() == 1);
  cache.clear();
  CHECK(cache.find({"o"}) == nullptr);
}

TEST_CASE("delivered orders leave sooner, and never take the place of one that waits", "[cache]") {
  OrderCache cache(100, 10);
  cache.put({"waits"}, PlacedOrder{});
  for (int i = 0; i < 1'000; ++i) {
    cache.put(id_of(i), PlacedOrder{});
    cache.change(id_of(i), deliver);
    REQUIRE(cache.size() <= 1 + 2 * 10);
  }
  for (int i = 1'000; i < 2'000; ++i) {
    cache.add(id_of(i), DeliveredOrder{});
    REQUIRE(cache.size() <= 1 + 2 * 10);
  }
  CHECK(cache.find(id_of(0)) == nullptr);
  for (int i = 1'990; i < 2'000; ++i) CHECK(cache.find(id_of(i)) != nullptr);
  CHECK(cache.find({"waits"}) != nullptr);
}

TEST_CASE("an order of the older generation is handed over as well", "[cache]") {
  OrderCache cache(1, 1);
  cache.put({"old"}, PlacedOrder{.terms = {.member = {"dave"}}});
  cache.put({"young"}, PlacedOrder{});
  cache.change({"old"}, deliver);
  REQUIRE(cache.find({"old"}) != nullptr);
  CHECK(std::get<DeliveredOrder>(*cache.find({"old"})).terms.member == MemberId{"dave"});
}
