#include "domain/order.hpp"

#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

using namespace upline::domain;
using namespace upline::tests;

namespace {

std::string_view state_after(const NewEvents& events) {
  Shop shop;
  shop.append(joined(chain_of_four(percent({1000}), Fulfilment::manual), events));
  return state_name(shop.order(order_1));
}

}  // namespace

TEST_CASE("an order's state has a name from its placing to its last refund", "[order]") {
  const auto partly = received("p1", 400, PaymentEffect::underpays);
  const auto paid_up = paid_live("p2", 999, {c});
  const auto expired = of_order(OrderExpired{vip, {}});
  const auto waits = of_order(StockAwaited{vip, Quantity{1}});
  CHECK(state_after({}).empty());
  CHECK(state_after({ordered(999)}) == "placed");
  CHECK(state_after({ordered(999), partly}) == "underpaid");
  CHECK(state_after({ordered(999), partly, expired}) == "expired");
  CHECK(state_after({ordered(999), of_order(OrderCancelled{vip, {}, ""})}) == "cancelled");
  CHECK(state_after({ordered(999), paid_up}) == "paid");
  CHECK(state_after({ordered(999), paid_up, refunded("r1", 400, may_1)}) == "paid");
  CHECK(state_after({ordered(999), paid_up, refunded("r1", 999, may_1)}) == "refunded");
  CHECK(state_after({ordered(999), expired, paid_up, waits}) == "awaiting_stock");
  CHECK(state_after({ordered(999), expired, paid_up, waits, refunded("r1", 999, may_1),
                     of_order(StockNoLongerAwaited{vip, d, Quantity{1}})}) == "refunded");
  CHECK(state_after({ordered(999), paid_up, delivered()}) == "delivered");
  CHECK(state_after({ordered(999), paid_up, delivered(), refunded("r1", 1, may_1)}) == "partially_refunded");
  CHECK(state_after({ordered(999), paid_up, delivered(), refunded("r1", 999, may_1)}) == "refunded");
  CHECK(state_after({ordered(0), paid(0), delivered()}) == "delivered");
}
