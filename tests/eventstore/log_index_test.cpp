// index.db lies behind the log, is made anew from it, and nobody who asks can tell how far it is.
#include "eventstore/sqlite/log_index.hpp"

#include "eventstore/claims.hpp"
#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/own_process.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <ranges>
#include <string>
#include <thread>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using upline::domain::OrderRefunded;
using upline::domain::Position;
namespace fs = std::filesystem;

namespace {

constexpr int streams = 5;

std::string order_of(int number) { return "order/o" + std::to_string(number % streams); }
std::string refund_of(int number) { return "r" + std::to_string(number); }

/// The events number first .. first + count - 1, each with a command of its own and a claim, in one batch.
void append_refunds(EventStore& store, int first, int count) {
  const auto pen = take_pen(store);
  for (int number = first; number < first + count; ++number) {
    auto refunded = draft(order_of(number), OrderRefunded{{refund_of(number)}, {1}, ""});
    refunded.command = CommandMark{"c" + std::to_string(number), {}};
    const auto position = pen->append(std::move(refunded), may(2)).position;
    pen->claim(ClaimKind::command_id, claim_key("c" + std::to_string(number)), position);
    pen->claim(ClaimKind::refund_id, claim_key(refund_of(number)), position);
  }
  pen->commit();
}

/// Every stream's end, every claim, and the lists of them, of a log of `count` such events.
void knows_all(EventStore& store, int count) {
  INFO(count << " events");
  for (int number = 0; number < count; ++number) {
    const Position position{static_cast<std::uint64_t>(number) + 1};
    CHECK(store.claimed(ClaimKind::refund_id, claim_key(refund_of(number))) == position);
    CHECK(store.claimed(ClaimKind::command_id, claim_key("c" + std::to_string(number))) == position);
  }
  CHECK(!store.claimed(ClaimKind::refund_id, claim_key(refund_of(count))));
  for (int stream = 0; stream < std::min(streams, count); ++stream) {
    const auto newest = count - 1 - (count - 1 - stream) % streams;
    CHECK(store.stream_head(order_of(stream)).position.value == static_cast<std::uint64_t>(newest) + 1);
    CHECK(store.stream_head(order_of(stream)).version.value == static_cast<std::uint64_t>(newest / streams) + 1);
  }
  const auto names = store.stream_names("order/");
  CHECK(names.size() == static_cast<std::size_t>(std::min(streams, count)));
  for (const std::size_t first : {0U, 1U, 3U}) {
    CHECK(std::ranges::equal(store.stream_names("order/", {}, first), names | std::views::take(first)));
    if (first >= names.size()) continue;
    CHECK(std::ranges::equal(store.stream_names("order/", names[first], 2),
                             names | std::views::drop(first + 1) | std::views::take(2)));
  }
  CHECK(store.claims(ClaimKind::refund_id).size() == static_cast<std::size_t>(count));
  CHECK(store.claim_count() == 2 * static_cast<std::uint64_t>(count));
}

/// What a reading of the whole log ends with.
std::string what_is_wrong_with_reading(EventStore& store) {
  try {
    store.read({1}, store.head().position, [](const StoredEvent&) { return true; });
    return {};
  } catch (const DamagedStore& e) {
    return e.what();
  }
}

std::uint64_t indexed(const fs::path& folder) {
  SQLite::Database index(folder / "index.db", SQLite::OPEN_READONLY);
  return static_cast<std::uint64_t>(index.execAndGet("SELECT position FROM progress").getInt64());
}

}  // namespace

TEST_CASE("however much is indexed at once, everybody knows where streams end and what is claimed", "[index]") {
  for (const std::uint64_t at_once : {1U, 2U, 3U, 7U, 1000U}) {
    INFO(at_once << " at once");
    const TempFolder folder;
    {
      const auto mine = sqlite::open_event_store(folder.path(), at_once);
      const auto theirs = sqlite::open_event_store(folder.path(), at_once);
      const auto reader = mine->another_reader();
      int appended = 0;
      for (const int count : {1, 4, 1, 9, 2, 2, 1}) {
        append_refunds(appended % 2 == 0 ? *mine : *theirs, appended, count);
        appended += count;
        knows_all(*mine, appended);
        knows_all(*theirs, appended);
        knows_all(*reader, appended);
        knows_all(*sqlite::open_event_store(folder.path(), at_once), appended);
      }
    }
    CHECK(indexed(folder.path()) == 20);
    const auto later = sqlite::open_event_store(folder.path());
    knows_all(*later, 20);
    CHECK(what_is_wrong_with(*later, nullptr).empty());
  }
}

TEST_CASE("names behind all that the index has are not looked for in it, until it has more", "[index]") {
  const TempFolder folder;
  append_refunds(*sqlite::open_event_store(folder.path(), 4), 0, 8);
  const auto store = sqlite::open_event_store(folder.path());
  const auto absent = [&](int number) {
    CHECK(!store->claimed(ClaimKind::refund_id, claim_key("s" + std::to_string(number))));
    CHECK(store->stream_head("order/p" + std::to_string(number)).version.value == 0);
  };
  absent(0);
  const auto before = store->statements_run();
  for (int number = 1; number < 50; ++number) absent(number);
  CHECK(store->statements_run() - before <= 2 * 49);  // how far the log is, and nothing of the index
  CHECK(store->claimed(ClaimKind::refund_id, claim_key(refund_of(7))) == Position{8});
}

TEST_CASE("an index that is missing is made anew", "[index]") {
  const TempFolder folder;
  append_refunds(*sqlite::open_event_store(folder.path()), 0, 23);
  fs::remove(folder.path() / "index.db");
  knows_all(*sqlite::open_event_store(folder.path(), 4), 23);
  const auto store = sqlite::open_event_store(folder.path(), 4);
  append_refunds(*store, 23, 1);
  knows_all(*store, 24);
}

TEST_CASE("an index of another log, or in front of its own, is not believed", "[index]") {
  const TempFolder longer;
  const TempFolder shorter;
  append_refunds(*sqlite::open_event_store(longer.path()), 0, 23);
  append_refunds(*sqlite::open_event_store(shorter.path()), 0, 1);
  append_refunds(*sqlite::open_event_store(shorter.path()), 1, 10);
  for (const auto* from : {&longer, &shorter}) {
    const TempFolder folder;
    append_refunds(*sqlite::open_event_store(folder.path()), 0, 11);
    fs::copy_file(from->path() / "index.db", folder.path() / "index.db", fs::copy_options::overwrite_existing);
    const auto store = sqlite::open_event_store(folder.path());
    knows_all(*store, 11);
    append_refunds(*store, 11, 3);
    knows_all(*store, 14);
    CHECK(what_is_wrong_with(*store, nullptr).empty());
  }
}

TEST_CASE("what a killed process had not indexed is read from the log", "[index][concurrency]") {
  for (const std::uint64_t at_once : {3U, 1000U}) {
    INFO(at_once << " at once");
    const TempFolder folder;
    const Signal appended;
    OwnProcess writer([&]() -> bool {
      const auto store = sqlite::open_event_store(folder.path(), at_once);
      for (int number = 0; number < 20; number += 2) append_refunds(*store, number, 2);
      appended.give();
      for (;;) ::pause();
    });
    appended.await();
    writer.kill_now();
    const auto store = sqlite::open_event_store(folder.path(), at_once);
    knows_all(*store, 20);
    append_refunds(*store, 20, 5);
    knows_all(*store, 25);
    CHECK(what_is_wrong_with(*store, nullptr).empty());
  }
}

TEST_CASE("while an event that is in no index cannot be read nobody knows what it claims, and nothing is appended",
          "[index]") {
  const TempFolder folder;
  append_refunds(*sqlite::open_event_store(folder.path()), 0, 10);
  fs::remove(folder.path() / "index.db");
  tamper(folder.path(), "UPDATE events SET payload = x'01' WHERE position = 4");
  const auto store = sqlite::open_event_store(folder.path());
  CHECK_THROWS_AS(take_pen(*store), DamagedStore);
  CHECK_THROWS_WITH(take_pen(*store), Catch::Contains("position 4"));
  CHECK(store->read_stream(order_of(0)).size() == 2);
  CHECK(store->claimed(ClaimKind::refund_id, claim_key(refund_of(9))) == Position{10});
  const auto many_at_once = sqlite::open_event_store(folder.path(), 2);
  CHECK_THROWS_AS(many_at_once->stream_head(order_of(0)), DamagedStore);
  CHECK(indexed(folder.path()) < 4);
}

TEST_CASE("an event that is damaged is no reason to doubt the index that ends with it", "[index]") {
  const TempFolder folder;
  append_refunds(*sqlite::open_event_store(folder.path()), 0, 10);
  tamper(folder.path(), "UPDATE events SET payload = x'01' WHERE position = 10");
  const auto store = sqlite::open_event_store(folder.path());
  CHECK(store->claimed(ClaimKind::refund_id, claim_key(refund_of(9))) == Position{10});
  CHECK(indexed(folder.path()) == 10);
}

TEST_CASE("a bundle that cannot be read, behind the index or at its end, is damage where it lies", "[index]") {
  for (const bool is_indexed : {false, true}) {
    CAPTURE(is_indexed);
    const TempFolder folder;
    append_refunds(*sqlite::open_event_store(folder.path()), 0, 5);
    append_refunds(*sqlite::open_event_store(folder.path()), 5, 5);
    if (!is_indexed) fs::remove(folder.path() / "index.db");
    tamper(folder.path(), "UPDATE bundles SET events = substr(events, 1, 20) WHERE first = 6");
    const auto store = sqlite::open_event_store(folder.path());
    CHECK(store->claimed(ClaimKind::refund_id, claim_key(refund_of(4))) == Position{5});
    CHECK_THROWS_WITH(store->read_one({7}), Catch::Contains("position 6: the bundle that begins here"));
    if (!is_indexed) CHECK_THROWS_WITH(take_pen(*store), Catch::Contains("position 6"));
    CHECK(what_is_wrong_with_reading(*store) == "position 6: the bundle that begins here cannot be read");
  }
}

TEST_CASE("a bundle of a newer program, behind the index or at its end, is told as that, and its index is kept",
          "[index]") {
  for (const bool is_indexed : {false, true}) {
    CAPTURE(is_indexed);
    const TempFolder folder;
    append_refunds(*sqlite::open_event_store(folder.path()), 0, 5);
    append_refunds(*sqlite::open_event_store(folder.path()), 5, 5);
    if (!is_indexed) fs::remove(folder.path() / "index.db");
    tamper(folder.path(), "UPDATE bundles SET events = CAST(x'03' || substr(events, 2) AS BLOB) WHERE first = 6");
    const auto store = sqlite::open_event_store(folder.path());
    CHECK(store->claimed(ClaimKind::refund_id, claim_key(refund_of(4))) == Position{5});
    CHECK_THROWS_AS(store->read_one({7}), NewerStore);
    if (is_indexed) CHECK(indexed(folder.path()) == 10);
    CHECK_THROWS_AS(take_pen(*store), NewerStore);
    CHECK_THROWS_WITH(take_pen(*store), Catch::StartsWith("position 6: the bundle that begins here has format 3"));
    CHECK(store->claimed(ClaimKind::refund_id, claim_key(refund_of(4))) == Position{5});
    CHECK(store->read_one({5}));
    if (is_indexed) {  // who only reads needs nothing of it
      const auto stillness = store->hold_still();
      CHECK(store->claimed(ClaimKind::refund_id, claim_key(refund_of(9))) == Position{10});
      CHECK(store->stream_head(order_of(9)).position == Position{10});
    }
  }
}

TEST_CASE("an index that cannot be written holds nobody up, and is written when it can be again", "[index]") {
  const TempFolder folder;
  append_refunds(*sqlite::open_event_store(folder.path()), 0, 1);
  tamper(folder.path(), "CREATE TRIGGER broken BEFORE UPDATE ON progress BEGIN SELECT RAISE(ABORT, 'no'); END");
  {
    const auto store = sqlite::open_event_store(folder.path(), 2);
    for (int number = 1; number < 41; ++number) append_refunds(*store, number, 1);
    knows_all(*store, 41);
  }
  CHECK(indexed(folder.path()) == 1);
  tamper(folder.path(), "DROP TRIGGER broken; UPDATE progress SET position = position");
  {
    const auto store = sqlite::open_event_store(folder.path(), 2);
    append_refunds(*store, 41, 1);
    knows_all(*store, 42);
  }
  CHECK(indexed(folder.path()) == 42);
}

TEST_CASE("whoever holds a log still sees no newer claim or end of a stream, however far the index goes on",
          "[index]") {
  const TempFolder folder;
  const auto mine = sqlite::open_event_store(folder.path(), 2);
  const auto theirs = sqlite::open_event_store(folder.path(), 2);
  append_refunds(*theirs, 0, 7);
  {
    const auto stillness = mine->hold_still();
    for (int number = 7; number < 27; ++number) append_refunds(*theirs, number, 1);
    knows_all(*mine, 7);
    std::vector<std::string> heads;
    mine->visit_stream_heads([&](std::string_view stream, const StreamHead& head) {
      heads.push_back(std::string(stream) + ' ' + std::to_string(head.position.value));
    });
    std::ranges::sort(heads);
    CHECK(heads == std::vector<std::string>{"order/o0 6", "order/o1 7", "order/o2 3", "order/o3 4", "order/o4 5"});
  }
  knows_all(*mine, 27);
}

TEST_CASE("readers on threads of their own miss nothing that they know to be appended", "[index][concurrency]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path(), 3);
  append_refunds(*store, 0, 1);
  std::atomic<int> appended{1};
  std::atomic<int> missed{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&, reader = std::shared_ptr(store->another_reader())] {
      for (int known = 0; known < 200;) {
        known = appended;
        const auto newest = known - 1;
        const bool has_claim = reader->claimed(ClaimKind::refund_id, claim_key(refund_of(newest))).has_value();
        const auto head = reader->stream_head(order_of(newest));
        if (!has_claim || head.position.value <= static_cast<std::uint64_t>(newest)) ++missed;
      }
    });
  }
  for (int number = 1; number < 200; ++number) {
    append_refunds(*store, number, 1);
    appended = number + 1;
  }
  for (auto& reader : readers) reader.join();
  CHECK(missed == 0);
  knows_all(*store, 200);
}

TEST_CASE("entries that the index has already change nothing, and those behind a gap are refused", "[index]") {
  const TempFolder folder;
  sqlite::IndexEntries first{.to = {2}, .last_leaf = {{1}}};
  first.heads.put("order/o1", {{2}, {2}});
  sqlite::IndexEntries both{.to = {3}, .last_leaf = {{2}}};
  both.heads.put("order/o1", {{3}, {3}});
  sqlite::LogIndex index(folder.path());
  index.take_in(both);
  index.take_in(first);
  CHECK(index.progress().position == Position{3});
  CHECK(index.progress().leaf_hash == both.last_leaf);
  CHECK(index.stream_head("order/o1")->position == Position{3});
  CHECK_THROWS_WITH(index.take_in({.after = {4}, .to = {5}}), Catch::Contains("lacks those up to 4"));
}

TEST_CASE("an index that is taken away under a running store is not believed to be the one that it has", "[index]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path(), 4);
  append_refunds(*store, 0, 1);
  knows_all(*store, 1);
  fs::remove(folder.path() / "index.db");
  fs::remove(folder.path() / "index.db-wal");
  fs::remove(folder.path() / "index.db-shm");
  for (int number = 1; number < 30; ++number) {
    knows_all(*sqlite::open_event_store(folder.path(), 4), number);  // which makes it anew
    append_refunds(*store, number, 1);
    knows_all(*store, number + 1);
  }
}

TEST_CASE("the index's journal does not grow for ever beside pens and readers that ask it all the while", "[index]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path(), 50);
  const auto reader = store->another_reader();
  std::uintmax_t largest = 0;
  std::uintmax_t largest_at_first = 0;
  auto front = take_pen(*store);
  for (int number = 0; number < 4000; ++number) {
    const auto& event = front->append(draft(order_of(number), OrderRefunded{{refund_of(number)}, {1}, ""}), may(2));
    front->claim(ClaimKind::refund_id, claim_key(refund_of(number)), event.position);
    auto behind = store->take_pen_behind(*front);
    CHECK(!store->claimed(ClaimKind::refund_id, claim_key("none")));
    front->commit_aside();
    front = std::move(behind);
    reader->claimed(ClaimKind::refund_id, claim_key("none"));
    largest = std::max(largest, fs::file_size(folder.path() / "index.db-wal"));
    if (number == 1000) largest_at_first = largest;
  }
  CHECK(largest <= 2 * largest_at_first + 1'000'000);
}
