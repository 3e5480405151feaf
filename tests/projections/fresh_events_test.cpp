// What a process has just committed reaches its read models without being read from the log again.
#include "eventstore/fresh_events.hpp"

#include "projections/verification.hpp"
#include "tests/projections/memory_folder.hpp"
#include "tests/projections/sold_books.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

Position checkpoint_of_orders(ShopBooks& books) { return checkpoint_of(books.view("orders.v4.db"), "orders"); }

}  // namespace

TEST_CASE("what was just committed is taken in as it was, whatever became of the log", "[projecting][fresh]") {
  ExampleBooks books;
  books.now();
  books.store().fresh().keep();
  const auto before = books.head();
  books.append(purchase({.order = "o1"}));
  tamper(books.folder(), fmt::format("UPDATE events SET payload = x'00' WHERE position = {}", before.value + 1));
  CHECK(books.now().stopped().empty());
  CHECK(checkpoint_of_orders(books) == books.head());
  CHECK(books.models().orders().order({}, {"o1"}));
  // Whoever checks the log, and whoever fills anew, reads it.
  CHECK_FALSE(verify(books.store(), &books.shop().vault(), books.models()).readable);
  CHECK_THROWS_AS(books.models().rebuild(), ProjectionStopped);
}

TEST_CASE("read models are those of the log, whoever appends and however much is at hand", "[projecting][fresh]") {
  rc::prop("any turns", [] {
    const MemoryFolder folder;
    ShopBooks mine(folder.path());
    set_up_worked_example(mine.shop());
    ShopBooks theirs(folder.path());
    mine.store().fresh().keep({.events = *rc::gen::element<std::size_t>(1, 7, 20, 1000)});
    const auto turns = *rc::gen::inRange(1, 12);
    for (int i = 0; i < turns; ++i) {
      auto& books = *rc::gen::inRange(0, 3) == 0 ? theirs : mine;
      books.append(purchase({.order = fmt::format("o{}", i), .product = "course"}));
      const auto who = *rc::gen::inRange(0, 4);
      if (who == 0) mine.now();
      if (who == 1) theirs.now();
      if (who == 2) mine.models().catch_up_to({mine.head().value - 2});
    }
    RC_ASSERT(mine.now().stopped().empty());
    RC_ASSERT(checkpoint_of_orders(mine) == mine.head());
    RC_ASSERT(differences(mine.models()).empty());
  });
}
