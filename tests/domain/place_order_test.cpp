#include "domain/place_order.hpp"

#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

#include <limits>

using namespace upline::domain;
using namespace upline::tests;

namespace {

const auto example = percent({1000, 500, 250});
constexpr Fingerprint here{.bytes = {1}};
constexpr Fingerprint there{.bytes = {2}};

PlaceOrder order(std::int64_t quantity = 1, const char* id = "o1") {
  return {.order = OrderId{id}, .member = d, .product = vip, .quantity = Quantity{quantity}, .occurred_at = may_1};
}

PlaceOrder from(const Fingerprint& address, const char* id, const MemberId& buyer) {
  auto command = order(1, id);
  command.member = buyer;
  command.address = address;
  return command;
}

NewEvents with_keys(std::size_t count, Fulfilment fulfilment = Fulfilment::key_pool, std::uint32_t use_limit = 0) {
  return and_then(chain_of_four(example, fulfilment),
                  of_pool(KeysImported{BatchId{"b1"}, 1, std::vector<SealedKey>(count), use_limit}),
                  of_pool(KeysReleased{{1, count}}));
}

NewEvents priced(std::int64_t price, NewEvents events) {
  events.push_back(of_product(ProductRepriced{Minor{price}}));
  return events;
}

NewEvent gift_payment() { return of_order(PaymentReceived{.currency = cny}); }

/// Another order of the same buyer, or from the same address.
NewEvent also_placed(const char* id, const MemberId& buyer, std::optional<Fingerprint> address = {}) {
  return {stream_of(OrderId{id}), may_1,
          OrderPlaced{.member = buyer,
                      .product = vip,
                      .quantity = Quantity{1},
                      .amount_due = Minor{999},
                      .currency = cny,
                      .expires_at = may_1 + ten_minutes,
                      .address = address}};
}

template <class E>
NewEvent of(const char* id, E event) {
  return {stream_of(OrderId{id}), may_1, std::move(event)};
}

}  // namespace

TEST_CASE("an order holds as many keys as it has units, for ten minutes", "[place]") {
  given(with_keys(3)).when(order(2)).then({ordered(1998, 2, 2)}).again().then_nothing();
  Shop shop;
  shop.append(with_keys(3));
  REQUIRE(shop.send(order(2)));
  CHECK(shop.pool(vip).reserved == 2);
  CHECK(shop.pool(vip).released == 1);
}

TEST_CASE("what has no stock of its own holds nothing", "[place]") {
  for (const auto fulfilment : {Fulfilment::manual, Fulfilment::external}) {
    given(chain_of_four(example, fulfilment)).when(order(2)).then({ordered(1998, 2)}).again().then_nothing();
  }
  given(with_keys(1, Fulfilment::reusable)).when(order(2)).then({ordered(1998, 2)}).again().then_nothing();
}

TEST_CASE("the amount due is the price when the order is placed, whatever it becomes", "[place]") {
  given(priced(500, with_keys(3)))
      .when(order(2))
      .then({ordered(1000, 2, 2)})
      .when(RepriceProduct{vip, Minor{700}, may_1})
      .then({{stream_of(vip), may_1, ProductRepriced{Minor{700}}}})
      .when(order(2))
      .then_nothing();
}

TEST_CASE("where and for whom an order is placed is kept with it", "[place]") {
  auto command = order();
  command.address = here;
  command.contact = SealedText{there, {}};
  auto event = ordered(999, 1, 1);
  std::get<OrderPlaced>(event.event).address = here;
  std::get<OrderPlaced>(event.event).contact = SealedText{there, {}};
  given(with_keys(1)).when(command).then({event}).again().then_nothing();
}

TEST_CASE("a gift is paid and handed over as it is placed, and nobody earns", "[place]") {
  const auto keys = [](KeySource source, bool shared) {
    return of_order(KeysDelivered{vip, {{1, shared ? 1U : 2U}}, shared, source, Quantity{2}});
  };
  given(priced(0, with_keys(3)))
      .when(order(2))
      .then({ordered(0, 2, 2), gift_payment(), keys(KeySource::reservation, false)})
      .again()
      .then_nothing();
  given(priced(0, with_keys(1, Fulfilment::reusable)))
      .when(order(2))
      .then({ordered(0, 2), gift_payment(), keys(KeySource::sale, true)})
      .again()
      .then_nothing();
  given(priced(0, chain_of_four(example, Fulfilment::external)))
      .when(order(2))
      .then({ordered(0, 2), gift_payment(), delivered()})
      .again()
      .then_nothing();
  given(priced(0, chain_of_four(example, Fulfilment::manual)))
      .when(order(2))
      .then({ordered(0, 2), gift_payment()})
      .again()
      .then_nothing();
}

TEST_CASE("the same order again is nothing, in whatever state it is by now", "[place]") {
  given(and_then(with_keys(1), ordered(999, 1, 1), of_order(OrderExpired{vip, Quantity{1}}, may_1 + ten_minutes)))
      .when(order())
      .then_nothing();
  given(and_then(with_keys(1), ordered(999, 1, 1), of_order(OrderCancelled{vip, Quantity{1}, ""})))
      .when(order())
      .then_nothing();
  given(joined(chain_of_four(example), worked_sale())).when(order()).then_nothing();
  auto later = order();
  later.occurred_at = may_8;
  given(and_then(with_keys(1), ordered(999, 1, 1))).when(later).then_nothing();
}

TEST_CASE("an order id with another content is a conflict, before anything else is looked at", "[place]") {
  const auto placed_before = given(and_then(with_keys(1), ordered(999, 1, 1)));
  auto other = order();
  other.member = MemberId{"nobody"};
  placed_before.when(other).then_refused(Reason::conflict);
  other = order();
  other.product = ProductId{"nothing"};
  placed_before.when(other).then_refused(Reason::conflict);
  placed_before.when(order(0)).then_refused(Reason::conflict);
}

TEST_CASE("an order is refused for the first of all its faults", "[place]") {
  auto wrong = order(0, "no/id");
  wrong.member = MemberId{"nobody"};
  wrong.product = ProductId{"nothing"};
  const auto events = and_then(chain_of_four(example, Fulfilment::key_pool), of_member(b, MemberClosed{"x"}),
                               of_product(ProductRetired{""}), of_product(PurchasesLimited{Quantity{1}}),
                               of_product(ProductRepriced{Minor{std::numeric_limits<std::int64_t>::max()}}));
  const auto refused = [&](Reason reason) { given(events).when(wrong).then_refused(reason); };
  refused(Reason::invalid_id);
  wrong.order = order_1;
  refused(Reason::unknown_member);
  wrong.member = b;
  refused(Reason::member_closed);
  wrong.member = d;
  refused(Reason::unknown_product);
  wrong.product = vip;
  refused(Reason::product_retired);
  const auto relisted = and_then(events, of_product(ProductRelisted{}));
  given(relisted).when(wrong).then_refused(Reason::invalid_quantity);
  wrong.quantity = Quantity{1'000'001};
  given(relisted).when(wrong).then_refused(Reason::invalid_quantity);
  wrong.quantity = Quantity{2};
  given(relisted).when(wrong).then_refused(Reason::amount_overflow);
  const auto affordable = priced(999, relisted);
  given(affordable).when(wrong).then_refused(Reason::purchase_limit_exceeded);
  wrong.quantity = Quantity{1};
  auto busy = affordable;
  for (const auto* id : {"o2", "o3", "o4"}) busy.push_back(also_placed(id, d));
  busy.push_back(of_product(PurchasesLimited{}));
  given(busy).when(wrong).then_refused(Reason::too_many_open_orders);
  given(affordable).when(wrong).then_refused(Reason::out_of_stock);
}

TEST_CASE("without enough free keys the whole order is refused", "[place]") {
  given(with_keys(2)).when(order(3)).then_refused(Reason::out_of_stock);
  given(and_then(with_keys(2), of("o2", OrderPlaced{.member = d,
                                                    .product = vip,
                                                    .quantity = Quantity{1},
                                                    .amount_due = Minor{999},
                                                    .currency = cny,
                                                    .expires_at = may_8,
                                                    .reserved = Quantity{1}})))
      .when(order(2))
      .then_refused(Reason::out_of_stock);
  given(with_keys(2, Fulfilment::reusable, 3)).when(order(7)).then_refused(Reason::out_of_stock);
  given(with_keys(2, Fulfilment::reusable, 3)).when(order(6)).then({ordered(5994, 6)});
}

TEST_CASE("a member has so many units of a product, counted since the limit was set", "[place]") {
  const auto limited = and_then(with_keys(9), also_placed("o0", d), of_product(PurchasesLimited{Quantity{3}}));
  given(limited).when(order(4)).then_refused(Reason::purchase_limit_exceeded);
  given(limited)
      .when(order(3))
      .then({ordered(2997, 3, 3)})
      .when(order(1, "o2"))
      .then_refused(Reason::purchase_limit_exceeded);
  const auto some = and_then(limited, also_placed("o2", d), also_placed("o3", c));
  given(some).when(order(3)).then_refused(Reason::purchase_limit_exceeded);
  given(some).when(order(2)).then({ordered(1998, 2, 2)});
  given(and_then(some, of("o2", OrderCancelled{vip, {}, ""}))).when(order(3)).then({ordered(2997, 3, 3)});
  given(and_then(some, of_product(PurchasesLimited{}))).when(order(9)).then({ordered(8991, 9, 9)});
}

TEST_CASE("a buyer and an address hold so many unpaid orders at most", "[place]") {
  auto events = and_then(with_keys(9), also_placed("o2", d), also_placed("o3", d));
  given(events).when(order()).then({ordered(999, 1, 1)});
  events.push_back(also_placed("o4", d));
  given(events).when(order()).then_refused(Reason::too_many_open_orders);
  given(and_then(events, of("o4", OrderExpired{vip, {}}))).when(order()).then({ordered(999, 1, 1)});
  given(and_then(events, of("o4", OrderCancelled{vip, {}, ""}))).when(order()).then({ordered(999, 1, 1)});
  given(and_then(events, of("o4", PaymentReceived{.amount = Minor{999}, .currency = cny})))
      .when(order())
      .then({ordered(999, 1, 1)});
  given(and_then(events, of_policy(ReservationPolicyChanged{{.open_per_buyer = 4}, "x"})))
      .when(order())
      .then({ordered(999, 1, 1)});

  const auto same_address = and_then(with_keys(9), also_placed("o2", b, here), also_placed("o3", c, here),
                                     also_placed("o4", c, here), also_placed("o5", a, there));
  given(same_address).when(from(here, "o1", d)).then_refused(Reason::too_many_open_orders);
  given(same_address).when(order()).then({ordered(999, 1, 1)});
  given(and_then(same_address, of("o2", OrderExpired{vip, {}}))).when(order()).then({ordered(999, 1, 1)});
}

TEST_CASE("a suspended member may buy, and a reservation lasts as long as the shop says", "[place]") {
  auto event = ordered(999, 1, 1);
  std::get<OrderPlaced>(event.event).expires_at = may_1 + week;
  given(and_then(with_keys(1), of_member(d, MemberSuspended{"x"}),
                 of_policy(ReservationPolicyChanged{{.reserve_for = week}, "x"})))
      .when(order())
      .then({event});
}
