// Read models compared with a rebuild: which rows differ, and nothing left behind.
#include "projections/compare.hpp"

#include "tests/projections/faulty_projections.hpp"
#include "tests/projections/sold_books.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <unistd.h>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;
namespace fs = std::filesystem;

TEST_CASE("a comparison names the rows that differ, are missing, or should not be there", "[projecting]") {
  SoldBooks books;
  ReadModelDatabase balances(books.view("commission_balances.v4.db"), "commission_balances");
  balances.run("UPDATE accounts SET number = 7 WHERE member_id = 'carol'");
  balances.run("DELETE FROM accounts WHERE member_id = 'alice'");
  balances.run("UPDATE newest SET packed = substr(packed, 2)");
  ReadModelDatabase(books.view("referral_tree.v3.db"), "referral_tree")
      .run("INSERT INTO members (member_id, enrolled_at, position, code) VALUES ('zoe', 0, 1, 'X')");
  CHECK(differences(books.models()) ==
        Lines{"commission_balances.accounts: alice CNY: is missing", "commission_balances.accounts: carol CNY: differs",
              "commission_balances.newest: 0: differs", "referral_tree.members: zoe: is not in the log"});
}

TEST_CASE("a comparison names the first few rows and counts the others", "[projecting]") {
  ExampleBooks books;
  for (int i = 0; i < 8; ++i) books.append(purchase({.order = fmt::format("o{}", i)}));
  books.now();
  ReadModelDatabase(books.view("orders.v4.db"), "orders").run("UPDATE orders SET channel = 99");
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
  std::ofstream(killed / "orders.v4.db") << "half";
  std::ofstream(killed.string() + ".lock") << "";
  CHECK(books.models().compare_with_rebuild().empty());
  CHECK_FALSE(fs::exists(killed));
  CHECK_FALSE(fs::exists(killed.string() + ".lock"));
  CHECK(fs::exists(living));
}
