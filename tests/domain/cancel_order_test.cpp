#include "domain/cancel_order.hpp"

#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

using namespace upline::domain;
using namespace upline::tests;

namespace {

const auto example = percent({1000, 500, 250});
const auto end = may_1 + ten_minutes;

CancelOrder cancel(std::string reason = "changed their mind") { return {order_1, std::move(reason), may_8}; }

NewEvents held() {
  return and_then(chain_of_four(example, Fulfilment::key_pool),
                  of_pool(KeysImported{BatchId{"b1"}, 1, std::vector<SealedKey>(2)}), of_pool(KeysReleased{{1, 2}}),
                  ordered(1998, 2, 2));
}

NewEvent cancelled(std::int64_t freed, std::string reason = "changed their mind") {
  return of_order(OrderCancelled{vip, Quantity{freed}, std::move(reason)}, may_8);
}

Shop shop_after(const NewEvents& events) {
  Shop shop;
  shop.append(events);
  return shop;
}

bool is_same(const NewEvents& events, const NewEvents& expected) {
  return std::ranges::equal(events, expected, Shops::same);
}

}  // namespace

TEST_CASE("an order that is cancelled frees its keys", "[cancel]") {
  given(held()).when(cancel()).then({cancelled(2)}).again().then_nothing();
  given(held()).when(cancel("")).then({cancelled(2, "")}).again().then_nothing();
  given(and_then(chain_of_four(example), ordered(999))).when(cancel()).then({cancelled(0)}).again().then_nothing();
  auto shop = shop_after(held());
  REQUIRE(shop.decide(cancel()));
  shop.append(*shop.decide(cancel()));
  CHECK(shop.pool(vip).reserved == 0);
  CHECK(shop.pool(vip).released == 2);
}

TEST_CASE("what was paid in part is owed back once the order is cancelled", "[cancel]") {
  auto shop = shop_after(and_then(held(), received("p1", 400, PaymentEffect::underpays)));
  CHECK(owed_back(shop.order(order_1), cny) == Minor{0});
  shop.append(*shop.decide(cancel()));
  CHECK(owed_back(shop.order(order_1), cny) == Minor{400});
}

TEST_CASE("an order is cancelled while it waits for its payment", "[cancel]") {
  given(chain_of_four(example)).when(cancel("a\nb")).then_refused(Reason::unknown_order);
  given(and_then(held(), of_order(OrderExpired{vip, Quantity{2}}, end)))
      .when(cancel("a\nb"))
      .then_refused(Reason::order_expired);
  given(and_then(chain_of_four(example, Fulfilment::manual), ordered(999), paid_live("p1", 999)))
      .when(cancel("a\nb"))
      .then_refused(Reason::already_paid);
  given(joined(chain_of_four(example), worked_sale())).when(cancel("a\nb")).then_refused(Reason::already_paid);
  given(held()).when(cancel("a\nb")).then_refused(Reason::invalid_text);
  given(held()).when(cancel(std::string(501, 'x'))).then_refused(Reason::invalid_text);
  given(and_then(held(), cancelled(2))).when(cancel("a\nb")).then_nothing();
}

TEST_CASE("an order expires at the end of its time, whenever that is seen", "[cancel]") {
  const auto shop = shop_after(held());
  const NewEvents expected{of_order(OrderExpired{vip, Quantity{2}}, end)};
  CHECK(expire(shop.order(order_1), order_1, Timestamp{end.microseconds - 1}).empty());
  CHECK(is_same(expire(shop.order(order_1), order_1, end), expected));
  CHECK(is_same(expire(shop.order(order_1), order_1, may_8), expected));
}

TEST_CASE("only an order that waits for its payment expires", "[cancel]") {
  const auto nothing_of = [](const NewEvents& events) {
    return expire(shop_after(events).order(order_1), order_1, may_8).empty();
  };
  CHECK(nothing_of(chain_of_four(example)));
  CHECK(nothing_of(and_then(held(), of_order(OrderExpired{vip, Quantity{2}}, end))));
  CHECK(nothing_of(and_then(held(), cancelled(2))));
  CHECK(nothing_of(and_then(chain_of_four(example, Fulfilment::manual), ordered(999), paid_live("p1", 999))));
  CHECK(nothing_of(joined(chain_of_four(example), worked_sale())));
  CHECK_FALSE(nothing_of(and_then(held(), received("p1", 400, PaymentEffect::underpays))));
}
