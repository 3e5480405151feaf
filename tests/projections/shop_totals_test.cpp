#include "projections/shop_totals.hpp"

#include "tests/projections/live_books.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

std::string text_of(const Totals& totals) {
  auto text = fmt::format("members {} orders {}", totals.members, totals.orders);
  for (const auto& [currency, t] : totals.by_currency) {
    text += fmt::format("; {} sales {} refunded {} earned {} reversed {}", currency.code, t.sales.value,
                        t.refunded.value, t.earned.value, t.reversed.value);
  }
  return text;
}

}  // namespace

TEST_CASE("totals of an untouched shop are zero", "[totals]") {
  const TempFolder folder;
  ShopBooks books(folder.path());
  CHECK(text_of(books.now().totals().totals()) == "members 0 orders 0");
  CHECK(books.models().totals().totals().position == Position{0});
}

TEST_CASE("totals count what was sold, paid back, earned and taken back", "[totals]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1"}));
  books.append(purchase({.order = "gift", .amount = 0}));
  CHECK(text_of(books.now().totals().totals()) == "members 4 orders 2; CNY sales 999 refunded 0 earned 172 reversed 0");
  books.append(refund("r1", "o1", 500));
  CHECK(text_of(books.now().totals().totals()) ==
        "members 4 orders 2; CNY sales 999 refunded 500 earned 172 reversed 87");
  CHECK(books.models().totals().totals().position == books.head());
}

TEST_CASE("totals keep currencies apart", "[totals]") {
  ExampleBooks books;
  books.append(DeclareCurrency{{"USDT"}, {6}, may(1)});
  books.append(AddProduct{{"token"}, "token", {1}, {"USDT"}, Fulfilment::external, may(1)});
  books.append(purchase({.order = "o1"}));
  books.append(RecordPurchase{{"o2"}, {"dave"}, {"token"}, {1}, {2000}, {"USDT"}, "chain", may(2)});
  CHECK(text_of(books.now().totals().totals()) ==
        "members 4 orders 2; CNY sales 999 refunded 0 earned 172 reversed 0; "
        "USDT sales 2000 refunded 0 earned 350 reversed 0");
}

TEST_CASE("an order that waits for delivery is no sale yet, and its refund counts", "[totals]") {
  const TempFolder folder;
  ReadModelDatabase database(folder.path() / "views" / "totals.db", "shop_totals");
  std::uint64_t position = 0;
  const auto feed = [&](Event event) {
    ++position;
    take_in(shop_totals_projection(), database,
            {{position}, stream_of(OrderId{"o1"}), {position}, may(1), may(1), std::move(event)});
  };
  const auto totals = [&] { return text_of(ShopTotals(database).totals()); };
  feed(OrderPlaced{{"dave"}, {"game"}, {1}, {100}, {"CNY"}});
  feed(PaymentReceived{.amount = {100}, .currency = {"CNY"}});
  CHECK(totals() == "members 0 orders 1");
  feed(OrderRefunded{{"r1"}, {30}, {}});
  CHECK(totals() == "members 0 orders 1; CNY sales 0 refunded 30 earned 0 reversed 0");
  feed(OrderDelivered{});
  CHECK(totals() == "members 0 orders 1; CNY sales 100 refunded 30 earned 0 reversed 0");
}

TEST_CASE("totals count orders by state, and what is owed to buyers", "[totals]") {
  LiveBooks books;
  const auto told = [&] {
    const auto totals = books.now().totals().totals();
    Lines lines;
    for (const auto& [state, orders] : totals.orders_by_state) lines.push_back(fmt::format("{} {}", state, orders));
    for (const auto& [currency, sum] : totals.liabilities) {
      lines.push_back(
          fmt::format("{} owed {} awaiting {}", currency.code, sum.owed_back.value, sum.awaiting_stock.value));
    }
    return lines;
  };
  books.place("o1", 2);
  books.place("o2");
  CHECK(told() == Lines{"placed 2"});
  books.pay("p1", "o2", 1000);
  CHECK(told() == Lines{"delivered 1", "placed 1", "CNY owed 1 awaiting 0"});
  books.wait_until(may(3));
  CHECK(told() == Lines{"delivered 1", "expired 1", "CNY owed 1 awaiting 0"});
  books.append(purchase({.order = "o3", .member = "alice", .quantity = 9, .at = may(2)}));
  books.pay("p2", "o1", 1998);
  CHECK(told() == Lines{"awaiting_stock 1", "delivered 2", "CNY owed 1 awaiting 1998"});
  books.pay("p3", "o3", 5, "USD");
  books.append(refund("r1", "o1", 1000, may(3)));
  CHECK(told() == Lines{"awaiting_stock 1", "delivered 2", "CNY owed 1 awaiting 998", "USD owed 5 awaiting 0"});
  books.give_back("w1", "o2", 1);
  books.give_back("w2", "o3", 5, "USD");
  books.append(refund("r2", "o1", 998, may(3)));
  CHECK(told() == Lines{"delivered 2", "refunded 1"});
  CHECK(books.models().totals().totals().orders == 3);
}

TEST_CASE("an event of an order that was never placed stops the totals", "[totals]") {
  const TempFolder folder;
  ReadModelDatabase database(folder.path() / "views" / "totals.db", "shop_totals");
  const RecordedEvent event{{1}, stream_of(OrderId{"o1"}), {1}, may(1), may(1), OrderDelivered{}};
  CHECK_THROWS_AS(take_in(shop_totals_projection(), database, event), upline::eventstore::DamagedStore);
}
