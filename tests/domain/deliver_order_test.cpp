#include "domain/deliver_order.hpp"

#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

using namespace upline::domain;
using namespace upline::tests;

namespace {

const auto example = percent({1000, 500, 250});
const auto may_3 = at("2026-05-03T09:30:00Z");
constexpr SealedText text{{.bytes = {1}}, {.bytes = {2}}};
constexpr SealedText same_text_sealed_again{{.bytes = {1}}, {.bytes = {3}}};
constexpr SealedText other_text{{.bytes = {4}}, {}};

DeliverOrder deliver(std::optional<SealedText> with = {}, Timestamp when = may_3) { return {order_1, with, when}; }

NewEvents paid_by_hand() {
  return and_then(chain_of_four(example, Fulfilment::manual), ordered(999), paid_live("p1", 999));
}

/// Two units are paid for late; one key is there.
NewEvents waiting(std::size_t keys = 1) {
  return and_then(chain_of_four(percent({1000}), Fulfilment::key_pool),
                  of_pool(KeysImported{BatchId{"b1"}, 1, std::vector<SealedKey>(keys)}), ordered(1998, 2),
                  of_order(OrderExpired{vip, {}}, may_1 + ten_minutes), paid_live("p1", 1998, {c}),
                  of_order(StockAwaited{vip, Quantity{2}}));
}

NewEvent handed_over(std::optional<SealedText> with, Timestamp when = may_3) {
  return of_order(OrderDelivered{with}, when);
}

NewEvent earned(const MemberId& member, std::uint8_t level, std::int64_t rate, std::int64_t base, std::int64_t amount,
                Timestamp when = may_3) {
  auto event = accrued(member, level, basis_points(rate), base, amount);
  event.occurred_at = when;
  std::get<CommissionAccrued>(event.event).available_at = when + week;
  return event;
}

NewEvent forfeited_late(const MemberId& member, std::uint8_t level, std::int64_t rate, std::int64_t amount,
                        ForfeitReason reason) {
  auto event = forfeited(member, level, basis_points(rate), 999, amount, reason);
  event.occurred_at = may_3;
  return event;
}

}  // namespace

TEST_CASE("what is made by hand earns when it is delivered", "[deliver]") {
  given(paid_by_hand())
      .when(deliver(text))
      .then({handed_over(text), earned(c, 1, 1000, 999, 99), earned(b, 2, 500, 999, 49), earned(a, 3, 250, 999, 24)})
      .again()
      .then_nothing();
  given(paid_by_hand())
      .when(deliver())
      .then({handed_over({}), earned(c, 1, 1000, 999, 99), earned(b, 2, 500, 999, 49), earned(a, 3, 250, 999, 24)})
      .again()
      .then_nothing();
}

TEST_CASE("a delivery never dates from before its payment", "[deliver]") {
  given(paid_by_hand())
      .when(deliver(text, opening))
      .then({handed_over(text, may_1), earned(c, 1, 1000, 999, 99, may_1), earned(b, 2, 500, 999, 49, may_1),
             earned(a, 3, 250, 999, 24, may_1)});
}

TEST_CASE("the chain and the plan are those of the payment, the standing is that of now", "[deliver]") {
  given(and_then(paid_by_hand(), published(percent({1}), 2), of_member(d, MemberMoved{a, "they agreed"}),
                 of_member(c, MemberSuspended{"x"}), of_member(b, MemberClosed{"x"})))
      .when(deliver())
      .then({handed_over({}), forfeited_late(c, 1, 1000, 99, ForfeitReason::suspended),
             forfeited_late(b, 2, 500, 49, ForfeitReason::closed), earned(a, 3, 250, 999, 24)})
      .again()
      .then_nothing();
}

TEST_CASE("a refund ahead of the delivery lowers what is earned", "[deliver]") {
  given(and_then(paid_by_hand(), refunded("r0", 400, may_1)))
      .when(deliver())
      .then({handed_over({}), earned(c, 1, 1000, 599, 59), earned(b, 2, 500, 599, 29), earned(a, 3, 250, 599, 14)});
}

TEST_CASE("an order that waits for stock gets it when it is there, and what it was paid for is earned", "[deliver]") {
  given(waiting(2)).when(deliver()).then_refused(Reason::out_of_stock);
  given(and_then(waiting(2), of_pool(KeysReleased{{1, 1}}))).when(deliver()).then_refused(Reason::out_of_stock);
  given(and_then(waiting(2), of_pool(KeysReleased{{1, 2}})))
      .when(deliver())
      .then({of_order(KeysDelivered{vip, {{1, 2}}, false, KeySource::waiting, Quantity{2}}, may_3),
             earned(c, 1, 1000, 1998, 199)})
      .again()
      .then_nothing();
}

TEST_CASE("nobody is served before one who waits longer", "[deliver]") {
  const OrderId second{"o2"};
  auto events = and_then(waiting(3), of_pool(KeysReleased{{1, 1}}));
  for (const auto& event : {Event{OrderPlaced{.member = d,
                                              .product = vip,
                                              .quantity = Quantity{1},
                                              .amount_due = Minor{999},
                                              .currency = cny,
                                              .expires_at = may_8}},
                            Event{OrderExpired{vip, {}}}, Event{PaymentReceived{.amount = Minor{999}, .currency = cny}},
                            Event{StockAwaited{vip, Quantity{1}}}}) {
    events.push_back({stream_of(second), may_1, event});
  }
  given(events).when(DeliverOrder{second, {}, may_3}).then_refused(Reason::out_of_stock);
  Shop shop;
  shop.append(events);
  REQUIRE(shop.send(ReleaseKeys{vip, BatchId{"b1"}, {}, may_3}));
  CHECK(std::get<DeliveredOrder>(shop.order(order_1)).keys == std::vector<KeyRange>{{1, 2}});
  CHECK(std::get<DeliveredOrder>(shop.order(second)).keys == std::vector<KeyRange>{{3, 1}});
}

TEST_CASE("a gift that is made by hand is delivered, and nobody earns", "[deliver]") {
  given(and_then(chain_of_four(example, Fulfilment::manual), ordered(0), paid(0)))
      .when(deliver(text))
      .then({handed_over(text)})
      .again()
      .then_nothing();
}

TEST_CASE("an order that was delivered is so, unless with another text", "[deliver]") {
  const auto done = given(and_then(paid_by_hand(), handed_over(text)));
  done.when(deliver()).then_nothing();
  done.when(deliver(text, may_8)).then_nothing();
  done.when(deliver(same_text_sealed_again)).then_nothing();
  done.when(deliver(other_text)).then_refused(Reason::conflict);
  given(and_then(paid_by_hand(), handed_over({}))).when(deliver(text)).then_refused(Reason::conflict);
}

TEST_CASE("only a paid order is delivered, and not for nothing", "[deliver]") {
  const auto by_hand = chain_of_four(example, Fulfilment::manual);
  given(by_hand).when(deliver()).then_refused(Reason::unknown_order);
  given(and_then(by_hand, ordered(999))).when(deliver()).then_refused(Reason::not_paid);
  given(and_then(by_hand, ordered(999), of_order(OrderExpired{vip, {}})))
      .when(deliver())
      .then_refused(Reason::not_paid);
  given(and_then(by_hand, ordered(999), of_order(OrderCancelled{vip, {}, ""})))
      .when(deliver())
      .then_refused(Reason::not_paid);
  given(and_then(paid_by_hand(), refunded("r1", 999, may_1))).when(deliver(text)).then_refused(Reason::order_refunded);
}

TEST_CASE("an order of keys is refused for its refund, a text, then for want of stock", "[deliver]") {
  given(and_then(waiting(), refunded("r1", 1998, may_1))).when(deliver(text)).then_refused(Reason::order_refunded);
  given(waiting()).when(deliver(text)).then_refused(Reason::invalid_text);
  given(waiting()).when(deliver()).then_refused(Reason::out_of_stock);
}

TEST_CASE("nothing is told to a buyer who was erased: the order is delivered without a text", "[deliver]") {
  const auto erased = and_then(paid_by_hand(), of_member(d, MemberErased{"asked for it"}, may_1));
  given(erased).when(deliver(text)).then_refused(Reason::member_closed);
  given(erased)
      .when(deliver())
      .then({handed_over({}), earned(c, 1, 1000, 999, 99), earned(b, 2, 500, 999, 49), earned(a, 3, 250, 999, 24)})
      .again()
      .then_nothing();
  // Whoever else was erased is told nothing by it.
  given(and_then(paid_by_hand(), of_member(a, MemberErased{"asked for it"}, may_1)))
      .when(deliver(text))
      .then({handed_over(text), forfeited_late(a, 3, 250, 24, ForfeitReason::closed), earned(c, 1, 1000, 999, 99),
             earned(b, 2, 500, 999, 49)});
}

TEST_CASE("a text for a buyer who was erased is refused behind every other reason", "[deliver]") {
  const auto erased = of_member(d, MemberErased{"asked for it"}, may_1);
  given(and_then(chain_of_four(example, Fulfilment::manual), ordered(999), erased))
      .when(deliver(text))
      .then_refused(Reason::not_paid);
  given(and_then(paid_by_hand(), refunded("r1", 999, may_1), erased))
      .when(deliver(text))
      .then_refused(Reason::order_refunded);
  given(and_then(waiting(), erased)).when(deliver(text)).then_refused(Reason::invalid_text);
  const auto done = given(and_then(paid_by_hand(), handed_over(text), erased));
  done.when(deliver(same_text_sealed_again)).then_nothing();
  done.when(deliver(other_text)).then_refused(Reason::conflict);
}
