// The right to write, held by one at a time: who waits, who gives up, and who died with it.
#include "eventstore/event_store.hpp"
#include "tests/await.hpp"
#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/free_pen.hpp"
#include "tests/eventstore/own_process.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <chrono>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

using namespace upline::eventstore;
using namespace upline::tests;
using std::chrono::milliseconds;
using upline::domain::Position;

namespace {

/// Waits until somebody has the turn, which is to stand alone in front of the pen. False after a minute.
bool somebody_has_the_turn(const std::filesystem::path& folder) {
  const int file = ::open((folder / "turn.lock").c_str(), O_RDWR | O_CLOEXEC);
  const bool is_taken = await([&] {
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) return true;
    ::flock(file, LOCK_UN);
    return false;
  });
  ::close(file);
  return is_taken;
}

}  // namespace

TEST_CASE("a writer that lets go of the pen gets it again only after the one who was waiting", "[pen][concurrency]") {
  const TempFolder folder;
  const auto mine = sqlite::open_event_store(folder.path());
  for (std::uint64_t round = 0; round < 20; ++round) {
    auto pen = take_pen(*mine);
    std::thread other([&] { append_events(*sqlite::open_event_store(folder.path()), 1, "member/other"); });
    const bool other_waits = somebody_has_the_turn(folder.path());
    pen->append(draft("member/mine"), may(2));
    pen->commit();
    pen.reset();
    pen = take_pen(*mine);
    CHECK(mine->head().position.value == 2 * (round + 1));
    pen.reset();
    other.join();
    REQUIRE(other_waits);
  }
}

TEST_CASE("a writer gives up when its patience ends, and gets the pen once it is free", "[pen][concurrency]") {
  const TempFolder folder;
  const auto mine = sqlite::open_event_store(folder.path());
  const auto theirs = sqlite::open_event_store(folder.path());
  auto pen = take_pen(*mine);
  for (const auto patience : {milliseconds(0), milliseconds(1), milliseconds(20)}) {
    CHECK_THROWS_AS(theirs->take_pen(patience), StoreBusy);
    CHECK_THROWS_WITH(theirs->take_pen(patience), Catch::Contains(".lock is held by another process; try again"));
  }
  pen.reset();
  CHECK_NOTHROW(append_events(*theirs, 1));
  CHECK_NOTHROW(append_events(*mine, 1));
  CHECK(mine->head().position == Position{2});
}

TEST_CASE("a handler that finds no pen changes nothing, and works once it is free", "[pen][concurrency]") {
  const TempFolder folder;
  auto options = test_options();
  options.patience = milliseconds(1);
  ShopProcess shop(folder.path(), options);
  must_append(shop.run(open_shop()));
  const auto theirs = sqlite::open_event_store(folder.path());
  auto pen = take_pen(*theirs);
  CHECK_THROWS_AS(shop.run(enrol("alice")), StoreBusy);
  CHECK(shop.store().head().position == Position{1});
  pen->append(draft("plan/p", upline::domain::PlanPublished{{1}, {}}), may(32));
  pen->commit();
  pen.reset();
  CHECK(run_when_free([&] { return shop.run(enrol("alice")); }).first == Position{3});
}

TEST_CASE("reading never waits for the pen", "[pen]") {
  const TempFolder folder;
  const auto mine = sqlite::open_event_store(folder.path());
  const auto theirs = sqlite::open_event_store(folder.path());
  append_events(*mine, 3);
  const auto pen = take_pen(*mine);
  pen->append(draft("member/m"), may(2));
  CHECK(theirs->read_stream("member/m").size() == 3);
  const auto newcomer = sqlite::open_event_store(folder.path());
  CHECK(newcomer->head().position == Position{3});
}

// Closing any descriptor of a file gives up all of a process's POSIX locks on it, SQLite's among them. Whoever closes
// the log then takes itself for the last one, and takes the journal away from under the process that still writes it.
TEST_CASE("a process with two stores on one log keeps its commits, whoever comes and goes meanwhile",
          "[pen][concurrency]") {
  const TempFolder folder;
  const Signal opened_twice;
  const Signal somebody_was_there;
  const Signal appended;
  const auto visitor_sees = [&](Position position) {
    return OwnProcess([&] { return sqlite::open_event_store(folder.path())->head().position == position; }).went_well();
  };
  OwnProcess server([&]() -> bool {
    const auto writer = sqlite::open_event_store(folder.path());
    append_events(*writer, 1);
    const auto reader = sqlite::open_event_store(folder.path());
    opened_twice.give();
    somebody_was_there.await();
    append_events(*writer, 1);
    appended.give();
    for (;;) ::pause();
  });
  opened_twice.await();
  CHECK(visitor_sees({1}));
  somebody_was_there.give();
  appended.await();
  CHECK(visitor_sees({2}));
  server.kill_now();
  CHECK(visitor_sees({2}));
}

TEST_CASE("a process that is killed with the pen in its hand leaves the shop writable, without its half batch",
          "[pen][concurrency]") {
  const TempFolder folder;
  const Signal holds_the_pen;
  OwnProcess writer([&]() -> bool {
    const auto store = sqlite::open_event_store(folder.path());
    append_events(*store, 10);
    const auto pen = take_pen(*store);
    for (int i = 0; i < 300; ++i) pen->append(draft("member/m"), may(2));
    pen->claim(ClaimKind::command_id, claim_key("half"), {11});
    holds_the_pen.give();
    for (;;) ::pause();
  });
  holds_the_pen.await();
  const auto store = sqlite::open_event_store(folder.path());
  CHECK_THROWS_AS(store->take_pen(milliseconds(1)), StoreBusy);
  writer.kill_now();
  append_events(*store, 1, "member/after");
  CHECK(store->head().position == Position{11});
  CHECK(store->stream_head("member/m").version.value == 10);
  CHECK(!store->claimed(ClaimKind::command_id, claim_key("half")).has_value());
  CHECK(what_is_wrong_with(*store, nullptr).empty());
}

TEST_CASE("a process that is killed at any moment leaves whole batches only, and their keys", "[pen][concurrency]") {
  const TempFolder folder;
  for (int life = 0; life < 8; ++life) {
    const Signal committed;
    OwnProcess writer([&]() -> bool {
      ShopProcess shop(folder.path());
      if (shop.store().head().position == Position{0}) {
        must_append(shop.run(open_shop()));
        must_append(shop.run(add_product("game", upline::domain::Fulfilment::key_pool)));
      }
      for (int list = 0;; ++list) {
        const auto name = "life" + std::to_string(life) + "-" + std::to_string(list);
        must_append(shop.run(import_keys("game", name), {}, secrets_of(name, 5)));
        committed.give();
      }
    });
    for (int i = 0; i < 3 + life; ++i) committed.await();
    writer.kill_now();
  }
  ShopProcess shop(folder.path());
  CHECK(shop.store().head().position.value % 2 == 0);  // KeysImported and KeysReleased, or neither
  CHECK(what_is_wrong_with(shop.store(), &shop.vault()).empty());
  const auto lists = (shop.store().head().position.value - 2) / 2;
  CHECK(shop.vault().reveal({"game"}, {1, lists * 5}).size() == lists * 5);
}
