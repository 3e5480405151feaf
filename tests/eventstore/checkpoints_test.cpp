// The log's journal goes into its file while the log is written, and nobody who writes waits for it.
#include "eventstore/sqlite/checkpoints.hpp"

#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <atomic>
#include <filesystem>
#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
namespace fs = std::filesystem;

namespace {

int events_in(SQLite::Database& log) { return log.execAndGet("SELECT position FROM head").getInt(); }

/// Without what only the journal has.
int events_in_file(const fs::path& log) {
  const TempFolder aside;
  fs::copy_file(log, aside.path() / "events.db");
  SQLite::Database copy(aside.path() / "events.db", SQLite::OPEN_READWRITE);
  return events_in(copy);
}

}  // namespace

TEST_CASE("what lies in a log's journal is carried into its file", "[checkpoints]") {
  const TempFolder folder;
  const auto file = folder.path() / "events.db";
  append_events(*sqlite::open_event_store(folder.path()), 1);
  const auto store = sqlite::open_event_store(folder.path());
  append_events(*store, 2);
  sqlite::Checkpoints checkpoints(file);
  CHECK(events_in_file(file) == 1);
  checkpoints.carry();
  CHECK(events_in_file(file) == 3);
  append_events(*store, 2);
  checkpoints.carry();
  CHECK(events_in_file(file) == 5);
}

TEST_CASE("a log's journal goes into its file behind the index, while commits go on", "[checkpoints][index]") {
  const TempFolder folder;
  const auto file = folder.path() / "events.db";
  append_events(*sqlite::open_event_store(folder.path()), 1);
  SQLite::Database beside(file, SQLite::OPEN_READONLY);  // or whoever closes the log last carries it all
  REQUIRE(events_in(beside) == 1);
  {
    const auto store = sqlite::open_event_store(folder.path(), 1);
    for (int i = 0; i < 50; ++i) append_events(*store, 1);
    take_pen(*store);  // the index is eight commits behind at the most
  }
  CHECK(events_in_file(file) > 1);
}

TEST_CASE("nobody who writes waits for a checkpoint, though somebody still reads what it would carry",
          "[checkpoints][concurrency]") {
  const TempFolder folder;
  const auto file = folder.path() / "events.db";
  const auto store = sqlite::open_event_store(folder.path());
  append_events(*store, 1);
  const auto reader = sqlite::open_event_store(folder.path());
  auto stillness = reader->hold_still();
  append_events(*store, 1);
  constexpr int often = 100;
  std::atomic<int> carried{0};
  std::thread behind([&] {
    sqlite::Checkpoints checkpoints(file);
    for (; carried < often; ++carried) checkpoints.carry();
  });
  sqlite::Database writer(file, {.migrations = "events"});
  const sqlite::Database::Impatience impatience(writer);
  bool is_refused = false;
  while (carried < often && !is_refused) {
    try {
      writer.begin_writing();
      writer.execute("ROLLBACK");
    } catch (const StoreBusy&) {
      is_refused = true;
    }
  }
  stillness.reset();
  behind.join();
  CHECK_FALSE(is_refused);
}
