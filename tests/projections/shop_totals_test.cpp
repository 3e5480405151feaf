#include "projections/shop_totals.hpp"

#include "tests/projections/shop_books.hpp"

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
    shop_totals_projection().apply(
        database, {{position}, stream_of(OrderId{"o1"}), {position}, may(1), may(1), std::move(event)});
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
