#include "domain/replace_key.hpp"

#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

using namespace upline::domain;
using namespace upline::tests;

namespace {

ReplaceKey replace(std::uint64_t key, std::string reason = "dead on arrival") {
  return {order_1, key, std::move(reason), may_8};
}
NewEvent replaced(std::uint64_t old_key, std::uint64_t new_key) {
  return of_order(KeyReplaced{vip, old_key, new_key, "dead on arrival"}, may_8);
}

NewEvents with_keys(std::size_t count) {
  return and_then(chain_of_four(percent({1000}), Fulfilment::key_pool),
                  of_pool(KeysImported{BatchId{"b1"}, 1, std::vector<SealedKey>(count)}),
                  of_pool(KeysReleased{{1, count}}));
}

/// Three units: the keys 1 to 3.
NewEvents sold(std::size_t keys) {
  return and_then(with_keys(keys), placed(999, 3), paid(999, {c}),
                  of_order(KeysDelivered{vip, {{1, 3}}, false, KeySource::sale, Quantity{3}}));
}

}  // namespace

TEST_CASE("a bad key is replaced by the next one in stock, once", "[replace]") {
  given(sold(5))
      .when(replace(2))
      .then({replaced(2, 4)})
      .again()
      .then_nothing()
      .when(replace(1))
      .then({replaced(1, 5)})
      .when(replace(2))
      .then_nothing()
      .when(replace(3))
      .then_refused(Reason::out_of_stock);
}

TEST_CASE("a key that took a bad one's place may be bad as well", "[replace]") {
  given(sold(5)).when(replace(2)).then({replaced(2, 4)}).when(replace(4)).then({replaced(4, 5)}).again().then_nothing();
}

TEST_CASE("the order holds its other keys and the new one", "[replace]") {
  Shop shop;
  shop.append(sold(5));
  REQUIRE(shop.send(replace(2)));
  CHECK(std::get<DeliveredOrder>(shop.order(order_1)).keys == std::vector<KeyRange>{{1, 1}, {3, 1}, {4, 1}});
  CHECK(shop.pool(vip).revoked == 1);
  CHECK(shop.pool(vip).delivered == 3);
}

TEST_CASE("what other orders hold is no stock for a replacement", "[replace]") {
  auto other = ordered(999, 1, 1);
  other.stream = stream_of(OrderId{"o2"});
  given(and_then(sold(4), other)).when(replace(2)).then_refused(Reason::out_of_stock);
}

TEST_CASE("a replacement is refused for the order, the key, the reason, then for want of stock", "[replace]") {
  given(with_keys(3)).when(replace(9, "")).then_refused(Reason::unknown_order);
  given(and_then(with_keys(3), ordered(2997, 3, 3))).when(replace(1, "")).then_refused(Reason::key_not_held);
  given(sold(3)).when(replace(9, "")).then_refused(Reason::key_not_held);
  given(sold(3)).when(replace(1, "")).then_refused(Reason::reason_missing);
  given(sold(3)).when(replace(1, "two\nlines")).then_refused(Reason::invalid_text);
  given(sold(3)).when(replace(1)).then_refused(Reason::out_of_stock);
}

TEST_CASE("what is shared, or was taken back, is not replaced", "[replace]") {
  given(and_then(chain_of_four(percent({1000}), Fulfilment::reusable),
                 of_pool(KeysImported{BatchId{"b1"}, 1, std::vector<SealedKey>(2)}), of_pool(KeysReleased{{1, 2}}),
                 placed(999), paid(999, {c}),
                 of_order(KeysDelivered{vip, {{1, 1}}, true, KeySource::sale, Quantity{1}})))
      .when(replace(1))
      .then_refused(Reason::key_not_held);
  given(and_then(sold(5), of_order(DeliveredKeysRevoked{vip, RefundId{"r"}, {{1, 3}}})))
      .when(replace(1))
      .then_refused(Reason::key_not_held);
}
