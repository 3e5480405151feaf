#include "domain/return_payment.hpp"

#include "tests/domain/shop.hpp"
#include "tests/domain/stories.hpp"

using namespace upline::domain;
using namespace upline::tests;

namespace {

constexpr auto owed = PaymentEffect::owed_back;
constexpr auto underpays = PaymentEffect::underpays;
const auto example = percent({1000});
const Currency usd{"USD"};

ReturnPayment give_back(const char* id, std::int64_t amount, const Currency& currency = cny) {
  return {ReturnId{id}, order_1, Minor{amount}, currency, "alipay", may_8};
}
NewEvent returned(const char* id, std::int64_t amount, const Currency& currency = cny) {
  return of_order(PaymentReturned{ReturnId{id}, Minor{amount}, currency, "alipay"}, may_8);
}

NewEvents open_order() { return and_then(chain_of_four(example, Fulfilment::manual), ordered(999)); }
NewEvents expired_order() {
  return and_then(open_order(), received("p1", 400, underpays), of_order(OrderExpired{vip, {}}));
}
NewEvents paid_order() { return and_then(open_order(), paid_live("p1", 1200, {c})); }

}  // namespace

TEST_CASE("an excess is returned in pieces, and never more than it", "[return]") {
  for (const auto& events : {paid_order(), and_then(paid_order(), delivered())}) {
    given(events)
        .when(give_back("x1", 150))
        .then({returned("x1", 150)})
        .again()
        .then_nothing()
        .when(give_back("x2", 52))
        .then_refused(Reason::return_too_large)
        .when(give_back("x2", 51))
        .then({returned("x2", 51)})
        .again()
        .then_nothing()
        .when(give_back("x3", 1))
        .then_refused(Reason::nothing_owed);
  }
}

TEST_CASE("a second payment is returned, and a refund is none of it", "[return]") {
  given(and_then(paid_order(), received("p2", 999, owed), refunded("r1", 999, may_1)))
      .when(give_back("x1", 1200))
      .then({returned("x1", 1200)})
      .again()
      .then_nothing();
}

TEST_CASE("what came in for an order that ended unpaid is returned", "[return]") {
  for (const auto& events : {expired_order(), and_then(open_order(), received("p1", 400, underpays),
                                                       of_order(OrderCancelled{vip, {}, ""}))}) {
    given(events)
        .when(give_back("x1", 401))
        .then_refused(Reason::return_too_large)
        .when(give_back("x1", 400))
        .then({returned("x1", 400)})
        .again()
        .then_nothing()
        .when(give_back("x2", 1))
        .then_refused(Reason::nothing_owed);
  }
}

TEST_CASE("another currency is returned in whatever state the order is", "[return]") {
  const auto in_dollars = received("p9", 7, owed, usd);
  for (const auto& events : {open_order(), expired_order(), paid_order(), and_then(paid_order(), delivered()),
                             and_then(open_order(), of_order(OrderCancelled{vip, {}, ""}))}) {
    given(and_then(events, in_dollars))
        .when(give_back("x1", 8, usd))
        .then_refused(Reason::return_too_large)
        .when(give_back("x1", 7, usd))
        .then({returned("x1", 7, usd)})
        .again()
        .then_nothing();
  }
}

TEST_CASE("a part that an order still waits for is not owed back", "[return]") {
  given(and_then(open_order(), received("p1", 400, underpays)))
      .when(give_back("x1", 1))
      .then_refused(Reason::nothing_owed);
}

TEST_CASE("the same return again is nothing, and with another content a conflict", "[return]") {
  const auto done = given(and_then(paid_order(), returned("x1", 100)));
  auto same = give_back("x1", 100);
  same.channel = "wechat";
  same.occurred_at = may_1;
  done.when(same).then_nothing();
  done.when(give_back("x1", 101)).then_refused(Reason::conflict);
  done.when(give_back("x1", 100, usd)).then_refused(Reason::conflict);
  same.order = OrderId{"no/id"};
  done.when(same).then_refused(Reason::conflict);
}

TEST_CASE("a return is refused for the first of all its faults", "[return]") {
  auto wrong = give_back("no/id", 0, usd);
  wrong.order = OrderId{"nothing"};
  wrong.channel = "two\nlines";
  const auto shop = given(paid_order());
  shop.when(wrong).then_refused(Reason::invalid_id);
  wrong.id = ReturnId{"x1"};
  shop.when(wrong).then_refused(Reason::unknown_order);
  wrong.order = order_1;
  shop.when(wrong).then_refused(Reason::invalid_amount);
  wrong.amount = Minor{-1};
  shop.when(wrong).then_refused(Reason::invalid_amount);
  wrong.amount = Minor{202};
  shop.when(wrong).then_refused(Reason::invalid_text);
  wrong.channel = "alipay";
  shop.when(wrong).then_refused(Reason::nothing_owed);
  wrong.currency = cny;
  shop.when(wrong).then_refused(Reason::return_too_large);
}
