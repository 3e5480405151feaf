// A rebuild: nobody sees it at work, it may be killed or fail, and it replaces what cannot be used.
#include "projections/renewal.hpp"

#include "eventstore/hand_over.hpp"
#include "eventstore/stored_event.hpp"
#include "projections/checkpoint.hpp"
#include "tests/projections/faulty_projections.hpp"
#include "tests/projections/sold_books.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sched.h>
#include <sqlite3.h>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;
namespace fs = std::filesystem;

namespace {

/// Another projection's rules, applied under somebody's eyes.
class WatchedProjection final : public Projection {
 public:
  struct Watcher {
    std::function<void(Position)> before_event = [](Position) {};
    std::function<void()> before_flush = [] {};
  };
  WatchedProjection(const Projection& original, const Watcher& watcher) : original_(original), watcher_(watcher) {}

  std::string_view name() const override { return original_.name(); }
  int version() const override { return original_.version(); }
  std::span<const OwnedTable> tables() const override { return original_.tables(); }
  std::unique_ptr<Intake> begin(ReadModelDatabase& database) const override {
    return std::make_unique<WatchedIntake>(original_.begin(database), watcher_);
  }

 private:
  class WatchedIntake final : public Intake {
   public:
    WatchedIntake(std::unique_ptr<Intake> original, const Watcher& watcher)
        : original_(std::move(original)), watcher_(watcher) {}

    void apply(const RecordedEvent& event) override {
      watcher_.before_event(event.position);
      original_->apply(event);
    }
    void flush() override {
      watcher_.before_flush();
      original_->flush();
    }

   private:
    std::unique_ptr<Intake> original_;
    const Watcher& watcher_;
  };

  const Projection& original_;
  const Watcher& watcher_;
};

/// Somebody writes the file, and everybody else has to wait.
bool is_held(const fs::path& view) {
  SQLite::Database database(view, SQLite::OPEN_READWRITE);
  return database.tryExec("BEGIN IMMEDIATE") != SQLITE_OK;
}

/// More than is worth another reading of the log.
void enrol_many(ShopBooks& books, const std::string& name) {
  constexpr int many = 5'001;
  std::vector<Command> commands;
  for (int i = 0; i < many; ++i) commands.push_back(enrol(fmt::format("{}{}", name, i)));
  for (const auto& outcome : books.shop().run_batch(commands)) must_append(outcome);
}

/// Does something each time that a rebuild flushes, on a thread that gives way to nobody, and has it wait for that.
class DoneInBetween {
 public:
  explicit DoneInBetween(std::function<void()> work)
      : thread_([this, work = std::move(work)] {
          while (asked_.take()) {
            work();
            done_.put({});
          }
        }) {}
  DoneInBetween(const DoneInBetween&) = delete;
  DoneInBetween& operator=(const DoneInBetween&) = delete;
  ~DoneInBetween() {
    asked_.end();
    thread_.join();
  }

  void ask() {
    asked_.put({});
    done_.take();
  }

 private:
  struct Nothing {};
  upline::eventstore::HandOver<Nothing> asked_{1};
  upline::eventstore::HandOver<Nothing> done_{1};
  std::thread thread_;
};

}  // namespace

TEST_CASE("a rebuild takes idle cores only, until others wait for its end", "[projecting]") {
  SoldBooks books;
  const auto head = books.head();
  std::map<Position, int> policies;
  std::vector<int> policies_of_flushes;
  const WatchedProjection::Watcher watcher{
      .before_event = [&](Position position) { policies[position] = ::sched_getscheduler(0); },
      .before_flush = [&] { policies_of_flushes.push_back(::sched_getscheduler(0)); }};
  const WatchedProjection watched(orders_projection(), watcher);
  const std::array<const Projection*, 1> projections{&watched};
  ReadModels models(books.store(), books.views(), projections);
  const auto carry_on = [&](Position, Position) {
    if (books.head() == head) books.append(refund("r2", "o1", 499));
    books.models().catch_up();
  };
  models.rebuild(carry_on);
  REQUIRE(books.head() > head);
  REQUIRE(policies.size() == books.head().value);
  for (const auto& [position, policy] : policies) {
    INFO(position.value);
    CHECK(policy == (position <= head ? SCHED_IDLE : SCHED_OTHER));
  }
  CHECK(policies_of_flushes == std::vector{SCHED_IDLE, SCHED_OTHER});
  CHECK(::sched_getscheduler(0) == SCHED_OTHER);
}

TEST_CASE("much that was appended while a rebuild made indexes is taken in before anybody waits", "[projecting]") {
  SoldBooks books;
  const auto head = books.head();
  Position carried_to{};
  std::map<Position, bool> held;
  DoneInBetween carry_on([&] {
    if (carried_to != Position{}) return;
    ShopBooks another(books.folder());
    enrol_many(another, "m");
    another.models().catch_up();
    carried_to = another.head();
  });
  const auto look = [&](Position position) {
    constexpr std::uint64_t now_and_then = 500;
    if (position > head && position.value % now_and_then == 0) held[position] = is_held(books.view("orders.v4.db"));
  };
  const WatchedProjection::Watcher watcher{.before_event = look, .before_flush = [&] { carry_on.ask(); }};
  const WatchedProjection watched(orders_projection(), watcher);
  const std::array<const Projection*, 1> projections{&watched};
  ReadModels models(books.store(), books.views(), projections);
  models.rebuild();
  REQUIRE(held.size() == 10U);
  CHECK(std::ranges::none_of(held, [](const auto& one) { return one.second; }));
  CHECK(checkpoint_of(books.view("orders.v4.db"), "orders") == carried_to);
}

TEST_CASE("a rebuild ends however much is appended meanwhile", "[projecting]") {
  SoldBooks books;
  const auto head = books.head();
  int flushes = 0;
  DoneInBetween append([&] {
    ShopBooks another(books.folder());
    enrol_many(another, fmt::format("m{}-", ++flushes));
  });
  const WatchedProjection::Watcher watcher{.before_flush = [&] { append.ask(); }};
  const WatchedProjection watched(orders_projection(), watcher);
  const std::array<const Projection*, 1> projections{&watched};
  ReadModels models(books.store(), books.views(), projections);
  models.rebuild();
  CHECK(flushes == 4);
  CHECK(checkpoint_of(books.view("orders.v4.db"), "orders").value ==
        head.value + 3 * (books.head().value - head.value) / 4);
}

TEST_CASE("a rebuild that is killed changes nothing, and nobody sees it at work", "[projecting]") {
  SoldBooks books;
  ReadModelDatabase(books.view("commission_balances.v4.db"), "commission_balances").run("DELETE FROM newest");
  const auto kill = [&](Position, Position) {
    ShopBooks reader(books.folder());
    CHECK(balances(reader.models(), at(may(3))).empty());
    throw Killed();
  };
  CHECK_THROWS_AS(books.models().rebuild(kill), Killed);
  CHECK(balances_now(books.models()).empty());
  books.models().rebuild();
  CHECK(balances_now(books.models()) == after_refund);
}

TEST_CASE("a projection that fails in a rebuild keeps its old rows, and the others are rebuilt", "[projecting]") {
  SoldBooks books;
  const Variant faulty(commission_balances_projection(), 3, Position{books.head().value - 1});
  const std::array<const Projection*, 2> projections{&faulty, &orders_projection()};
  ReadModels models(books.store(), books.views(), projections);
  ReadModelDatabase(books.view("orders.v4.db"), "orders").run("DELETE FROM orders");
  CHECK_THROWS_AS(models.rebuild(), ProjectionStopped);
  CHECK(models.orders().order({}, {"o1"}));
  CHECK(balances_now(books.models()) == after_refund);
  CHECK(differences(books.models()).empty());
}

TEST_CASE("a rebuild mends what was changed behind its back", "[projecting]") {
  SoldBooks books;
  ReadModelDatabase(books.view("inventory.v4.db"), "inventory").run("UPDATE products SET released = 99");
  ReadModelDatabase(books.view("orders.v4.db"), "orders").run("DELETE FROM order_refunds");
  CHECK_FALSE(differences(books.models()).empty());
  books.models().rebuild();
  CHECK(differences(books.models()).empty());
}

TEST_CASE("a rebuild replaces a file that cannot be used, and no other verb touches it", "[projecting]") {
  SoldBooks books;
  const auto view = books.view("inventory.v4.db");
  const auto* harm = GENERATE("garbage", "DROP TABLE products", "DROP TABLE checkpoint", "PRAGMA user_version=0");
  INFO(harm);
  if (std::string(harm) == "garbage") {
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(view.string() + suffix);
    std::ofstream(view) << "not a database, whatever its name says";
  } else {
    ReadModelDatabase(view, "inventory").run(harm);
  }
  ShopBooks another(books.folder());
  CHECK(balances_now(another.models()) == after_refund);
  if (std::string(harm) != "DROP TABLE products") {  // which nobody needs until it is asked for
    CHECK_THROWS_WITH(another.models().inventory(), Catch::Contains("inventory.v4.db: ") &&
                                                        Catch::Contains("delete this file or run 'upline rebuild'"));
  }
  CHECK_THROWS_AS(another.models().compare_with_rebuild(), UnusableView);
  another.models().rebuild();
  CHECK(differences(another.models()).empty());
  CHECK(differences(books.models()).empty());
}

TEST_CASE("a file that a newer program has written stays as it is, unless a rebuild is asked for", "[projecting]") {
  SoldBooks books;
  const auto view = books.view("inventory.v4.db");
  ReadModelDatabase(view, "inventory").run("PRAGMA user_version=9");
  ShopBooks another(books.folder());
  CHECK(balances_now(another.models()) == after_refund);
  CHECK_THROWS_AS(another.models().inventory(), upline::eventstore::NewerStore);
  CHECK_THROWS_WITH(another.models().inventory(), Catch::Contains("has format 9") && Catch::Contains("left as it is") &&
                                                      Catch::Contains("upline rebuild"));
  CHECK_THROWS_AS(another.models().compare_with_rebuild(), upline::eventstore::NewerStore);
  CHECK_THROWS_AS(checkpoint_of(view, "inventory"), upline::eventstore::NewerStore);
  another.models().rebuild();
  CHECK_NOTHROW(another.models().inventory());
  CHECK(checkpoint_of(view, "inventory") == books.head());
}

TEST_CASE("a rebuilt file has come as far as the old one, which others carried on meanwhile", "[projecting]") {
  SoldBooks books;
  Position carried_to{};
  const auto carry_on = [&](Position, Position) {
    if (carried_to != Position{}) return;
    ShopBooks another(books.folder());
    another.append(refund("r2", "o1", 499));
    another.models().catch_up();
    carried_to = another.head();
    CHECK(checkpoint_of(books.view("orders.v4.db"), "orders") == carried_to);
  };
  books.models().rebuild(carry_on);
  REQUIRE(carried_to > Position{});
  for (const auto* projection : all_projections()) {
    const auto file = fmt::format("{}.v{}.db", projection->name(), projection->version());
    CHECK(checkpoint_of(books.view(file), std::string(projection->name()).c_str()) == carried_to);
  }
  CHECK(differences(books.models()).empty());
}

TEST_CASE("what a killed rebuild left behind is overwritten, and gone after the next", "[projecting]") {
  SoldBooks books;
  std::ofstream(books.view("orders.v4.db.new")) << "half a file";
  books.models().rebuild();
  CHECK_FALSE(contains(files_in(books.views()), "orders.v4.db.new"));
  CHECK(differences(books.models()).empty());
}

TEST_CASE("a rebuilt file has all its indexes", "[projecting]") {
  SoldBooks books;
  const auto indexes = [&](const Projection& projection) {
    const auto file = fmt::format("{}.v{}.db", projection.name(), projection.version());
    ReadModelDatabase database(books.view(file), std::string(projection.name()));
    Lines names;
    auto rows = database.query("SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name");
    while (rows.next()) names.emplace_back(rows.text(0));
    return names;
  };
  const auto all_indexes = [&] {
    std::vector<Lines> all;
    for (const auto* projection : all_projections()) all.push_back(indexes(*projection));
    return all;
  };
  const auto before = all_indexes();
  books.models().rebuild();
  CHECK(all_indexes() == before);
  CHECK(contains(indexes(orders_projection()), "orders_by_member"));
}
