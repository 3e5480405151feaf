// Orders that are placed, paid in many ways, expire, wait and are paid back, as the read model tells of them.
#include "projections/orders.hpp"
#include "tests/projections/live_books.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

Lines payments(LiveBooks& books, const std::string& order) {
  Lines lines;
  books.now().orders().payments({}, {order}, [&](const PaymentLine& p) {
    lines.push_back(fmt::format("{} {} {} {}", p.payment ? p.payment->value : "-", p.amount.value, p.currency.code,
                                name(p.effect)));
  });
  return lines;
}

Lines money(LiveBooks& books, const std::string& order, const AsOf& as_of = {}) {
  Lines lines;
  for (const auto& [currency, m] : books.now().orders().money(as_of, {order})) {
    lines.push_back(fmt::format("{} received {} returned {} owed {}", currency.code, m.received.value, m.returned.value,
                                m.owed_back.value));
  }
  return lines;
}

constexpr Timestamp minutes_later(Timestamp time, std::int64_t count) {
  return time + Duration{count * 60 * microseconds_per_second};
}

}  // namespace

TEST_CASE("an order is placed, paid in parts and delivered with the last of them", "[orders]") {
  LiveBooks books;
  books.place("o1", 2);
  CHECK(books.state("o1") == "placed");
  CHECK(books.order("o1").expires_at == minutes_later(may(2), 10));
  books.pay("p1", "o1", 1000);
  CHECK(books.state("o1") == "underpaid");
  CHECK(money(books, "o1") == Lines{"CNY received 1000 returned 0 owed 0"});
  CHECK(liabilities(books.now(), {}).empty());  // it waits for the rest
  const auto underpaid = books.head();
  books.pay("p2", "o1", 1000);
  const auto order = books.order("o1");
  CHECK(order.state == "delivered");
  CHECK(order.keys == 2);
  CHECK(order.received == Minor{2000});
  CHECK(order.owed_back == Minor{2});
  CHECK(payments(books, "o1") == Lines{"p1 1000 CNY underpays", "p2 1000 CNY pays"});
  CHECK(liabilities(books.now(), {}) == Lines{"o1 CNY owed 2 awaiting 0"});
  CHECK(books.state("o1", books.models().as_of(underpaid)) == "underpaid");
  CHECK(liabilities(books.models(), books.models().as_of(underpaid)).empty());
}

TEST_CASE("an order counts as paid once the last of its payments was made, whichever arrived last", "[orders]") {
  LiveBooks books;
  books.place("o1");
  books.pay("p1", "o1", 500);
  books.append(PayOrder{{"p2"}, {"o1"}, {499}, {"CNY"}, "alipay", may(2, 11)});
  CHECK(books.order("o1").paid_at == may(2));
  CHECK(books.order("o1").delivered_at == may(2));
}

TEST_CASE("an unpaid order expires, and owes back what it received", "[orders]") {
  LiveBooks books;
  books.place("o1");
  books.pay("p1", "o1", 500);
  books.wait_until(may(3));
  CHECK(books.state("o1") == "expired");
  CHECK(books.order("o1").ended_at == minutes_later(may(2), 10));
  CHECK(books.state("o1", at(minutes_later(may(2), 9))) == "underpaid");
  CHECK(liabilities(books.now(), {}) == Lines{"o1 CNY owed 500 awaiting 0"});
  CHECK(liabilities(books.now(), at(minutes_later(may(2), 9))).empty());
  books.give_back("w1", "o1", 200);
  CHECK(money(books, "o1") == Lines{"CNY received 500 returned 200 owed 300"});
  books.pay("p2", "o1", 699);  // with the 300 that are left it is paid after all
  CHECK(books.state("o1") == "delivered");
  CHECK(books.order("o1").ended_at);
  CHECK(money(books, "o1") == Lines{"CNY received 1199 returned 200 owed 0"});
  CHECK(liabilities(books.now(), {}).empty());
}

TEST_CASE("a cancelled order, a second payment and another currency are owed back", "[orders]") {
  LiveBooks books;
  books.append(DeclareCurrency{{"USDT"}, {6}, may(1)});
  books.place("o1");
  books.append(CancelOrder{{"o1"}, "changed their mind", may(2)});
  books.pay("p1", "o1", 999);
  CHECK(books.state("o1") == "cancelled");
  books.place("o2");
  books.pay("p2", "o2", 5, "USDT");
  CHECK(books.state("o2") == "placed");
  books.pay("p3", "o2", 999);
  books.pay("p4", "o2", 999);
  CHECK(books.state("o2") == "delivered");
  CHECK(liabilities(books.now(), {}) ==
        Lines{"o1 CNY owed 999 awaiting 0", "o2 CNY owed 999 awaiting 0", "o2 USDT owed 5 awaiting 0"});
  books.give_back("w1", "o2", 5, "USDT");
  books.give_back("w2", "o1", 999);
  CHECK(liabilities(books.now(), {}) == Lines{"o2 CNY owed 999 awaiting 0"});
  CHECK(books.models().orders().liability_sums({}).at({"CNY"}) == LiabilitySum{{999}, {0}});
}

TEST_CASE("a payment id that comes again with another content is told, and moves nothing", "[orders]") {
  LiveBooks books;
  books.place("o1");
  books.place("o2");
  books.pay("p1", "o1", 999);
  books.shop().run(PayOrder{{"p1"}, {"o2"}, {888}, {"CNY"}, "alipay", may(2)});
  CHECK(books.state("o2") == "placed");
  Lines lines;
  books.models().orders().mismatches({}, {"o1"}, [&](const MismatchLine& m) {
    lines.push_back(
        fmt::format("{} names {} {} {}", m.payment.value, m.named_order.value, m.amount.value, m.currency.code));
  });
  CHECK(lines == Lines{"p1 names o2 888 CNY"});
  CHECK(liabilities(books.models(), {}).empty());
}

TEST_CASE("an order paid too late waits for stock, among the liabilities, until new keys come", "[orders]") {
  LiveBooks books;
  books.place("o1", 2);
  books.wait_until(may(3));
  books.sell_out();
  books.pay("p1", "o1", 1998);
  CHECK(books.state("o1") == "awaiting_stock");
  CHECK(books.order("o1").waited_since == may(3));
  CHECK(listed(books.now(), {}, {.state = "awaiting_stock"}) == Lines{"o1"});
  CHECK(liabilities(books.now(), {}) == Lines{"o1 CNY owed 0 awaiting 1998"});
  books.append(refund("r1", "o1", 500, may(3)));
  CHECK(books.state("o1") == "awaiting_stock");
  CHECK(liabilities(books.now(), {}) == Lines{"o1 CNY owed 0 awaiting 1498"});
  const auto waiting = books.head();
  books.append(import_keys("game", "b2"), secrets_of("b2", 3));
  CHECK(books.state("o1") == "partially_refunded");
  CHECK(books.order("o1").keys == 2);
  CHECK(liabilities(books.now(), {}).empty());
  CHECK(listed(books.now(), {}, {.state = "awaiting_stock"}).empty());
  CHECK(listed(books.models(), books.models().as_of(waiting), {.state = "awaiting_stock"}) == Lines{"o1"});
}

TEST_CASE("an order that waits and is refunded whole waits no longer", "[orders]") {
  LiveBooks books;
  books.place("o1");
  books.wait_until(may(3));
  books.sell_out();
  books.pay("p1", "o1", 999);
  books.append(RefundOrder{
      .refund = {"r1"}, .order = {"o1"}, .amount = {999}, .kind = RefundKind::chargeback, .occurred_at = may(3)});
  CHECK(books.state("o1") == "refunded");
  CHECK(liabilities(books.now(), {}).empty());
  books.models().orders().refunds({}, {"o1"}, [](const RefundLine& r) { CHECK(r.kind == RefundKind::chargeback); });
}

TEST_CASE("what is delivered by hand is paid until then", "[orders]") {
  LiveBooks books;
  books.append(add_product("advice", Fulfilment::manual));
  books.place("o1", 1, "advice");
  books.pay("p1", "o1", 999);
  CHECK(books.state("o1") == "paid");
  CHECK(listed(books.now(), {}, {.state = "paid"}) == Lines{"o1"});
  CHECK(liabilities(books.now(), {}).empty());
  books.append(DeliverOrder{.order = {"o1"}, .occurred_at = may(2)});
  CHECK(books.state("o1") == "delivered");
  CHECK(books.order("o1").keys == 0);
}

TEST_CASE("a refund that takes the keys back says when", "[orders]") {
  LiveBooks books;
  books.place("o1");
  books.pay("p1", "o1", 999);
  const auto delivered = books.head();
  books.append(
      RefundOrder{.refund = {"r1"}, .order = {"o1"}, .amount = {999}, .revoke_keys = true, .occurred_at = may(2)});
  CHECK(books.order("o1").revoked_at == may(2));
  CHECK_FALSE(books.order("o1", books.models().as_of(delivered)).revoked_at);
}

TEST_CASE("lists go on behind the last order that was seen, whatever was placed since", "[orders]") {
  LiveBooks books;
  for (const auto* order : {"z", "y", "x", "w"}) books.append(purchase({.order = order, .at = may(1)}));
  const auto page = [&](std::optional<Position> after, bool newest_first) {
    return listed(books.now(), {}, {}, {.after = after, .limit = 2, .newest_first = newest_first});
  };
  const auto position = [&](const std::string& id) { return books.order(id).position; };
  CHECK(page({}, false) == Lines{"z", "y"});
  CHECK(page(position("y"), false) == Lines{"x", "w"});
  CHECK(page({}, true) == Lines{"w", "x"});
  books.append(purchase({.order = "v", .at = may(1)}));
  CHECK(page(position("x"), true) == Lines{"y", "z"});
  CHECK(page(position("w"), false) == Lines{"v"});
  CHECK(page(position("z"), true).empty());
}
