#include "projections/orders.hpp"

#include "tests/projections/shop_books.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

constexpr Timestamp just_before(Timestamp time) { return {time.microseconds - 1}; }

Lines volumes(ReadModels& models, const AsOf& as_of) {
  Lines lines;
  models.orders().volumes(as_of, [&](const Volume& v) {
    lines.push_back(fmt::format("{} {} sales {} refunded {} orders {}", v.member, v.currency, v.sales.value,
                                v.refunded.value, v.orders));
  });
  return lines;
}

Lines sales(ReadModels& models, const AsOf& as_of, Timestamp from, Timestamp to, Duration period) {
  Lines lines;
  models.orders().sales_over_time(as_of, from, to, period, [&](const PeriodSales& p) {
    lines.push_back(fmt::format("{} {} orders {} sales {} refunded {}", format_rfc3339(p.start), p.currency, p.orders,
                                p.sales.value, p.refunded.value));
  });
  return lines;
}

/// An order's events as live orders will append them, fed to a read model of their own.
class FedOrders {
 public:
  Orders orders() { return Orders(database_); }

  void feed(Timestamp occurred_at, Event event) {
    ++position_;
    take_in(orders_projection(), database_,
            {{position_}, stream_of(OrderId{"o1"}), {position_}, occurred_at, may(30), std::move(event)});
  }

  std::string state() { return orders().order({}, {"o1"}).value().state; }

 private:
  TempFolder folder_;
  ReadModelDatabase database_{folder_.path() / "views" / "orders.db", "orders"};
  std::uint64_t position_{};
};

}  // namespace

TEST_CASE("an order is found with all that was agreed on", "[orders]") {
  ExampleBooks books;
  const auto before = books.head();
  books.append(purchase({.order = "o1", .quantity = 2, .amount = 1500, .at = may(2)}));
  auto& models = books.now();
  const auto order = models.orders().order({}, {"o1"}).value();
  CHECK(order.position == Position{before.value + 1});
  CHECK(order.member == MemberId{"dave"});
  CHECK(order.product == ProductId{"game"});
  CHECK(order.quantity == Quantity{2});
  CHECK(order.amount_due == Minor{1500});
  CHECK(order.currency == Currency{"CNY"});
  CHECK(order.placed_at == may(2));
  CHECK(order.paid_at == may(2));
  CHECK(order.delivered_at == may(2));
  CHECK(order.channel == "alipay");
  CHECK(order.plan == PlanId{"standard"});
  CHECK(order.plan_version == PlanVersion{1});
  CHECK(order.refunded == Minor{0});
  CHECK(order.state == "delivered");
  CHECK_FALSE(models.orders().order({}, {"o2"}));
}

TEST_CASE("refunds add up on their order", "[orders]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1"}));
  const auto order = [&] { return books.now().orders().order({}, {"o1"}).value(); };
  books.append(refund("r1", "o1", 500, may(3)));
  CHECK(order().state == "partially_refunded");
  CHECK(order().refunded == Minor{500});
  books.append(refund("r2", "o1", 499, may(4)));
  CHECK(order().state == "refunded");
  CHECK(order().refunded == Minor{999});
  Lines lines;
  books.models().orders().refunds({}, {"o1"}, [&](const RefundLine& r) {
    lines.push_back(fmt::format("{} {} {}", r.refund.value, r.amount.value, format_rfc3339(r.occurred_at)));
  });
  CHECK(lines == Lines{"r1 500 2026-05-03T12:00:00Z", "r2 499 2026-05-04T12:00:00Z"});
}

TEST_CASE("an order passes through its states, whatever comes first", "[orders]") {
  FedOrders fed;
  fed.feed(may(1), OrderPlaced{{"dave"}, {"game"}, {1}, {100}, {"CNY"}});
  CHECK(fed.state() == "placed");
  CHECK_FALSE(fed.orders().order({}, {"o1"})->paid_at);
  fed.feed(may(2), PaymentReceived{.amount = {100}, .currency = {"CNY"}, .channel = "alipay"});
  CHECK(fed.state() == "paid");
  CHECK(fed.orders().order({}, {"o1"})->paid_at == may(2));
  CHECK_FALSE(fed.orders().order({}, {"o1"})->delivered_at);
  CHECK_FALSE(fed.orders().order({}, {"o1"})->plan);
  fed.feed(may(3), OrderRefunded{{"r1"}, {40}, "too slow"});
  CHECK(fed.state() == "paid");  // it still waits for its delivery
  fed.orders().volumes({}, [](const Volume&) { FAIL("an order that is not delivered is no sale"); });
  fed.feed(may(4), OrderDelivered{});
  CHECK(fed.state() == "partially_refunded");
  CHECK(fed.orders().order({}, {"o1"})->delivered_at == may(4));
  fed.orders().volumes({}, [](const Volume& v) { CHECK((v.sales == Minor{100} && v.refunded == Minor{40})); });
  fed.feed(may(5), OrderRefunded{{"r2"}, {60}, "broken"});
  CHECK(fed.state() == "refunded");
}

TEST_CASE("an order as of a moment knows nothing of what came later", "[orders]") {
  FedOrders fed;
  fed.feed(may(1), OrderPlaced{{"dave"}, {"game"}, {1}, {100}, {"CNY"}});
  fed.feed(may(2),
           PaymentReceived{
               .amount = {100}, .currency = {"CNY"}, .channel = "alipay", .chain = FrozenChain{{"standard"}, {3}, {}}});
  fed.feed(may(3), OrderDelivered{});
  fed.feed(may(4), OrderRefunded{{"r1"}, {40}, "too slow"});
  fed.feed(may(5), OrderRefunded{{"r2"}, {60}, "broken"});
  const auto refunds = [&](const AsOf& as_of) {
    int count = 0;
    fed.orders().refunds(as_of, {"o1"}, [&](const RefundLine&) { ++count; });
    return count;
  };
  const auto check = [&](const AsOf& as_of, int events) {
    constexpr std::array states{"placed", "paid", "delivered", "partially_refunded", "refunded"};
    const auto order = fed.orders().order(as_of, {"o1"}).value();
    CHECK(order.state == states.at(static_cast<std::size_t>(events - 1)));
    CHECK(order.placed_at == may(1));
    CHECK(order.paid_at == (events < 2 ? std::nullopt : std::optional(may(2))));
    CHECK(order.channel == (events < 2 ? "" : "alipay"));
    CHECK(order.plan == (events < 2 ? std::nullopt : std::optional(PlanId{"standard"})));
    CHECK(order.plan_version == PlanVersion{events < 2 ? 0U : 3U});
    CHECK(order.delivered_at == (events < 3 ? std::nullopt : std::optional(may(3))));
    CHECK(order.refunded == Minor{events < 4 ? 0 : events < 5 ? 40 : 100});
    CHECK(refunds(as_of) == std::max(0, events - 3));
    fed.orders().orders_of_member(as_of, {"dave"}, [&](const OrderLine& o) { CHECK(text_of(o) == text_of(order)); });
  };
  for (int events = 1; events <= 5; ++events) {
    check(at(may(events)), events);
    check(as_of_position({static_cast<std::uint64_t>(events)}, may(30)), events);
  }
  for (const auto& as_of : {at(just_before(may(1))), as_of_position({0}, may(30))}) {
    CHECK_FALSE(fed.orders().order(as_of, {"o1"}));
    CHECK(refunds(as_of) == 0);
    fed.orders().orders_of_member(as_of, {"dave"}, [](const OrderLine&) { FAIL("it was placed later"); });
  }
}

TEST_CASE("a refund dated before its order's placing is none until the order is there", "[orders]") {
  FedOrders fed;
  fed.feed(may(5), OrderPlaced{{"dave"}, {"game"}, {1}, {100}, {"CNY"}});
  fed.feed(may(4), OrderRefunded{{"r1"}, {40}, "too slow"});
  fed.orders().refunds(at(may(4)), {"o1"}, [](const RefundLine&) { FAIL("of an order that is not there"); });
  CHECK(fed.orders().order(at(may(5)), {"o1"})->refunded == Minor{40});
}

TEST_CASE("an event of an order that was never placed is an error", "[orders]") {
  FedOrders fed;
  CHECK_THROWS_AS(fed.feed(may(1), OrderDelivered{}), upline::eventstore::DamagedStore);
  CHECK_THROWS_AS(fed.feed(may(1), PaymentReceived{}), upline::eventstore::DamagedStore);
  CHECK_THROWS_AS(fed.feed(may(1), OrderRefunded{{"r1"}, {1}, {}}), upline::eventstore::DamagedStore);
}

TEST_CASE("a member's orders come in the order of their placing", "[orders]") {
  ExampleBooks books;
  books.append(purchase({.order = "z", .at = may(3)}));
  books.append(purchase({.order = "a", .at = may(2)}));
  books.append(purchase({.order = "other", .member = "carol"}));
  Lines lines;
  books.now().orders().orders_of_member({}, {"dave"}, [&](const OrderLine& o) { lines.push_back(o.order.value); });
  CHECK(lines == Lines{"z", "a"});
}

TEST_CASE("volumes are sales and refunds as of a moment", "[orders]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1", .at = may(2)}));
  const auto first = books.head();
  books.append(purchase({.order = "o2", .amount = 101, .at = may(3)}));
  books.append(purchase({.order = "o3", .member = "bob", .amount = 0, .at = may(3)}));
  books.append(refund("r1", "o1", 500, may(5)));
  auto& models = books.now();
  CHECK(volumes(models, at(just_before(may(2)))).empty());
  CHECK(volumes(models, at(may(2))) == Lines{"dave CNY sales 999 refunded 0 orders 1"});
  CHECK(volumes(models, models.as_of(first)) == Lines{"dave CNY sales 999 refunded 0 orders 1"});
  CHECK(volumes(models, at(just_before(may(5)))) ==
        Lines{"bob CNY sales 0 refunded 0 orders 1", "dave CNY sales 1100 refunded 0 orders 2"});
  CHECK(volumes(models, at(may(5))).back() == "dave CNY sales 1100 refunded 500 orders 2");
}

TEST_CASE("sales over time fall into minutes, hours and days", "[orders]") {
  ExampleBooks books;
  const auto later = [](Timestamp time, std::int64_t seconds) {
    return time + Duration{seconds * microseconds_per_second};
  };
  books.append(purchase({.order = "o1", .amount = 100, .at = may(2)}));
  books.append(purchase({.order = "o2", .amount = 10, .at = later(may(2), 59)}));
  books.append(purchase({.order = "o3", .amount = 1, .at = later(may(2), 60)}));
  books.append(purchase({.order = "o4", .amount = 5, .at = may(3, 0)}));
  books.append(refund("r1", "o1", 30, may(3, 23)));
  auto& models = books.now();
  CHECK(sales(models, {}, timestamp_min, timestamp_max, minute) ==
        Lines{"2026-05-02T12:00:00Z CNY orders 2 sales 110 refunded 0",
              "2026-05-02T12:01:00Z CNY orders 1 sales 1 refunded 0",
              "2026-05-03T00:00:00Z CNY orders 1 sales 5 refunded 0",
              "2026-05-03T23:00:00Z CNY orders 0 sales 0 refunded 30"});
  CHECK(sales(models, {}, timestamp_min, timestamp_max, hour).front() ==
        "2026-05-02T12:00:00Z CNY orders 3 sales 111 refunded 0");
  const Lines by_day{"2026-05-02T00:00:00Z CNY orders 3 sales 111 refunded 0",
                     "2026-05-03T00:00:00Z CNY orders 1 sales 5 refunded 30"};
  CHECK(sales(models, {}, timestamp_min, timestamp_max, day) == by_day);
  CHECK(sales(models, {}, may(3, 0), timestamp_max, day) == Lines{by_day[1]});
  CHECK(sales(models, {}, timestamp_min, may(3, 0), day) == Lines{by_day[0]});
  CHECK(sales(models, at(may(2)), timestamp_min, timestamp_max, day) ==
        Lines{"2026-05-02T00:00:00Z CNY orders 1 sales 100 refunded 0"});
}

TEST_CASE("sales before 1970 fall into the day they occurred on", "[orders]") {
  FedOrders fed;
  const auto when = parse_rfc3339("0001-01-01T23:59:59.999999Z").value();
  fed.feed(when, OrderPlaced{{"dave"}, {"game"}, {1}, {100}, {"CNY"}});
  fed.feed(when, OrderDelivered{});
  Lines lines;
  fed.orders().sales_over_time({}, timestamp_min, timestamp_max, day,
                               [&](const PeriodSales& p) { lines.push_back(format_rfc3339(p.start)); });
  CHECK(lines == Lines{"0001-01-01T00:00:00Z"});
}
