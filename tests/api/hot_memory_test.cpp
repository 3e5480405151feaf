#include "api/hot_memory.hpp"

#include "eventstore/fresh_events.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline;
using namespace upline::tests;
using api::HotMemory;
using api::HotRead;

namespace {

struct Books {
  Books() {
    for (const auto& outcome : shop.run_batch({open_shop(), publish("standard", {1000}), choose_default("standard"),
                                               add_product("game", domain::Fulfilment::external), enrol("alice")})) {
      must_append(outcome);
    }
  }
  void place(int number) {
    must_append(shop.run(domain::PlaceOrder{.order = {fmt::format("o{}", number)},
                                            .member = {"alice"},
                                            .product = {"game"},
                                            .quantity = {1},
                                            .occurred_at = may(1)}));
  }
  TempFolder folder;
  ShopProcess shop{folder.path()};
};

HotRead order(int number) { return {.what = HotRead::What::order, .id = fmt::format("o{}", number)}; }
HotRead product(const std::string& id) { return {.what = HotRead::What::product, .id = id}; }

}  // namespace

TEST_CASE("memory holds nothing before it has followed the log", "[peak][hot]") {
  const HotMemory memory;
  CHECK(!memory.has_reached(order(1)));
  CHECK(!memory.find(order(1)));
}

TEST_CASE("memory holds all products, and orders from their first event on", "[peak][hot]") {
  Books books;
  books.place(1);
  HotMemory memory;
  memory.follow(books.shop.store());
  CHECK(memory.find(product("game")));
  CHECK(!memory.find(order(1)));
  CHECK(!memory.find(product("other")));
  books.place(2);
  memory.follow(books.shop.store());
  CHECK(memory.find(order(2)));
  CHECK(memory.find(order(2))->position == books.shop.store().head().position);
  must_append(books.shop.run(add_product("other", domain::Fulfilment::external)));
  memory.follow(books.shop.store());
  CHECK(memory.find(product("other")));
}

TEST_CASE("memory does not answer before it is as new as asked", "[peak][hot]") {
  Books books;
  HotMemory memory;
  memory.follow(books.shop.store());
  auto read = product("game");
  read.at_least = {books.shop.store().head().position.value + 1};
  CHECK(!memory.has_reached(read));
  CHECK(!memory.find(read));
  books.place(1);
  memory.follow(books.shop.store());
  CHECK(memory.has_reached(read));
  CHECK(memory.find(read));
}

TEST_CASE("what was just committed comes to memory without the log, what others append from it", "[peak][hot][fresh]") {
  Books books;
  ShopProcess others(books.folder.path());
  HotMemory memory;
  memory.follow(books.shop.store());
  books.shop.store().fresh().keep();
  const auto place = [](ShopProcess& shop, const std::string& id) {
    must_append(shop.run(domain::PlaceOrder{
        .order = {id}, .member = {"alice"}, .product = {"game"}, .quantity = {1}, .occurred_at = may(1)}));
  };
  books.place(1);
  place(others, "o2");
  memory.follow(books.shop.store());
  books.place(3);
  books.place(4);
  place(others, "o5");
  memory.follow(books.shop.store());
  books.place(6);
  const auto last = books.shop.store().head().position;
  tamper(books.folder.path(), fmt::format("UPDATE events SET payload = x'00' WHERE position = {}", last.value));
  memory.follow(books.shop.store());
  for (int i = 1; i <= 6; ++i) CHECK(memory.find(order(i)));
  CHECK(memory.find(order(6))->position == last);
}

TEST_CASE("memory is bounded: the oldest orders are forgotten, further products are not held", "[peak][hot]") {
  Books books;
  must_append(books.shop.run(domain::ChangeReservationPolicy{
      .open_per_buyer = 1000, .open_per_address = 1000, .reason = "test", .occurred_at = may(1)}));
  HotMemory memory({.products = 1, .orders = 10});
  memory.follow(books.shop.store());
  for (int i = 1; i <= 100; ++i) {
    books.place(i);
    memory.follow(books.shop.store());
  }
  must_append(books.shop.run(add_product("other", domain::Fulfilment::external)));
  memory.follow(books.shop.store());
  CHECK(memory.find(order(100)));
  int held = 0;
  for (int i = 1; i <= 100; ++i) held += memory.find(order(i)) ? 1 : 0;
  CHECK(held >= 10);
  CHECK(held <= 20);
  CHECK(memory.find(product("game")));
  CHECK(!memory.find(product("other")));
}
