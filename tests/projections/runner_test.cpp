// What may happen to read models while they follow the log: deletion, other logs, other versions.
#include "projections/runner.hpp"

#include "projections/checkpoint.hpp"
#include "tests/projections/faulty_projections.hpp"
#include "tests/projections/sold_books.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;
namespace fs = std::filesystem;

TEST_CASE("catching up again changes nothing and sees what is new", "[projecting]") {
  SoldBooks books;
  CHECK(balances_now(books.models()) == after_refund);
  CHECK(balances_now(books.models()) == after_refund);
  books.append(refund("r2", "o1", 499));
  CHECK(balances_now(books.models()).front() == "alice CNY earned 24 reversed 24 pending 0 available 0");
  CHECK(checkpoint_of(books.view("orders.v4.db"), "orders") == books.head());
}

TEST_CASE("progress tells how far the slowest read model has come", "[projecting]") {
  SoldBooks books;
  fs::remove(books.view("orders.v4.db"));
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
  for (const auto* name : {"commission_balances.v4.db", "referral_tree.v3.db", "orders.v4.db", "inventory.v4.db",
                           "shop_totals.v3.db", "journal.v3.db"}) {
    REQUIRE(fs::remove(books.view(name)));
    another.models().catch_up();
    books.models().catch_up();
    CHECK(fs::exists(books.view(name)));
  }
  CHECK(balances_now(books.models()) == after_refund);
  CHECK(differences(books.models()).empty());
  CHECK(differences(another.models()).empty());
}

namespace {

/// The orders' rules. Counts how often somebody begins who knows nothing yet.
class Begun final : public Projection {
 public:
  std::string_view name() const override { return orders_projection().name(); }
  int version() const override { return orders_projection().version(); }
  std::span<const OwnedTable> tables() const override { return orders_projection().tables(); }
  std::unique_ptr<Intake> begin(ReadModelDatabase& database) const override {
    ++times;
    return orders_projection().begin(database);
  }

  mutable int times{};
};

}  // namespace

TEST_CASE("what is known of a file is kept, until another process writes or replaces it", "[projecting][kept]") {
  SoldBooks books;
  const Begun begun;
  const std::array<const Projection*, 1> projections{&begun};
  ReadModels models(books.store(), books.views(), projections);
  const auto sell = [&](const char* order) {
    books.append(purchase({.order = order, .member = "carol"}));
    models.catch_up();
    return begun.times;
  };
  CHECK(sell("o2") == 1);
  CHECK(sell("o3") == 1);
  books.append(purchase({.order = "o4"}));
  books.models().catch_up();
  CHECK(sell("o5") == 2);
  CHECK(sell("o6") == 2);
  fs::remove_all(books.views());
  books.models().catch_up();
  CHECK(sell("o7") == 3);
  CHECK(differences(models).empty());
}

TEST_CASE("a file deleted between catching up and asking still answers", "[projecting]") {
  SoldBooks books;
  fs::remove_all(books.views());
  CHECK(balances(books.models(), at(may(3))) == after_refund);
  CHECK(tree(books.models(), at(may(3))).size() == 4);
  CHECK(balances_now(books.models()) == after_refund);
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
  ReadModelDatabase database(books.view("orders.v4.db"), "orders");
  write_checkpoint(database, {head, {}});
  database.run("DELETE FROM orders");
  CHECK(books.now().orders().order({}, {"o1"}));
  CHECK(differences(books.models()).empty());
}

TEST_CASE("a newer program's file is never touched", "[projecting]") {
  SoldBooks books;
  const auto newer = books.view("orders.v5.db");
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
  const Variant second(orders_projection(), 5);
  const std::array<const Projection*, 1> projections{&second};
  ReadModels newer(books.store(), books.views(), projections);
  CHECK(contains(files_in(books.views()), "orders.v4.db"));
  CHECK_THROWS_AS(newer.catch_up([](Position, Position) { throw Killed(); }), Killed);
  CHECK(contains(files_in(books.views()), "orders.v4.db"));
  newer.catch_up();
  CHECK(contains(files_in(books.views()), "orders.v5.db"));
  CHECK_FALSE(contains(files_in(books.views()), "orders.v4.db"));
  CHECK_FALSE(contains(files_in(books.views()), "orders.v4.db-wal"));
  CHECK(contains(files_in(books.views()), "inventory.v4.db"));
}

TEST_CASE("an older version's file stays while the new one is stopped", "[projecting]") {
  SoldBooks books;
  const Variant faulty(orders_projection(), 5, books.head());
  const std::array<const Projection*, 1> projections{&faulty};
  ReadModels newer(books.store(), books.views(), projections);
  newer.catch_up();
  CHECK(newer.stopped().size() == 1);
  CHECK(contains(files_in(books.views()), "orders.v4.db"));
}

TEST_CASE("a read model whose checkpoint is gone says which file to delete, and the others answer", "[projecting]") {
  SoldBooks books;
  ReadModelDatabase database(books.view("orders.v4.db"), "orders");
  const auto* sql = GENERATE("DELETE FROM checkpoint", "UPDATE checkpoint SET leaf_hash = x'0011'");
  database.run(sql);
  books.models().catch_up();
  CHECK(balances(books.models(), at(may(3))) == after_refund);
  CHECK_THROWS_WITH(books.models().orders(), Catch::Contains("orders.v4.db") && Catch::Contains("delete this file"));
}

TEST_CASE("an event that is damaged is no reason to doubt the views that end with it", "[projecting][damage]") {
  SoldBooks books;
  books.models().catch_up();
  tamper(books.folder(), "UPDATE events SET actor = 'x' WHERE position = (SELECT max(position) FROM events)");
  ReadModels models(books.store(), books.views());
  models.catch_up();
  CHECK(models.stopped().empty());
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
      fs::remove(books.view("commission_balances.v4.db"));
    }
  });
  CHECK(balances(books.models(), at(may(3))).front() == "alice CNY earned 24 reversed 24 pending 0 available 0");
  CHECK(books.models().stopped().empty());
  CHECK(differences(books.models()).empty());
}
