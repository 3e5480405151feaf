#include "projections/log_batches.hpp"

#include "tests/projections/shop_books.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// More events than one batch holds.
void enrol_many(ShopBooks& books) {
  books.append(open_shop());
  std::vector<Command> commands;
  for (std::size_t i = 0; i < batch_events_max + 500; ++i) commands.push_back(enrol(fmt::format("m{}", i)));
  books.shop().run_batch(commands);
}

}  // namespace

TEST_CASE("batches join without a gap, wherever they start", "[projecting]") {
  const TempFolder folder;
  ShopBooks books(folder.path());
  enrol_many(books);
  for (const auto start : {Position{0}, Position{1}, Position{499}, Position{500}, Position{501}, books.head()}) {
    LogBatches batches(books.store(), books.head());
    auto at = start;
    while (true) {
      const auto events = batches.after(at).events;
      if (events.empty()) break;
      CHECK(events.size() <= batch_events_max);
      CHECK(events.front()->event.position == Position{at.value + 1});
      at = events.back()->event.position;
      CHECK(batches.after({at.value - 1}).events.size() == 1);
    }
    CHECK(at == books.head());
    CHECK_FALSE(batches.unreadable());
  }
}

TEST_CASE("going back serves what is there, again", "[projecting]") {
  const TempFolder folder;
  ShopBooks books(folder.path());
  enrol_many(books);
  LogBatches batches(books.store(), books.head());
  const auto last = batches.after({books.head().value - 10}).events;
  CHECK(last.size() == 10);
  CHECK(batches.after({0}).events.front()->event.position == Position{1});
  CHECK(batches.after({7}).events.front()->event.position == Position{8});
}

TEST_CASE("a batch ends in front of an event that cannot be read", "[projecting]") {
  ExampleBooks books;
  const auto [sql, what] = GENERATE(table<std::string, std::string>({
      {"UPDATE events SET occurred_at = 1 WHERE position = 5", "position 5: the event does not match its hash"},
      {"DELETE FROM events WHERE position = 5", "position 5: the event is missing"},
      {"UPDATE events SET salt = zeroblob(16) WHERE position = 5", "position 5: the event does not match its hash"},
  }));
  tamper(books.folder(), sql);
  LogBatches batches(books.store(), books.head());
  CHECK(batches.after({0}).events.size() == 4);
  CHECK(batches.after({4}).events.empty());
  REQUIRE(batches.unreadable());
  CHECK(batches.unreadable()->position == Position{5});
  CHECK_THROWS_WITH(std::rethrow_exception(batches.unreadable()->cause), Catch::Contains(what));
  CHECK(batches.after({5}).events.front()->event.position == Position{6});
}
