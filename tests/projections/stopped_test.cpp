// What a projection cannot take in: it stops in front of it, says where, and keeps what precedes; also far behind,
// where many events are written together.
#include "eventstore/stored_event.hpp"
#include "projections/checkpoint.hpp"
#include "projections/runner.hpp"
#include "tests/projections/faulty_projections.hpp"
#include "tests/projections/sold_books.hpp"

#include <array>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;
using upline::eventstore::DamagedStore;
namespace fs = std::filesystem;

namespace {

/// More events than a follower takes batch by batch.
void sell_a_lot(ExampleBooks& books) {
  std::vector<Command> commands;
  for (int i = 0; i < 3500; ++i) commands.push_back(purchase({.order = fmt::format("o{}", i), .product = "course"}));
  for (const auto& outcome : books.shop().run_batch(commands)) must_append(outcome);
  REQUIRE(books.head() > Position{21'000});
}

}  // namespace

TEST_CASE("a damaged event stops every projection in front of it and says where", "[projecting]") {
  SoldBooks books;
  const auto damaged = books.head();
  fs::remove_all(books.views());
  tamper(books.folder(), fmt::format("UPDATE events SET payload = x'00' WHERE position = {}", damaged.value));
  books.models().catch_up();
  const auto stopped = books.models().stopped();
  REQUIRE(stopped.size() == all_projections().size());
  for (const auto& one : stopped) CHECK(one.position() == damaged);
  CHECK_THROWS_WITH(books.models().balances(),
                    Catch::Contains("commission_balances") && Catch::Contains(std::to_string(damaged.value)));
  CHECK_THROWS_AS(std::rethrow_exception(stopped.front().cause()), DamagedStore);
  // What precedes the damage was taken in, and nothing behind it.
  CHECK(checkpoint_of(books.view("commission_balances.v4.db"), "commission_balances") == Position{damaged.value - 1});
  CHECK_THROWS_AS(books.models().rebuild(), ProjectionStopped);
  CHECK_THROWS_AS(books.models().compare_with_rebuild(), ProjectionStopped);
}

TEST_CASE("damage behind the checkpoints is none of a projection's business", "[projecting]") {
  SoldBooks books;
  tamper(books.folder(), "UPDATE events SET payload = x'00' WHERE position = 5");
  CHECK(balances_now(books.models()) == after_refund);
  CHECK_THROWS_AS(books.models().rebuild(), ProjectionStopped);
  CHECK(balances_now(books.models()) == after_refund);  // the rebuild kept the old rows

  // Only who has to read it again is stopped by it.
  fs::remove(books.view("orders.v4.db"));
  CHECK(balances_now(books.models()) == after_refund);
  REQUIRE(books.models().stopped().size() == 1);
  CHECK(books.models().stopped().front().projection() == "orders");
  CHECK(books.models().stopped().front().position() == Position{5});
  CHECK_THROWS_AS(books.models().orders(), ProjectionStopped);
}

TEST_CASE("a projection that fails stands in front of the event, and the others go on", "[projecting]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1"}));
  const Position fails_at{books.head().value - 1};
  const Variant faulty(commission_balances_projection(), 4, fails_at);
  const std::array<const Projection*, 2> projections{&faulty, &orders_projection()};
  ReadModels models(books.store(), books.views(), projections);
  models.catch_up();
  REQUIRE(models.stopped().size() == 1);
  CHECK(models.stopped().front().position() == fails_at);
  CHECK(models.stopped().front().projection() == "commission_balances");
  CHECK_THAT(models.stopped().front().what(), Catch::Contains("this projection has a fault"));
  CHECK(models.orders().order({}, {"o1"}));
  CHECK(checkpoint_of(books.view("commission_balances.v4.db"), "commission_balances") == Position{fails_at.value - 1});

  // It tries again each time, and once the fault is mended it carries on from there.
  models.catch_up();
  CHECK(models.stopped().size() == 1);
  books.append(refund("r1", "o1", 500));
  CHECK(balances_now(books.models()) == after_refund);
  CHECK(differences(books.models()).empty());
}

TEST_CASE("who is far behind takes one stride, and one that is cut short changes nothing", "[projecting]") {
  ExampleBooks books;
  sell_a_lot(books);
  const auto kill_late = [](Position done, Position) {
    if (done > Position{0}) throw Killed();
  };
  CHECK_THROWS_AS(books.models().catch_up(kill_late), Killed);
  CHECK(checkpoint_of(books.view("orders.v4.db"), "orders") == Position{0});
  books.models().catch_up();
  CHECK(books.models().stopped().empty());
  CHECK(checkpoint_of(books.view("orders.v4.db"), "orders") == books.head());
  CHECK(differences(books.models()).empty());
}

TEST_CASE("what fails far behind still takes in all that precedes", "[projecting]") {
  ExampleBooks books;
  sell_a_lot(books);
  const Position fails_at{books.head().value - 1000};
  const Variant faulty(commission_balances_projection(), 4, fails_at);
  const std::array<const Projection*, 2> projections{&faulty, &orders_projection()};
  ReadModels models(books.store(), books.views(), projections);
  models.catch_up();
  REQUIRE(models.stopped().size() == 1);
  CHECK(models.stopped().front().position() == fails_at);
  CHECK(checkpoint_of(books.view("commission_balances.v4.db"), "commission_balances") == Position{fails_at.value - 1});
  CHECK(checkpoint_of(books.view("orders.v4.db"), "orders") == books.head());
  tamper(books.folder(), fmt::format("UPDATE events SET payload = x'00' WHERE position = {}", fails_at.value - 500));
  fs::remove_all(books.views());
  models.catch_up();
  REQUIRE(models.stopped().size() == 2);
  CHECK(checkpoint_of(books.view("orders.v4.db"), "orders") == Position{fails_at.value - 501});
}

TEST_CASE("what stopped a projection says the position once", "[projecting]") {
  const auto said = [](const char* cause) {
    return std::string(ProjectionStopped("orders", {20}, std::make_exception_ptr(DamagedStore(cause))).what());
  };
  CHECK(said("position 20: the event is missing") == "orders stopped in front of position 20: the event is missing");
  CHECK(said("position 20 holds news; update Upline") ==
        "orders stopped in front of position 20: holds news; update Upline");
  CHECK(said("position 200: not this one") == "orders stopped in front of position 20: position 200: not this one");
  CHECK(said("the disk is full") == "orders stopped in front of position 20: the disk is full");
}

TEST_CASE("what fails where several events are written together is told of the one event", "[projecting]") {
  SoldBooks books;
  const Position fails_at{books.head().value - 2};
  const FailsWhenWriting faulty(fails_at);
  const std::array<const Projection*, 1> projections{&faulty};
  ReadModels models(books.store(), books.views(), projections);
  CHECK_THROWS_WITH(models.rebuild(), Catch::Contains(fmt::format("in front of position {}:", fails_at.value)));
  CHECK(books.models().orders().order({}, {"o1"}));  // the old rows are kept

  fs::remove(books.view("orders.v4.db"));
  models.catch_up();
  REQUIRE(models.stopped().size() == 1);
  CHECK(models.stopped().front().position() == fails_at);
  CHECK(checkpoint_of(books.view("orders.v4.db"), "orders") == Position{fails_at.value - 1});
}

TEST_CASE("a row that two events would add is refused at the second", "[projecting]") {
  SoldBooks books;
  ReadModelDatabase database(books.view("orders.v4.db"), "orders");
  const RecordedEvent again{{99}, stream_of(OrderId{"o1"}), {9}, may(1), may(1), OrderPlaced{.product = {"course"}}};
  const auto intake = orders_projection().begin(database);
  intake->apply(again);
  CHECK_THROWS(intake->apply(again));
  CHECK_THROWS(intake->flush());
}

TEST_CASE("what fails in a long stride is told of the one event, and nothing behind it counts", "[projecting]") {
  SoldBooks books;
  std::vector<Command> members;
  for (int i = 0; i < 21'000; ++i) members.push_back(enrol(fmt::format("m{}", i)));
  for (const auto& outcome : books.shop().run_batch(members)) must_append(outcome);
  const Position fails_at{15'000};
  const FailsWhenWriting faulty(fails_at);
  const std::array<const Projection*, 1> projections{&faulty};
  fs::remove(books.view("orders.v4.db"));
  ReadModels models(books.store(), books.views(), projections);
  models.catch_up();
  REQUIRE(models.stopped().size() == 1);
  CHECK(models.stopped().front().position() == fails_at);
  CHECK(checkpoint_of(books.view("orders.v4.db"), "orders") == Position{fails_at.value - 1});
}
