// What may happen to read models while they follow the log: damage, deletion, other logs, other versions, being killed.
#include "projections/runner.hpp"

#include "eventstore/stored_event.hpp"
#include "projections/checkpoint.hpp"
#include "tests/projections/shop_books.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <unistd.h>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;
using upline::eventstore::DamagedStore;
namespace fs = std::filesystem;

namespace {

/// Thrown by a progress callback, in the place of the signal that kills a process.
struct Killed : std::runtime_error {
  Killed() : std::runtime_error("killed") {}
};

/// Another projection's rules under a version of their own; may fail at one position.
class Variant final : public Projection {
 public:
  Variant(const Projection& original, int version, Position fails_at = {})
      : original_(original), version_(version), fails_at_(fails_at) {}

  std::string_view name() const override { return original_.name(); }
  int version() const override { return version_; }
  std::span<const OwnedTable> tables() const override { return original_.tables(); }
  std::unique_ptr<Intake> begin(ReadModelDatabase& database) const override {
    return std::make_unique<FaultyIntake>(original_.begin(database), fails_at_);
  }

 private:
  class FaultyIntake final : public Intake {
   public:
    FaultyIntake(std::unique_ptr<Intake> original, Position fails_at)
        : original_(std::move(original)), fails_at_(fails_at) {}

    void apply(const RecordedEvent& event) override {
      original_->apply(event);
      if (event.position == fails_at_) throw std::runtime_error("this projection has a fault");
    }
    void flush() override { original_->flush(); }

   private:
    std::unique_ptr<Intake> original_;
    Position fails_at_;
  };

  const Projection& original_;
  int version_;
  Position fails_at_;
};

/// The worked example with its purchase and first refund, and read models up to date with it.
class SoldBooks : public ExampleBooks {
 public:
  SoldBooks() {
    append(purchase({.order = "o1"}));
    append(refund("r1", "o1", 500));
    now();
  }
};

const Lines after_refund{"alice CNY earned 24 reversed 12 pending 12 available 0",
                         "bob CNY earned 49 reversed 25 pending 24 available 0",
                         "carol CNY earned 99 reversed 50 pending 49 available 0"};

Lines balances_now(ReadModels& models) {
  models.catch_up();
  return balances(models, at(may(3)));
}

Position checkpoint_of(const fs::path& view, const char* migrations) {
  ReadModelDatabase database(view, migrations);
  return read_checkpoint(database).position;
}

Lines files_in(const fs::path& folder) {
  Lines files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path().filename().string());
  std::ranges::sort(files);
  return files;
}

bool contains(const Lines& lines, const std::string& line) { return std::ranges::find(lines, line) != lines.end(); }

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("catching up again changes nothing and sees what is new", "[projecting]") {
  SoldBooks books;
  CHECK(balances_now(books.models()) == after_refund);
  CHECK(balances_now(books.models()) == after_refund);
  books.append(refund("r2", "o1", 499));
  CHECK(balances_now(books.models()).front() == "alice CNY earned 24 reversed 24 pending 0 available 0");
  CHECK(checkpoint_of(books.view("orders.v3.db"), "orders") == books.head());
}

TEST_CASE("progress tells how far the slowest read model has come", "[projecting]") {
  SoldBooks books;
  fs::remove(books.view("orders.v3.db"));
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  books.models().catch_up([&](Position done, Position total) { told.emplace_back(done.value, total.value); });
  const auto head = books.head().value;
  CHECK(told == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0, head}, {head, head}});
}

TEST_CASE("a deleted views folder loses nothing", "[projecting]") {
  SoldBooks books;
  fs::remove_all(books.views());
  CHECK(balances_now(books.models()) == after_refund);
  ShopBooks another(books.folder());
  fs::remove_all(books.views());
  CHECK(balances_now(another.models()) == after_refund);
  CHECK(balances_now(books.models()) == after_refund);
  CHECK(differences(books.models()).empty());
}

TEST_CASE("a file deleted while it is open is noticed and filled again", "[projecting]") {
  SoldBooks books;
  ShopBooks another(books.folder());
  for (const auto* name : {"commission_balances.v2.db", "referral_tree.v3.db", "orders.v3.db", "inventory.v4.db",
                           "shop_totals.v2.db", "journal.v1.db"}) {
    REQUIRE(fs::remove(books.view(name)));
    another.models().catch_up();
    books.models().catch_up();
    CHECK(fs::exists(books.view(name)));
  }
  CHECK(balances_now(books.models()) == after_refund);
  CHECK(differences(books.models()).empty());
  CHECK(differences(another.models()).empty());
}

TEST_CASE("a file deleted between catching up and asking still answers", "[projecting]") {
  SoldBooks books;
  fs::remove_all(books.views());
  CHECK(balances(books.models(), at(may(3))) == after_refund);
  CHECK(tree(books.models(), at(may(3))).size() == 4);
  CHECK(balances_now(books.models()) == after_refund);
}

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
  CHECK(checkpoint_of(books.view("commission_balances.v2.db"), "commission_balances") == Position{damaged.value - 1});
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
  fs::remove(books.view("orders.v3.db"));
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
  const Variant faulty(commission_balances_projection(), 2, fails_at);
  const std::array<const Projection*, 2> projections{&faulty, &orders_projection()};
  ReadModels models(books.store(), books.views(), projections);
  models.catch_up();
  REQUIRE(models.stopped().size() == 1);
  CHECK(models.stopped().front().position() == fails_at);
  CHECK(models.stopped().front().projection() == "commission_balances");
  CHECK_THAT(models.stopped().front().what(), Catch::Contains("this projection has a fault"));
  CHECK(models.orders().order({}, {"o1"}));
  CHECK(checkpoint_of(books.view("commission_balances.v2.db"), "commission_balances") == Position{fails_at.value - 1});

  // It tries again each time, and once the fault is mended it carries on from there.
  models.catch_up();
  CHECK(models.stopped().size() == 1);
  books.append(refund("r1", "o1", 500));
  CHECK(balances_now(books.models()) == after_refund);
  CHECK(differences(books.models()).empty());
}

TEST_CASE("a read model of another log is filled from this one", "[projecting]") {
  SoldBooks books;
  ExampleBooks other;
  const auto orders = GENERATE(1, 5);
  for (int i = 0; i < orders; ++i) other.append(purchase({.order = fmt::format("x{}", i), .amount = 5000}));
  other.now();
  REQUIRE((other.head() > books.head()) == (orders > 1));
  for (const auto& entry : fs::directory_iterator(other.views())) {
    if (entry.path().extension() != ".db") continue;
    ReadModelDatabase(entry.path(), entry.path().stem().stem().string()).run("PRAGMA wal_checkpoint(TRUNCATE)");
    fs::copy_file(entry.path(), books.view(entry.path().filename().string() + ".new"));
    fs::remove(books.view(entry.path().filename().string() + "-wal"));
    fs::remove(books.view(entry.path().filename().string() + "-shm"));
    fs::rename(books.view(entry.path().filename().string() + ".new"), books.view(entry.path().filename().string()));
  }
  CHECK(balances_now(books.models()) == after_refund);
  CHECK(differences(books.models()).empty());
}

TEST_CASE("a log that was set back and went another way is noticed by its hash", "[projecting]") {
  SoldBooks books;
  const auto head = books.head();
  ReadModelDatabase database(books.view("orders.v3.db"), "orders");
  write_checkpoint(database, {head, {}});
  database.run("DELETE FROM orders");
  CHECK(books.now().orders().order({}, {"o1"}));
  CHECK(differences(books.models()).empty());
}

TEST_CASE("a newer program's file is never touched", "[projecting]") {
  SoldBooks books;
  const auto newer = books.view("orders.v4.db");
  std::ofstream(newer) << "what a later version makes of it";
  books.append(refund("r2", "o1", 499));
  books.models().catch_up();
  books.models().rebuild();
  CHECK(differences(books.models()).empty());
  ShopBooks(books.folder()).models().catch_up();
  CHECK(bytes_of(newer) == "what a later version makes of it");
}

TEST_CASE("an older version's file answers until the new one is filled, and goes then", "[projecting]") {
  SoldBooks books;
  const Variant second(orders_projection(), 4);
  const std::array<const Projection*, 1> projections{&second};
  ReadModels newer(books.store(), books.views(), projections);
  CHECK(contains(files_in(books.views()), "orders.v3.db"));
  CHECK_THROWS_AS(newer.catch_up([](Position, Position) { throw Killed(); }), Killed);
  CHECK(contains(files_in(books.views()), "orders.v3.db"));
  newer.catch_up();
  CHECK(contains(files_in(books.views()), "orders.v4.db"));
  CHECK_FALSE(contains(files_in(books.views()), "orders.v3.db"));
  CHECK_FALSE(contains(files_in(books.views()), "orders.v3.db-wal"));
  CHECK(contains(files_in(books.views()), "inventory.v4.db"));
}

TEST_CASE("an older version's file stays while the new one is stopped", "[projecting]") {
  SoldBooks books;
  const Variant faulty(orders_projection(), 4, books.head());
  const std::array<const Projection*, 1> projections{&faulty};
  ReadModels newer(books.store(), books.views(), projections);
  newer.catch_up();
  CHECK(newer.stopped().size() == 1);
  CHECK(contains(files_in(books.views()), "orders.v3.db"));
}

TEST_CASE("a rebuild that is killed changes nothing, and nobody sees it at work", "[projecting]") {
  SoldBooks books;
  ReadModelDatabase(books.view("commission_balances.v2.db"), "commission_balances").run("DELETE FROM entries");
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
  const Variant faulty(commission_balances_projection(), 2, Position{books.head().value - 1});
  const std::array<const Projection*, 2> projections{&faulty, &orders_projection()};
  ReadModels models(books.store(), books.views(), projections);
  ReadModelDatabase(books.view("orders.v3.db"), "orders").run("DELETE FROM orders");
  CHECK_THROWS_AS(models.rebuild(), ProjectionStopped);
  CHECK(models.orders().order({}, {"o1"}));
  CHECK(balances_now(books.models()) == after_refund);
  CHECK(differences(books.models()).empty());
}

TEST_CASE("a rebuild mends what was changed behind its back", "[projecting]") {
  SoldBooks books;
  ReadModelDatabase(books.view("inventory.v4.db"), "inventory").run("UPDATE products SET released = 99");
  ReadModelDatabase(books.view("orders.v3.db"), "orders").run("DELETE FROM order_refunds");
  CHECK_FALSE(differences(books.models()).empty());
  books.models().rebuild();
  CHECK(differences(books.models()).empty());
}

TEST_CASE("a comparison names the rows that differ, are missing, or should not be there", "[projecting]") {
  SoldBooks books;
  const auto accrual = books.head().value - 6;
  ReadModelDatabase entries(books.view("commission_balances.v2.db"), "commission_balances");
  entries.run("UPDATE entries SET base_minor = 1 WHERE member_id = 'carol' AND kind = 1");
  entries.run("DELETE FROM entries WHERE member_id = 'alice' AND kind = 1");
  ReadModelDatabase(books.view("referral_tree.v3.db"), "referral_tree")
      .run("INSERT INTO members (member_id, enrolled_at, position, code) VALUES ('zoe', 0, 1, 'X')");
  CHECK(differences(books.models()) ==
        Lines{fmt::format("commission_balances.entries: alice CNY {}: is missing", accrual + 2),
              fmt::format("commission_balances.entries: carol CNY {}: differs", accrual),
              "referral_tree.members: zoe: is not in the log"});
}

TEST_CASE("a comparison names the first few rows and counts the others", "[projecting]") {
  ExampleBooks books;
  for (int i = 0; i < 8; ++i) books.append(purchase({.order = fmt::format("o{}", i)}));
  books.now();
  ReadModelDatabase(books.view("orders.v3.db"), "orders").run("UPDATE orders SET channel = 'bribe'");
  const auto found = books.models().compare_with_rebuild();
  REQUIRE(found.size() == 1);
  CHECK(found[0].projection == "orders");
  CHECK(found[0].table == "orders");
  CHECK(found[0].rows == 8);
  CHECK(found[0].keys ==
        Lines{"16 o0: differs", "22 o1: differs", "28 o2: differs", "34 o3: differs", "40 o4: differs"});
}

TEST_CASE("a comparison leaves nothing behind, even where it fails", "[projecting]") {
  SoldBooks books;
  const auto before = files_in(books.folder());
  CHECK(books.models().compare_with_rebuild().empty());
  CHECK(files_in(books.folder()) == before);
  Lines during;
  CHECK_THROWS_AS(books.models().compare_with_rebuild([&](Position, Position) {
    during = files_in(books.folder());
    throw Killed();
  }),
                  Killed);
  CHECK(during.size() > before.size());
  CHECK(files_in(books.folder()) == before);
}

TEST_CASE("a comparison sweeps what a killed one left behind, and leaves a living one alone", "[projecting]") {
  SoldBooks books;
  const auto killed = books.folder() / "views.verify-2147483000-1";  // beyond any process number
  const auto living = books.folder() / fmt::format("views.verify-{}-77", ::getppid());
  for (const auto& folder : {killed, living}) fs::create_directory(folder);
  std::ofstream(killed / "orders.v3.db") << "half";
  std::ofstream(killed.string() + ".lock") << "";
  CHECK(books.models().compare_with_rebuild().empty());
  CHECK_FALSE(fs::exists(killed));
  CHECK_FALSE(fs::exists(killed.string() + ".lock"));
  CHECK(fs::exists(living));
}

TEST_CASE("a read model whose checkpoint is gone says which file to delete, and the others answer", "[projecting]") {
  SoldBooks books;
  ReadModelDatabase database(books.view("orders.v3.db"), "orders");
  const auto* sql = GENERATE("DELETE FROM checkpoint", "UPDATE checkpoint SET leaf_hash = x'0011'");
  database.run(sql);
  books.models().catch_up();
  CHECK(balances(books.models(), at(may(3))) == after_refund);
  CHECK_THROWS_WITH(books.models().orders(), Catch::Contains("orders.v3.db") && Catch::Contains("delete this file"));
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

TEST_CASE("views that are deleted while they are brought up to date are filled all the same", "[projecting]") {
  SoldBooks books;
  books.append(refund("r2", "o1", 499));
  const bool whole_folder = GENERATE(true, false);
  bool deleted = false;
  books.models().catch_up([&](Position, Position) {
    if (std::exchange(deleted, true)) return;
    if (whole_folder) {
      fs::remove_all(books.views());
    } else {
      fs::remove(books.view("commission_balances.v2.db"));
    }
  });
  CHECK(balances(books.models(), at(may(3))).front() == "alice CNY earned 24 reversed 24 pending 0 available 0");
  CHECK(books.models().stopped().empty());
  CHECK(differences(books.models()).empty());
}

namespace {

/// More events than a follower takes batch by batch.
void sell_a_lot(ExampleBooks& books) {
  std::vector<Command> commands;
  for (int i = 0; i < 3500; ++i) commands.push_back(purchase({.order = fmt::format("o{}", i), .product = "course"}));
  for (const auto& outcome : books.shop().run_batch(commands)) must_append(outcome);
  REQUIRE(books.head() > Position{21'000});
}

}  // namespace

TEST_CASE("who is far behind takes one stride, and one that is cut short changes nothing", "[projecting]") {
  ExampleBooks books;
  sell_a_lot(books);
  const auto kill_late = [](Position done, Position) {
    if (done > Position{0}) throw Killed();
  };
  CHECK_THROWS_AS(books.models().catch_up(kill_late), Killed);
  CHECK(checkpoint_of(books.view("orders.v3.db"), "orders") == Position{0});
  books.models().catch_up();
  CHECK(books.models().stopped().empty());
  CHECK(checkpoint_of(books.view("orders.v3.db"), "orders") == books.head());
  CHECK(differences(books.models()).empty());
}

TEST_CASE("what fails far behind still takes in all that precedes", "[projecting]") {
  ExampleBooks books;
  sell_a_lot(books);
  const Position fails_at{books.head().value - 1000};
  const Variant faulty(commission_balances_projection(), 2, fails_at);
  const std::array<const Projection*, 2> projections{&faulty, &orders_projection()};
  ReadModels models(books.store(), books.views(), projections);
  models.catch_up();
  REQUIRE(models.stopped().size() == 1);
  CHECK(models.stopped().front().position() == fails_at);
  CHECK(checkpoint_of(books.view("commission_balances.v2.db"), "commission_balances") == Position{fails_at.value - 1});
  CHECK(checkpoint_of(books.view("orders.v3.db"), "orders") == books.head());
  tamper(books.folder(), fmt::format("UPDATE events SET payload = x'00' WHERE position = {}", fails_at.value - 500));
  fs::remove_all(books.views());
  models.catch_up();
  REQUIRE(models.stopped().size() == 2);
  CHECK(checkpoint_of(books.view("orders.v3.db"), "orders") == Position{fails_at.value - 501});
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

namespace {

/// Takes everything in, and fails only where it writes what it kept back.
class FailsWhenWriting final : public Projection {
 public:
  explicit FailsWhenWriting(Position fails_at) : fails_at_(fails_at) {}

  std::string_view name() const override { return orders_projection().name(); }
  int version() const override { return orders_projection().version(); }
  std::span<const OwnedTable> tables() const override { return orders_projection().tables(); }
  std::unique_ptr<Intake> begin(ReadModelDatabase& database) const override {
    return std::make_unique<LateFault>(orders_projection().begin(database), fails_at_);
  }

 private:
  class LateFault final : public Intake {
   public:
    LateFault(std::unique_ptr<Intake> original, Position fails_at)
        : original_(std::move(original)), fails_at_(fails_at) {}

    void apply(const RecordedEvent& event) override {
      original_->apply(event);
      if (event.position == fails_at_) has_fault_ = true;
    }
    void flush() override {
      if (has_fault_) throw std::runtime_error("this projection cannot write what it took in");
      original_->flush();
    }

   private:
    std::unique_ptr<Intake> original_;
    Position fails_at_;
    bool has_fault_{};
  };

  Position fails_at_;
};

}  // namespace

TEST_CASE("what fails where several events are written together is told of the one event", "[projecting]") {
  SoldBooks books;
  const Position fails_at{books.head().value - 2};
  const FailsWhenWriting faulty(fails_at);
  const std::array<const Projection*, 1> projections{&faulty};
  ReadModels models(books.store(), books.views(), projections);
  CHECK_THROWS_WITH(models.rebuild(), Catch::Contains(fmt::format("in front of position {}:", fails_at.value)));
  CHECK(books.models().orders().order({}, {"o1"}));  // the old rows are kept

  fs::remove(books.view("orders.v3.db"));
  models.catch_up();
  REQUIRE(models.stopped().size() == 1);
  CHECK(models.stopped().front().position() == fails_at);
  CHECK(checkpoint_of(books.view("orders.v3.db"), "orders") == Position{fails_at.value - 1});
}

TEST_CASE("a row that two events would add is refused at the second", "[projecting]") {
  SoldBooks books;
  ReadModelDatabase database(books.view("orders.v3.db"), "orders");
  const RecordedEvent again{{99}, stream_of(OrderId{"o1"}), {9}, may(1), may(1), OrderPlaced{.product = {"course"}}};
  const auto intake = orders_projection().begin(database);
  intake->apply(again);
  CHECK_THROWS(intake->apply(again));
  CHECK_THROWS(intake->flush());
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
    CHECK(checkpoint_of(books.view("orders.v3.db"), "orders") == carried_to);
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
  std::ofstream(books.view("orders.v3.db.new")) << "half a file";
  books.models().rebuild();
  CHECK_FALSE(contains(files_in(books.views()), "orders.v3.db.new"));
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

TEST_CASE("what fails in a long stride is told of the one event, and nothing behind it counts", "[projecting]") {
  SoldBooks books;
  std::vector<Command> members;
  for (int i = 0; i < 21'000; ++i) members.push_back(enrol(fmt::format("m{}", i)));
  for (const auto& outcome : books.shop().run_batch(members)) must_append(outcome);
  const Position fails_at{15'000};
  const FailsWhenWriting faulty(fails_at);
  const std::array<const Projection*, 1> projections{&faulty};
  fs::remove(books.view("orders.v3.db"));
  ReadModels models(books.store(), books.views(), projections);
  models.catch_up();
  REQUIRE(models.stopped().size() == 1);
  CHECK(models.stopped().front().position() == fails_at);
  CHECK(checkpoint_of(books.view("orders.v3.db"), "orders") == Position{fails_at.value - 1});
}
