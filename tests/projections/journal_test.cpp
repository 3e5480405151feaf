// The journal read model: each event's transaction, the ends of holds, and balances at any moment.
#include "tests/projections/journal_lines.hpp"
#include "tests/projections/live_books.hpp"

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

Lines journal_now(ShopBooks& books, const JournalPeriod& period = {}) {
  return journal_lines(books.now().journal(), period);
}

Balances balances_at(ShopBooks& books, const AsOf& as_of) {
  const auto journal = books.now().journal();
  return balances_of(journal, journal.balances(as_of));
}

/// The worked example: dave's game, refunded in two parts.
void sell_and_refund(ShopBooks& books) {
  books.append(purchase({.order = "o1"}));
  books.append(refund("r1", "o1", 500));
  books.append(refund("r2", "o1", 499, may(20)));
}

}  // namespace

TEST_CASE("the worked example is one balanced transaction an event, and one for the end of each hold", "[journal]") {
  ExampleBooks books;
  sell_and_refund(books);
  const auto first = books.head().value - 13;
  const auto ev = [&](std::uint64_t number) { return fmt::format("ev-{}", first + number); };
  const std::string pending = "Liabilities:Commission:Pending:";
  const std::string payable = "Liabilities:Commission:Payable:";
  const std::string expense = "Expenses:Commission:standard";
  CHECK(
      journal_now(books) ==
      Lines{
          "2026-05-01 " + ev(1) + " payment dave o1: Assets:Gateway:alipay 999 CNY, Liabilities:Buyers -999 CNY",
          "2026-05-01 " + ev(2) + " delivery dave o1: Liabilities:Buyers 999 CNY, Income:Sales:game -999 CNY",
          "2026-05-01 " + ev(3) + " commission carol o1: " + expense + " 99 CNY, " + pending + "carol -99 CNY",
          "2026-05-01 " + ev(4) + " commission bob o1: " + expense + " 49 CNY, " + pending + "bob -49 CNY",
          "2026-05-01 " + ev(5) + " commission alice o1: " + expense + " 24 CNY, " + pending + "alice -24 CNY",
          "2026-05-03 " + ev(6) + " refund dave o1: Income:Sales:game 500 CNY, Assets:Gateway:alipay -500 CNY",
          "2026-05-03 " + ev(7) + " commission-reversed carol o1: " + pending + "carol 50 CNY, " + expense + " -50 CNY",
          "2026-05-03 " + ev(8) + " commission-reversed bob o1: " + pending + "bob 25 CNY, " + expense + " -25 CNY",
          "2026-05-03 " + ev(9) + " commission-reversed alice o1: " + pending + "alice 12 CNY, " + expense + " -12 CNY",
          "2026-05-08 " + ev(3) + "-available commission-available carol o1: " + pending + "carol 99 CNY, " + payable +
              "carol -99 CNY",
          "2026-05-08 " + ev(4) + "-available commission-available bob o1: " + pending + "bob 49 CNY, " + payable +
              "bob -49 CNY",
          "2026-05-08 " + ev(5) + "-available commission-available alice o1: " + pending + "alice 24 CNY, " + payable +
              "alice -24 CNY",
          "2026-05-08 " + ev(7) + "-available commission-available carol o1: " + payable + "carol 50 CNY, " + pending +
              "carol -50 CNY",
          "2026-05-08 " + ev(8) + "-available commission-available bob o1: " + payable + "bob 25 CNY, " + pending +
              "bob -25 CNY",
          "2026-05-08 " + ev(9) + "-available commission-available alice o1: " + payable + "alice 12 CNY, " + pending +
              "alice -12 CNY",
          "2026-05-20 " + ev(10) + " refund dave o1: Income:Sales:game 499 CNY, Assets:Gateway:alipay -499 CNY",
          "2026-05-20 " + ev(11) + " commission-reversed carol o1: " + payable + "carol 49 CNY, " + expense +
              " -49 CNY",
          "2026-05-20 " + fmt::format("ev-{}", first + 12) + " commission-reversed bob o1: " + payable +
              "bob 24 CNY, " + expense + " -24 CNY",
          "2026-05-20 " + fmt::format("ev-{}", first + 13) + " commission-reversed alice o1: " + payable +
              "alice 12 CNY, " + expense + " -12 CNY",
      });
}

TEST_CASE("a balance is pending until the hold is over, and payable from that moment on", "[journal]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1"}));
  const std::pair<std::string, std::string> pending{"Liabilities:Commission:Pending:carol", "CNY"};
  const std::pair<std::string, std::string> payable{"Liabilities:Commission:Payable:carol", "CNY"};
  const auto before = balances_at(books, at({may(8).microseconds - 1}));
  CHECK(before.at(pending) == -99);
  CHECK_FALSE(before.contains(payable));
  const auto after = balances_at(books, at(may(8)));
  CHECK(after.at(payable) == -99);
  CHECK_FALSE(after.contains(pending));
  CHECK(balances_at(books, at({may(1).microseconds - 1})).empty());
}

TEST_CASE("a payment that is late, short, second or in another currency is owed to the buyers until it goes back",
          "[journal]") {
  LiveBooks books;
  books.place("o1");
  books.pay("p1", "o1", 400);
  books.pay("p2", "o1", 5, "USD");
  books.pay("p3", "o1", 700);
  books.give_back("w1", "o1", 101);
  const auto balances = balances_at(books, {});
  CHECK(balances.at({"Assets:Gateway:alipay", "CNY"}) == 999);
  CHECK(balances.at({"Assets:Gateway:alipay", "USD"}) == 5);
  CHECK(balances.at({"Liabilities:Buyers", "USD"}) == -5);
  CHECK(balances.at({"Income:Sales:game", "CNY"}) == -999);
  CHECK_FALSE(balances.contains({"Liabilities:Buyers", "CNY"}));
}

TEST_CASE("a refund before the delivery is taken from what is owed to the buyers, and from the delivery", "[journal]") {
  LiveBooks books;
  books.append(add_product("advice", Fulfilment::manual));
  books.place("o1", 1, "advice");
  books.pay("p1", "o1", 999);
  books.append(refund("r1", "o1", 99, books.clock()));
  CHECK(balances_at(books, {}) ==
        Balances{{{"Assets:Gateway:alipay", "CNY"}, 900}, {{"Liabilities:Buyers", "CNY"}, -900}});
  books.append(DeliverOrder{.order = {"o1"}, .occurred_at = books.clock()});
  CHECK(balances_at(books, {}).at({"Income:Sales:advice", "CNY"}) == -900);
}

TEST_CASE("a gift moves nothing", "[journal]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1", .amount = 0}));
  CHECK(journal_now(books).empty());
  CHECK(books.now().journal().sums({}).empty());
}

TEST_CASE("the parts of a period are the whole period", "[journal]") {
  ExampleBooks books;
  sell_and_refund(books);
  books.append(purchase({.order = "o2", .at = may(10)}));
  const auto whole = journal_now(books);
  for (const auto cut : {may(1), may(3), may(8), may(8, 13), may(20)}) {
    auto parts = journal_now(books, {.until = cut});
    const auto rest = journal_now(books, {.from = cut});
    parts.insert(parts.end(), rest.begin(), rest.end());
    CHECK(parts == whole);
  }
  CHECK(journal_now(books, {.from = may(9), .until = may(10)}).empty());
}

TEST_CASE("what the log did not hold at a position is not in the journal of that position", "[journal]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1"}));
  const auto then = books.head();
  const auto before = journal_now(books);
  books.append(purchase({.order = "o0", .at = may(1, 11)}));
  CHECK(journal_now(books, {.last = then}) == before);
  CHECK(journal_now(books).size() == 2 * before.size());
}
