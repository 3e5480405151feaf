#include "domain/pay_order.hpp"

#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

#include <limits>

using namespace upline::domain;
using namespace upline::tests;

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr auto underpays = PaymentEffect::underpays;
constexpr auto owed_back_effect = PaymentEffect::owed_back;
const auto example = percent({1000, 500, 250});
const Currency usd{"USD"};
const auto later = Timestamp{may_1.microseconds + 60 * microseconds_per_second};

PayOrder pay(const char* id, std::int64_t amount, Timestamp when = may_1, const Currency& currency = cny) {
  return {PaymentId{id}, order_1, Minor{amount}, currency, "alipay", when};
}

NewEvents with_keys(std::size_t count, Fulfilment fulfilment = Fulfilment::key_pool) {
  return and_then(chain_of_four(example, fulfilment),
                  of_pool(KeysImported{BatchId{"b1"}, 1, std::vector<SealedKey>(count)}),
                  of_pool(KeysReleased{{1, count}}));
}

NewEvent keys(std::vector<KeyRange> ranges, KeySource source, bool shared = false, Timestamp when = may_1) {
  return of_order(KeysDelivered{vip, std::move(ranges), shared, source, Quantity{1}}, when);
}

NewEvents expired(NewEvents events, std::int64_t freed = 0) {
  return and_then(std::move(events), of_order(OrderExpired{vip, Quantity{freed}}, may_1 + ten_minutes));
}

/// What each level earns of 9.99.
NewEvents earned() {
  return {accrued(c, 1, basis_points(1000), 999, 99), accrued(b, 2, basis_points(500), 999, 49),
          accrued(a, 3, basis_points(250), 999, 24)};
}

NewEvents earned_at(Timestamp when) {
  auto events = earned();
  for (auto& event : events) {
    event.occurred_at = when;
    std::get<CommissionAccrued>(event.event).available_at = when + week;
  }
  return events;
}

NewEvents external_order() { return and_then(chain_of_four(example), ordered(999)); }

}  // namespace

TEST_CASE("a payment in time gets the keys that the order holds, and everybody earns", "[pay]") {
  given(and_then(with_keys(2), ordered(999, 1, 1)))
      .when(pay("p1", 999))
      .then(joined({paid_live("p1", 999), keys({{1, 1}}, KeySource::reservation)}, earned()))
      .again()
      .then_nothing();
}

TEST_CASE("what needs no key is delivered with the payment, unless somebody does it by hand", "[pay]") {
  given(external_order())
      .when(pay("p1", 999))
      .then(joined({paid_live("p1", 999), delivered()}, earned()))
      .again()
      .then_nothing();
  given(and_then(with_keys(1, Fulfilment::reusable), ordered(999)))
      .when(pay("p1", 999))
      .then(joined({paid_live("p1", 999), keys({{1, 1}}, KeySource::sale, true)}, earned()))
      .again()
      .then_nothing();
  given(and_then(chain_of_four(example, Fulfilment::manual), ordered(999)))
      .when(pay("p1", 999))
      .then({paid_live("p1", 999)})
      .again()
      .then_nothing();
}

TEST_CASE("payments add up: the one that reaches the amount due pays, and what exceeds it is owed back", "[pay]") {
  const auto paid_up = given(external_order())
                           .when(pay("p1", 400))
                           .then({received("p1", 400, underpays)})
                           .again()
                           .then_nothing()
                           .when(pay("p2", 700))
                           .then(joined({paid_live("p2", 700), delivered()}, earned()));
  paid_up.again().then_nothing();
  paid_up.when(pay("p1", 400)).then_nothing();
  paid_up.when(pay("p3", 999)).then({received("p3", 999, owed_back_effect)}).again().then_nothing();
}

TEST_CASE("a delivery is dated when the last payment was made, whichever arrived last", "[pay]") {
  given(external_order())
      .when(pay("p1", 400, later))
      .then({received("p1", 400, underpays, cny, later)})
      .when(pay("p2", 599))
      .then(joined({paid_live("p2", 599), of_order(OrderDelivered{}, later)}, earned_at(later)))
      .again()
      .then_nothing();
}

TEST_CASE("another currency is owed back, and the order waits", "[pay]") {
  given(external_order())
      .when(pay("p1", 999, may_1, usd))
      .then({received("p1", 999, owed_back_effect, usd)})
      .again()
      .then_nothing()
      .when(pay("p2", 999))
      .then(joined({paid_live("p2", 999), delivered()}, earned()));
}

TEST_CASE("a late payment gets what stock is left, and else waits for it", "[pay]") {
  const auto late = Timestamp{(may_1 + ten_minutes).microseconds + 1};
  given(expired(and_then(with_keys(1), ordered(999, 1, 1)), 1))
      .when(pay("p1", 999, late))
      .then(joined({paid_live("p1", 999, {c, b, a}, late), keys({{1, 1}}, KeySource::sale, false, late)},
                   earned_at(late)))
      .again()
      .then_nothing();
  const auto waits =
      given(expired(and_then(with_keys(1), ordered(999, 1, 1), of_pool(KeysWithdrawn{{{1, 1}}, "x"})), 1))
          .when(pay("p1", 999, late))
          .then({paid_live("p1", 999, {c, b, a}, late), of_order(StockAwaited{vip, Quantity{1}}, late)});
  waits.again().then_nothing();
  waits.when(pay("p2", 1)).then({received("p2", 1, owed_back_effect)});
}

TEST_CASE("what was paid in part before the expiry counts after it", "[pay]") {
  given(expired(and_then(external_order(), received("p1", 400, underpays))))
      .when(pay("p2", 598))
      .then({received("p2", 598, underpays)})
      .when(pay("p3", 1))
      .then(joined({paid_live("p3", 1), delivered()}, earned()));
  given(and_then(expired(and_then(external_order(), received("p1", 400, underpays))),
                 of_order(PaymentReturned{ReturnId{"x"}, Minor{400}, cny, "alipay"})))
      .when(pay("p2", 599))
      .then({received("p2", 599, underpays)});
}

TEST_CASE("a payment for a cancelled, a paid or a delivered order is owed back", "[pay]") {
  given(and_then(external_order(), of_order(OrderCancelled{vip, {}, ""})))
      .when(pay("p1", 999))
      .then({received("p1", 999, owed_back_effect)})
      .again()
      .then_nothing();
  given(and_then(chain_of_four(example, Fulfilment::manual), ordered(999), paid_live("p1", 999)))
      .when(pay("p2", 999))
      .then({received("p2", 999, owed_back_effect)})
      .again()
      .then_nothing();
  given(joined(chain_of_four(example), worked_sale()))
      .when(pay("p2", 999))
      .then({received("p2", 999, owed_back_effect)})
      .again()
      .then_nothing();
}

TEST_CASE("the chain and the plan are those of the payment, whatever the placing found", "[pay]") {
  given(and_then(external_order(), published(percent({2000}), 2), of_member(d, MemberMoved{a, "they agreed"})))
      .when(pay("p1", 999))
      .then({[] {
               auto payment = paid_live("p1", 999, {a});
               std::get<PaymentReceived>(payment.event).chain->version = PlanVersion{2};
               return payment;
             }(),
             delivered(), accrued(a, 1, basis_points(2000), 999, 199, 2)});
}

TEST_CASE("the first purchase binds whom the link named, ahead of the payment", "[pay]") {
  const MemberId e{"E"};
  const auto enrolled = [&](MemberEnrolled event) {
    return and_then(chain_of_four(percent({1000})),
                    of_policy(ReferralPolicyChanged{{.binds = BindingRule::at_first_purchase}, "x"}),
                    of_member(e, std::move(event), may_1), [&] {
                      auto order = ordered(999);
                      std::get<OrderPlaced>(order.event).member = e;
                      return order;
                    }());
  };
  const auto first_of_e = [&](const char* id, std::vector<MemberId> upline) {
    auto payment = paid_live(id, 999, std::move(upline));
    std::get<PaymentReceived>(payment.event).first_purchase = e;
    return payment;
  };
  given(enrolled({.code = ReferralCode{"EEEEEEE"}, .invited_by = c}))
      .when(pay("p1", 999))
      .then({of_member(e, ReferrerBound{c}, may_1), first_of_e("p1", {c}), delivered(),
             accrued(c, 1, basis_points(1000), 999, 99)})
      .again()
      .then_nothing();
  given(and_then(enrolled({.code = ReferralCode{"EEEEEEE"}, .invited_by = c}), of_member(c, MemberClosed{"x"})))
      .when(pay("p1", 999))
      .then({first_of_e("p1", {}), delivered()});
}

TEST_CASE("only the first purchase is told as that", "[pay]") {
  auto later_payment = paid_live("p1", 999);
  std::get<PaymentReceived>(later_payment.event).first_purchase.reset();
  const NewEvent earlier{stream_of(OrderId{"o0"}), opening,
                         PaymentReceived{.amount = Minor{1}, .currency = cny, .first_purchase = d}};
  given(and_then(external_order(), earlier)).when(pay("p1", 999)).then(joined({later_payment, delivered()}, earned()));
}

TEST_CASE("a gateway retries with other times and channels, and gets the same answer", "[pay]") {
  auto retry = pay("p1", 999, later);
  retry.channel = "two\nlines";
  given(joined(external_order(), joined({paid_live("p1", 999), delivered()}, earned()))).when(retry).then_nothing();
}

TEST_CASE("a payment id with another content is recorded once per content, moves nothing, and is refused", "[pay]") {
  const auto mismatch = [](const OrderId& order, std::int64_t amount, const Currency& currency) {
    return of_order(PaymentMismatched{PaymentId{"p1"}, order, Minor{amount}, currency});
  };
  auto of_another = pay("p1", 400);
  of_another.order = OrderId{"o2"};
  const auto first = given(and_then(external_order(), received("p1", 400, underpays)))
                         .when(pay("p1", 500))
                         .then({mismatch(order_1, 500, cny)});
  first.again().then_refused(Reason::payment_mismatch);
  first.when(pay("p1", 400, may_1, usd))
      .then({mismatch(order_1, 400, usd)})
      .again()
      .then_refused(Reason::payment_mismatch)
      .when(of_another)
      .then({mismatch(OrderId{"o2"}, 400, cny)})
      .again()
      .then_refused(Reason::payment_mismatch)
      .when(pay("p1", 400))
      .then_nothing();
}

TEST_CASE("a payment that differs from a known one is refused for its order's id, then its currency", "[pay]") {
  const auto known = given(and_then(external_order(), received("p1", 400, underpays)));
  auto wrong = pay("p1", 400, may_1, Currency{"usd"});
  wrong.order = OrderId{"no/id"};
  known.when(wrong).then_refused(Reason::invalid_id);
  wrong.order = OrderId{"o2"};
  known.when(wrong).then_refused(Reason::invalid_currency);
}

TEST_CASE("a payment is refused for the first of all its faults", "[pay]") {
  auto wrong = pay("no/id", 0, may_1, Currency{"cny"});
  wrong.order = OrderId{"nothing"};
  wrong.channel = "two\nlines";
  const auto shop =
      given(and_then(external_order(), NewEvent{stream_of(OrderId{"o0"}), opening,
                                                PaymentReceived{.amount = Minor{largest}, .currency = cny}}));
  shop.when(wrong).then_refused(Reason::invalid_id);
  wrong.payment = PaymentId{"p1"};
  shop.when(wrong).then_refused(Reason::unknown_order);
  wrong.order = order_1;
  shop.when(wrong).then_refused(Reason::invalid_amount);
  wrong.amount = Minor{-1};
  shop.when(wrong).then_refused(Reason::invalid_amount);
  wrong.amount = Minor{1};
  shop.when(wrong).then_refused(Reason::invalid_currency);
  wrong.currency = cny;
  shop.when(wrong).then_refused(Reason::invalid_text);
  wrong.channel = std::string(64, 'x');
  shop.when(wrong).then_refused(Reason::amount_overflow);
}

TEST_CASE("every effect of a payment has a name", "[pay]") {
  CHECK(name(PaymentEffect::pays) == "pays");
  CHECK(name(PaymentEffect::underpays) == "underpays");
  CHECK(name(PaymentEffect::owed_back) == "owed-back");
}
