// Opening a shop and running one command costs the same, however long its history: counted in work, not in time.
#include "eventstore/command_handler.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/sqlite_work.hpp"
#include "tests/eventstore/temp_folder.hpp"
#include "tests/sanitized.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

constexpr std::uint64_t long_history = is_sanitized ? 20'068 : 200'036;
constexpr std::uint64_t short_history = 1'124;
// The commands that are counted meet no end of 256 leaves, where a node of the tree is stored besides.
static_assert(short_history % 256 == 100 && long_history % 256 == 100);

/// Commands in batches of 500 until the log holds at least `events`, as `make(n)` makes the n-th.
void fill(ShopProcess& shop, std::uint64_t events, const std::function<Command(int)>& make) {
  int number = 0;
  while (shop.store().head().position.value < events) {
    std::vector<Command> batch;
    // No command leads to more than six events, and the last ones to one each.
    const auto missing = events - shop.store().head().position.value;
    for (std::uint64_t i = 0; i < 500 && i * 6 < missing; ++i) batch.push_back(make(number++));
    for (const auto& outcome : shop.run_batch(batch)) must_append(outcome);
  }
}

Command nth_member(int number) { return enrol("m" + std::to_string(number), "dave"); }

/// At the time of the tests' clock: these reservations last.
Command place(const std::string& order) {
  return PlaceOrder{.order = {order}, .member = {"dave"}, .product = {"game"}, .quantity = {1}, .occurred_at = may(32)};
}

Command pay(const std::string& order) { return PayOrder{{"p-" + order}, {order}, {999}, {"CNY"}, "alipay", may(32)}; }

/// The worked example, early orders that are asked for later, and sales up to the wanted length.
void make_history(const std::filesystem::path& folder, std::uint64_t events) {
  ShopProcess shop(folder);
  set_up_worked_example(shop);
  must_append(shop.run(purchase({.order = "early"}), "early-sale"));
  must_append(shop.run(refund("early-refund", "early", 1)));
  for (const auto* order : {"early-paid", "early-cancelled"}) must_append(shop.run(place(order)));
  fill(shop, events - 100, [](int number) {
    return purchase({.order = "o" + std::to_string(number), .product = "course", .amount = 5000});
  });
  int number = 0;
  while (shop.store().head().position.value < events) must_append(shop.run(nth_member(number++)));
  REQUIRE(shop.store().head().position.value == events);
}

struct Cost {
  std::uint64_t store_statements{};
  WorkDone sqlite{};
};

/// A process that opens the shop, does one thing and goes.
Cost cost_of(const std::filesystem::path& folder, const std::function<Outcome(ShopProcess&)>& act, Answer expected) {
  const SqliteWork work;
  Cost cost;
  {
    ShopProcess shop(folder);
    CHECK(act(shop).answer == expected);
    cost.store_statements = shop.store().statements_run();
    cost.sqlite = work.done();
  }
  return cost;
}

struct Deed {
  const char* name;
  std::function<Outcome(ShopProcess&)> act;
  Answer expected{Answer::appended};
};

const std::vector<Deed>& deeds() {
  static const std::vector<Deed> list{
      {"enrols a member", [](ShopProcess& s) { return s.run(enrol("new", "dave")); }},
      {"sells a key", [](ShopProcess& s) { return s.run(purchase({.order = "new"}), "new-sale"); }},
      {"refunds the first order", [](ShopProcess& s) { return s.run(refund("new", "early", 500)); }},
      {"places an order", [](ShopProcess& s) { return s.run(place("placed")); }},
      {"pays an early order", [](ShopProcess& s) { return s.run(pay("early-paid"), "early-pay"); }},
      {"repeats an early payment", [](ShopProcess& s) { return s.run(pay("early-paid")); }, Answer::already_there},
      {"cancels an early order", [](ShopProcess& s) { return s.run(CancelOrder{{"early-cancelled"}, "", may(32)}); }},
      {"imports keys", [](ShopProcess& s) { return s.run(import_keys("game", "new"), {}, {"x", "y"}); }},
      {"repeats the first sale", [](ShopProcess& s) { return s.run(purchase({.order = "early"}), "early-sale"); },
       Answer::repeated},
      {"sells an order again", [](ShopProcess& s) { return s.run(purchase({.order = "early"})); },
       Answer::already_there},
      {"is refused", [](ShopProcess& s) { return s.run(purchase({.order = "no", .quantity = 1000})); },
       Answer::rejected},
  };
  return list;
}

/// Each of the log's six trees of pages may have grown by two levels between the two lengths.
constexpr std::uint64_t pages_more = 12;

void compare(const std::filesystem::path& shorter, const std::filesystem::path& longer, const Deed& deed) {
  INFO("a process that " << deed.name);
  const auto few = cost_of(shorter, deed.act, deed.expected);
  const auto many = cost_of(longer, deed.act, deed.expected);
  CHECK(many.store_statements == few.store_statements);
  CHECK(many.sqlite.statements == few.sqlite.statements);
  CHECK(many.sqlite.rows == few.sqlite.rows);
  CHECK(many.sqlite.steps == few.sqlite.steps);
  CHECK(many.sqlite.pages <= few.sqlite.pages + pages_more);
}

}  // namespace

TEST_CASE("opening a shop and running one command costs the same after a short and a long history", "[handler]") {
  const TempFolder shorter;
  const TempFolder longer;
  make_history(shorter.path(), short_history);
  make_history(longer.path(), long_history);
  for (const auto& deed : deeds()) compare(shorter.path(), longer.path(), deed);
}

TEST_CASE("the first sale of a shop with many members costs what it costs with few", "[handler]") {
  const TempFolder shorter;
  const TempFolder longer;
  for (const auto& [folder, events] : {std::pair{&shorter, short_history}, std::pair{&longer, long_history}}) {
    ShopProcess shop(folder->path());
    set_up_worked_example(shop);
    int number = 0;
    while (shop.store().head().position.value < events) {
      std::vector<Command> batch;
      const auto missing = events - shop.store().head().position.value;
      for (std::uint64_t i = 0; i < 5000 && i < missing; ++i) batch.push_back(nth_member(number++));
      for (const auto& outcome : shop.run_batch(batch)) must_append(outcome);
    }
  }
  compare(shorter.path(), longer.path(),
          {"sells its first key", [](ShopProcess& s) { return s.run(purchase({.order = "first"})); }});
}

TEST_CASE("opening a shop of many products, limits and buyers costs what it costs with few", "[handler]") {
  const TempFolder few;
  const TempFolder many;
  for (const auto& [folder, products] : {std::pair{&few, 2}, std::pair{&many, 202}}) {
    ShopProcess shop(folder->path());
    set_up_worked_example(shop);
    for (int i = 0; i < products; ++i) {
      const auto product = "p" + std::to_string(i);
      must_append(shop.run(add_product(product, Fulfilment::key_pool)));
      must_append(shop.run(LimitPurchases{{product}, 3, may(1)}));
      must_append(shop.run(import_keys(product, "b1"), {}, {"key of " + product}));
      must_append(shop.run(purchase({.order = "o-" + product, .product = product})));
    }
    int number = 0;
    while (shop.store().head().position.value % 256 != 100) must_append(shop.run(nth_member(number++)));
  }
  for (const auto& deed : {Deed{"enrols a member", [](ShopProcess& s) { return s.run(enrol("new", "dave")); }},
                           Deed{"sells a key", [](ShopProcess& s) { return s.run(purchase({.order = "new"})); }}}) {
    compare(few.path(), many.path(), deed);
  }
}

TEST_CASE("the log and the vault are opened so that what was committed survives a power cut", "[store][vault]") {
  const TempFolder folder;
  const SqliteWork work;
  const ShopProcess shop(folder.path());
  REQUIRE(work.connections().size() == 2);
  for (auto* connection : work.connections()) {
    std::string answers;
    const auto collect = [](void* text, int, char** columns, char**) {
      *static_cast<std::string*>(text) += std::string(columns[0]) + ' ';
      return 0;
    };
    sqlite3_exec(connection, "PRAGMA journal_mode; PRAGMA synchronous", collect, &answers, nullptr);
    CHECK(answers == "wal 2 ");  // 2 is FULL
  }
}
