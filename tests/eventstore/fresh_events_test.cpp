// What a process has just committed is at hand as the log has it, and nothing else is.
#include "eventstore/fresh_events.hpp"

#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/event_samples.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

constexpr Position end_of_all{1'000'000};

/// A store that keeps what it commits, and another process's.
struct Stores {
  explicit Stores(FreshEvents::Bounds bounds = {}) { mine->fresh().keep(bounds); }

  /// Positions at hand behind this one.
  std::vector<std::uint64_t> fresh_behind(std::uint64_t after, Position last = end_of_all) {
    std::vector<std::uint64_t> positions;
    for (auto piece = mine->fresh().behind({after}, last); !piece.events.empty();
         piece = mine->fresh().behind(piece.events.back().event.position, last)) {
      for (const auto& decoded : piece.events) positions.push_back(decoded.event.position.value);
    }
    return positions;
  }

  TempFolder folder;
  std::unique_ptr<EventStore> mine{sqlite::open_event_store(folder.path())};
  std::unique_ptr<EventStore> theirs{sqlite::open_event_store(folder.path())};
};

using Positions = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("an event of any kind at hand is what the log gives", "[fresh]") {
  Stores stores;
  {
    const auto pen = take_pen(*stores.mine);
    for (const auto& sample : event_samples()) pen->append(draft("order/o", sample.event), may(2));
    pen->commit();
  }
  std::vector<StoredEvent> stored;
  stores.theirs->read({1}, end_of_all, [&](const StoredEvent& event) {
    stored.push_back(event);
    return true;
  });
  const auto piece = stores.mine->fresh().behind({0}, end_of_all);
  REQUIRE(piece.events.size() == event_samples().size());
  REQUIRE(piece.events.size() == stored.size());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    INFO(event_samples()[i].file);
    const auto& fresh = piece.events[i];
    const auto read = decode(stored[i]);
    CHECK(fresh.leaf_hash == stored[i].leaf_hash);
    CHECK(fresh.event.position == read.position);
    CHECK(fresh.event.stream == read.stream);
    CHECK(fresh.event.version == read.version);
    CHECK(fresh.event.occurred_at == read.occurred_at);
    CHECK(fresh.event.recorded_at == read.recorded_at);
    CHECK(fresh.event.event == read.event);
  }
}

TEST_CASE("events are at hand commit by commit, as far as is asked", "[fresh]") {
  Stores stores;
  append_events(*stores.mine, 3);
  append_events(*stores.mine, 2);
  CHECK(stores.fresh_behind(0) == Positions{1, 2, 3, 4, 5});
  CHECK(stores.fresh_behind(2) == Positions{3, 4, 5});
  CHECK(stores.fresh_behind(3) == Positions{4, 5});
  CHECK(stores.fresh_behind(5).empty());
  CHECK(stores.fresh_behind(9).empty());
  CHECK(stores.fresh_behind(1, {4}) == Positions{2, 3, 4});
  CHECK(stores.fresh_behind(2, {2}).empty());
  CHECK(stores.fresh_behind(3, {2}).empty());
  CHECK(stores.mine->fresh().behind({0}, end_of_all).events.size() == 3);
}

TEST_CASE("nothing is at hand that nobody has kept, nor before it is committed", "[fresh]") {
  Stores stores({.events = 0});
  append_events(*stores.mine, 2);
  CHECK(stores.fresh_behind(0).empty());
  stores.mine->fresh().keep();
  const auto pen = take_pen(*stores.mine);
  pen->append(draft("member/m"), may(2));
  const auto behind = stores.mine->take_pen_behind(*pen);
  behind->append(draft("member/m"), may(2));
  CHECK(stores.fresh_behind(2).empty());
  std::thread([&] { pen->commit_aside(); }).join();
  CHECK(stores.fresh_behind(0).empty());
  CHECK(stores.fresh_behind(2) == Positions{3});
}

TEST_CASE("a commit that fails leaves nothing at hand, and the next one is", "[fresh]") {
  Stores stores;
  append_events(*stores.mine, 1);
  SQLite::Database log(stores.folder.path() / "events.db", SQLite::OPEN_READWRITE);
  log.exec("CREATE TRIGGER full BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'no room'); END");
  CHECK_THROWS_WITH(append_events(*stores.mine, 2), Catch::Contains("no room"));
  CHECK(stores.fresh_behind(0) == Positions{1});
  log.exec("DROP TRIGGER full");
  append_events(*stores.mine, 1, "member/other");
  CHECK(stores.fresh_behind(0) == Positions{1, 2});
  CHECK(stores.mine->fresh().behind({1}, end_of_all).events.front().event.stream.id == "other");
}

TEST_CASE("what another process appends in between is not at hand, nor what lies in front of it", "[fresh]") {
  Stores stores;
  const auto has_all = [&](Position after, Position last) { return stores.mine->fresh().has_all(after, last); };
  CHECK(!has_all({0}, {1}));
  append_events(*stores.mine, 2);
  CHECK(has_all({0}, {2}));
  CHECK(has_all({1}, {2}));
  append_events(*stores.theirs, 1);
  CHECK(stores.fresh_behind(0) == Positions{1, 2});
  CHECK(!has_all({2}, {3}));
  append_events(*stores.mine, 2);
  CHECK(!has_all({2}, {5}));
  CHECK(has_all({3}, {5}));
  CHECK(stores.fresh_behind(0).empty());
  CHECK(stores.fresh_behind(2).empty());
  CHECK(stores.fresh_behind(3) == Positions{4, 5});
}

TEST_CASE("the oldest commits leave when there are too many events or bytes, and one too large is not kept",
          "[fresh]") {
  const auto payload = draft("member/m").payload.size();
  const auto bounds =
      GENERATE_COPY(FreshEvents::Bounds{.events = 4}, FreshEvents::Bounds{.events = 100, .payload_bytes = 4 * payload});
  Stores stores(bounds);
  append_events(*stores.mine, 1);
  append_events(*stores.mine, 2);
  append_events(*stores.mine, 1);
  CHECK(stores.fresh_behind(0) == Positions{1, 2, 3, 4});
  append_events(*stores.mine, 2);
  CHECK(stores.fresh_behind(0).empty());
  CHECK(stores.fresh_behind(1).empty());
  CHECK(stores.fresh_behind(3) == Positions{4, 5, 6});
  append_events(*stores.mine, 5);
  CHECK(stores.fresh_behind(3).empty());
  CHECK(stores.fresh_behind(6).empty());
  append_events(*stores.mine, 4);
  CHECK(stores.fresh_behind(11) == Positions{12, 13, 14, 15});
}

TEST_CASE("an event that this program cannot decode is left to the log", "[fresh]") {
  Stores stores;
  auto unknown = draft("member/m");
  unknown.schema = 999;
  {
    const auto pen = take_pen(*stores.mine);
    pen->append(draft("member/m"), may(2));
    pen->append(std::move(unknown), may(2));
    pen->commit();
  }
  CHECK(stores.fresh_behind(0).empty());
  CHECK(stores.fresh_behind(0).empty());
}

TEST_CASE("those who follow the log while it grows see every event once, in order", "[fresh][concurrency]") {
  constexpr std::uint64_t commits = 200;
  Stores stores({.events = 40});
  std::atomic<bool> is_well{true};
  const auto follow = [&] {
    const auto log = stores.mine->another_reader();
    Position at{};
    const auto see = [&](Position position) {
      if (position.value != at.value + 1) is_well = false;
      at = position;
    };
    while (at.value < 3 * commits && is_well) {
      const auto head = log->head().position;
      for (auto piece = log->fresh().behind(at, head); !piece.events.empty(); piece = log->fresh().behind(at, head)) {
        for (const auto& decoded : piece.events) see(decoded.event.position);
      }
      log->read({at.value + 1}, head, [&](const StoredEvent& event) {
        see(event.position);
        return true;
      });
    }
  };
  {
    const std::jthread first(follow);
    const std::jthread second(follow);
    for (std::uint64_t i = 0; i < commits; ++i) append_events(*stores.mine, 3);
  }
  CHECK(stores.mine->head().position.value == 3 * commits);
  CHECK(is_well);
}
