// States that grow are stored now and then: whoever opens the shop has them as the whole log tells them.
#include "tests/eventstore/own_process.hpp"
#include "tests/eventstore/selling.hpp"
#include "tests/eventstore/two_processes.hpp"
#include "tests/eventstore/whole_log.hpp"
#include "tests/eventstore/writing.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

const std::string none;
constexpr std::uint64_t never = UINT64_MAX;  // but for the first commit of a process, and its end

/// What a process that has just been started knows, where it differs from what the whole log tells.
std::string difference(EventStore& store) {
  const auto still = store.hold_still();
  GrowingStates folded;
  for (const auto& event : all_events(store)) folded.apply(event);
  ShopState state(store);
  state.catch_up();
  std::string all;
  for (const auto& [product, pool] : folded.pools) {
    if (state.pool(product) != pool) all += "pool " + product.value + ' ';
  }
  for (const auto& [buying, counted] : folded.counted) {
    if (state.counted_units(buying.first, buying.second).value != counted.units) all += "counted ";
  }
  if (state.turnover() != folded.turnover) all += "turnover ";
  if (state.agenda().orders() != folded.agenda.orders()) all += "orders ";
  if (state.agenda().releases() != folded.agenda.releases()) all += "releases ";
  if (state.settlements().known != folded.settlements.known) all += "settlements ";
  return all;
}

Position stored_position(EventStore& store) { return stored_as_of(store).value_or(Position{0}); }

/// Two processes live through everything, and others begin and end between them, each as the seeds say.
void take_turns(const std::filesystem::path& folder, const std::vector<Seed>& seeds, std::uint64_t states_every) {
  TwoProcesses processes(folder, states_every);
  processes.live(seeds, [&](const std::vector<Request>& batch, const Seed& seed) {
    std::unique_ptr<ShopProcess> fresh;
    if (seed[4] % 5 == 0) fresh = std::make_unique<ShopProcess>(folder, processes.options());
    auto& process = fresh ? *fresh : processes.at_turn(seed);
    process.handler().execute(batch);
    RC_ASSERT(difference(process.store()) == none);
  });
  RC_ASSERT(what_is_wrong_with(processes.store_of_one(), nullptr).empty());
  RC_ASSERT(what_is_wrong_with(processes.store_of_other(), nullptr).empty());
}

}  // namespace

TEST_CASE("stored states and the events behind them are what the whole log tells", "[states]") {
  rc::prop("after each batch of many processes", [] {
    const TempFolder folder;
    take_turns(folder.path(), *any_seeds(), *rc::gen::element<std::uint64_t>(1, 5, 40, never));
  });
}

TEST_CASE("states are stored with a process's first commit, then now and then, and when it ends", "[states]") {
  const TempFolder folder;
  auto options = test_options();
  options.states_every = 10;
  std::uint64_t head = 1;
  {
    ShopProcess shop(folder.path(), options);
    must_append(shop.run(open_shop()));
    std::uint64_t stored = 1;
    while (head < 25) {
      must_append(shop.run(enrol("m" + std::to_string(head))));
      if (++head - stored == 10) stored = head;
      CHECK(stored_position(shop.store()).value == stored);
    }
  }
  ShopProcess shop(folder.path(), options);
  CHECK(stored_position(shop.store()).value == head);
  must_append(shop.run(enrol("first")));
  CHECK(stored_position(shop.store()).value == head + 1);
  must_append(shop.run(enrol("second")));
  CHECK(stored_position(shop.store()).value == head + 1);
}

TEST_CASE("a process that wrote nothing stores nothing when it ends", "[states]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  must_append(shop.run(enrol("erin")));
  const auto before = stored_position(shop.store());
  must_append(shop.run(enrol("fred")));
  {
    ShopProcess idle(folder.path());
    CHECK(idle.run(enrol("fred")).answer != Answer::appended);
  }
  CHECK(stored_position(shop.store()) == before);
}

TEST_CASE("a state that is gone is made anew while another one of the same decision is held", "[states]") {
  for (const auto* gone :
       {"DELETE FROM snapshots WHERE name = 'turnover'", "UPDATE snapshots SET schema = 99 WHERE name = 'turnover'"}) {
    CAPTURE(gone);
    const TempFolder folder;
    {
      ShopProcess shop(folder.path());
      set_up_worked_example(shop);
      must_append(shop.run(place("o1")));
    }
    tamper(folder.path(), gone);
    ShopProcess shop(folder.path());
    must_append(shop.run(pay("p1", "o1")));
    CHECK(keys_of(shop.store(), "o1") == std::vector<KeyRange>{{1, 1}});
    CHECK(what_is_wrong_with(shop.store(), &shop.vault()).empty());
  }
}

TEST_CASE("whoever decides may hold a pool while all states are made anew", "[states]") {
  const TempFolder folder;
  {
    ShopProcess shop(folder.path());
    set_up_worked_example(shop);
    must_append(shop.run(place("o1")));
  }
  tamper(folder.path(), "DELETE FROM snapshots WHERE name = 'turnover'");
  const auto store = sqlite::open_event_store(folder.path());
  const auto still = store->hold_still();
  ShopState state(*store);
  state.catch_up();
  // Not in their order: if they moved, they would change places.
  for (const auto* id : {"licence", "game"}) state.pool({id});
  const auto& held = state.pool({"game"});
  const auto before = held;
  REQUIRE(before != state.pool({"licence"}));
  state.turnover();
  CHECK(held == before);
  CHECK(&held == &state.pool({"game"}));
}

TEST_CASE("a pool that no event tells of is empty once all states are made anew", "[states]") {
  const TempFolder folder;
  {
    ShopProcess shop(folder.path());
    set_up_worked_example(shop);
  }
  tamper(folder.path(),
         "DELETE FROM snapshots WHERE name = 'turnover'; "
         "INSERT INTO snapshots SELECT 'pool/film', schema, state FROM snapshots WHERE name = 'pool/game'");
  const auto store = sqlite::open_event_store(folder.path());
  const auto still = store->hold_still();
  ShopState state(*store);
  state.catch_up();
  REQUIRE(state.pool({"film"}) == state.pool({"game"}));
  state.turnover();
  CHECK(state.pool({"film"}) == KeyPool{});
}

TEST_CASE("states as of no event of the log are not believed", "[states]") {
  for (const std::uint64_t position : {0U, 1000U}) {
    CAPTURE(position);
    const TempFolder folder;
    {
      ShopProcess shop(folder.path());
      set_up_worked_example(shop);
    }
    {
      const auto store = sqlite::open_event_store(folder.path());
      const auto pen = store->take_pen(std::chrono::minutes(1));
      pen->put_snapshot(as_of_snapshot, to_snapshot(Position{position}));
      pen->commit();
    }
    ShopProcess shop(folder.path());
    CHECK_FALSE(stored_as_of(shop.store()));
    must_append(shop.run(place("o1")));
    CHECK(what_is_wrong_with(shop.store(), &shop.vault()).empty());
  }
}

TEST_CASE("what an order counted towards a limit is as it was when each event happened", "[states]") {
  SellingShop shop(never);
  const auto now = shop.clock().now;
  must_append(shop.run(limit_purchases("game", 5)));
  must_append(shop.run(place({.order = "late", .quantity = 2, .at = now})));
  must_append(shop.run(place({.order = "open", .quantity = 1, .at = now})));
  shop.restart();
  must_append(shop.run(enrol("first")));  // with which the states are stored: both orders are in front
  shop.clock().now = now + minutes(10);
  shop.sweep();
  must_append(shop.run(place({.order = "unlimited", .quantity = 1, .at = shop.clock().now})));
  must_append(shop.run(limit_purchases("game", std::nullopt)));
  CHECK(difference(shop.store()) == none);
  must_append(shop.run(limit_purchases("game", 5)));
  must_append(shop.run(pay("p1", "late", 2 * 999, shop.clock().now)));
  must_append(shop.run(limit_purchases("game", std::nullopt)));
  must_append(shop.run(cancel("unlimited", shop.clock().now)));
  must_append(shop.run(limit_purchases("game", 4)));
  CHECK(difference(shop.store()) == none);
  auto fresh = shop.fresh();
  const auto over = place({.order = "over", .quantity = 2, .at = shop.clock().now});
  CHECK(refusal(fresh.run(over)) == "purchase_limit_exceeded");
  must_append(fresh.run(place({.order = "rest", .quantity = 1, .at = shop.clock().now})));
  CHECK(refusal(shop.run(over)) == "purchase_limit_exceeded");
}

TEST_CASE("the first keys of a product behind the stored states are no reason to read the whole log", "[states]") {
  SellingShop shop(never);
  must_append(shop.run(add_product("film", Fulfilment::key_pool)));
  must_append(shop.run(import_keys("film", "f1"), {}, secrets_of("f1")));
  must_append(shop.run(purchase({.order = "f", .product = "film", .quantity = 3, .at = shop.clock().now})));
  auto fresh = shop.fresh();
  must_append(fresh.run(purchase({.order = "g", .product = "film", .quantity = 7, .at = shop.clock().now})));
  CHECK(difference(shop.store()) == none);
  CHECK(fresh.store().snapshot(pool_snapshot({"film"})).has_value());
}

TEST_CASE("a process goes on from what another stored meanwhile", "[states]") {
  SellingShop shop(never);
  const auto now = shop.clock().now;
  must_append(shop.run(place({.order = "o1", .quantity = 4, .at = now})));
  must_append(shop.fresh().run(cancel("o1", now)));
  must_append(shop.fresh().run(place({.order = "o2", .quantity = 3, .at = now})));
  CHECK(refusal(shop.run(place({.order = "o3", .quantity = 8, .at = now}))) == "out_of_stock");
  must_append(shop.run(place({.order = "o3", .quantity = 7, .at = now})));
  CHECK(difference(shop.store()) == none);
  must_append(shop.fresh().run(cancel("o2", now)));
  CHECK(refusal(shop.run(place({.order = "o4", .quantity = 4, .at = now}))) == "out_of_stock");
  must_append(shop.run(place({.order = "o4", .quantity = 3, .at = now})));
  shop.restart();
  CHECK(stored_position(shop.store()) == shop.store().head().position);
  CHECK(what_is_wrong_with(shop.store(), nullptr).empty());
}

TEST_CASE("what another process counted towards a limit and stored counts here", "[states]") {
  SellingShop shop(never);
  const auto now = shop.clock().now;
  must_append(shop.run(limit_purchases("game", 5)));
  must_append(shop.run(place({.order = "o1", .quantity = 2, .at = now})));
  must_append(shop.fresh().run(place({.order = "o2", .quantity = 2, .at = now})));
  CHECK(refusal(shop.run(place({.order = "o3", .quantity = 2, .at = now}))) == "purchase_limit_exceeded");
  must_append(shop.run(place({.order = "o3", .quantity = 1, .at = now})));
  CHECK(difference(shop.store()) == none);
}

TEST_CASE("states that were stored with a batch that could not be committed are forgotten with it", "[states]") {
  SellingShop shop(1);
  auto& handler = shop.process().handler();
  const auto now = shop.clock().now;
  const auto request_of = [](Command command) { return request(std::move(command)); };
  auto first = handler.begin();
  CHECK(handler.decide(first, request_of(place({.order = "o1", .quantity = 4, .at = now}))).answer == Answer::appended);
  handler.seal(first);
  auto second = handler.begin(first.pen.get());
  CHECK(handler.decide(second, request_of(place({.order = "o2", .quantity = 6, .at = now}))).answer ==
        Answer::appended);
  handler.seal(second);
  tamper(shop.folder(), "CREATE TRIGGER full BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  CHECK_THROWS(first.pen->commit());
  handler.undo(second);
  handler.undo(first);
  tamper(shop.folder(), "DROP TRIGGER full");
  CHECK(difference(shop.store()) == none);
  CHECK(shop.keys_left() == 10);
  must_append(shop.run(place({.order = "o3", .quantity = 10, .at = now})));
  CHECK(difference(shop.store()) == none);
  CHECK(what_is_wrong_with(shop.store(), nullptr).empty());
}

TEST_CASE("a process that is killed at any moment leaves states that the next one goes on from", "[states]") {
  for (const int commands_before : {1, 5, 11, 12, 30}) {
    INFO(commands_before);
    const TempFolder folder;
    const Signal written;
    OwnProcess seller([&] {
      auto options = test_options();
      options.states_every = 12;
      ShopProcess shop(folder.path(), options);
      set_up_worked_example(shop);
      for (int i = 0;; ++i) {
        const auto product = i % 2 == 0 ? "game" : "course";
        if (i > 1) must_append(shop.run(cancel("o" + std::to_string(i - 2), may(32))));
        must_append(shop.run(place({.order = "o" + std::to_string(i), .product = product, .at = may(32)})));
        written.give();
      }
      return true;
    });
    for (int i = 0; i < commands_before; ++i) written.await();
    seller.kill_now();
    ShopProcess shop(folder.path());
    CHECK(difference(shop.store()) == none);
    CHECK(what_is_wrong_with(shop.store(), nullptr).empty());
    must_append(shop.run(enrol("erin")));
    CHECK(stored_position(shop.store()) == shop.store().head().position);
    CHECK(what_is_wrong_with(shop.store(), nullptr).empty());
  }
}

TEST_CASE("a wrong state is found at the position that it was stored as of", "[states][check]") {
  SellingShop shop(never);
  shop.restart();
  must_append(shop.run(enrol("first")));
  must_append(shop.run(place({.order = "o1", .quantity = 2, .at = shop.clock().now})));
  CHECK(what_is_wrong_with(shop.store(), nullptr).empty());
  const auto as_of = stored_position(shop.store());
  REQUIRE(as_of < shop.store().head().position);
  tamper(shop.folder(), "UPDATE snapshots SET state = x'010300000000000000' WHERE name = 'as_of'");
  CHECK(!what_is_wrong_with(shop.store(), nullptr).empty());
}
