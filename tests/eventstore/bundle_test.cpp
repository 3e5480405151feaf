// Bundles of events: what goes in comes out, in few bytes, and bytes that are no bundle are noticed.
#include "eventstore/bundle.hpp"

#include "eventstore/sqlite/bindings.hpp"
#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/tamper.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <limits>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::eventstore;
using namespace upline::tests;
using upline::domain::Position;

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Bundle {
  Position first{};
  std::uint32_t count{};
  Bytes bytes{};
};

std::vector<Bundle> bundles_of(const std::vector<StoredEvent>& events) {
  std::vector<Bundle> bundles;
  BundleWriter writer;
  const auto end = [&] {
    bundles.push_back({writer.first(), writer.count(), {writer.bytes().begin(), writer.bytes().end()}});
    writer.restart();
  };
  for (const auto& event : events) {
    if (writer.add(event)) continue;
    end();
    REQUIRE(writer.add(event));
  }
  if (!writer.is_empty()) end();
  return bundles;
}

std::vector<StoredEvent> events_of(const Bundle& bundle) {
  std::vector<StoredEvent> events;
  BundleReader reader(bundle.first, bundle.count, bundle.bytes);
  while (const auto* event = reader.next()) events.push_back(*event);
  return events;
}

bool same(const StoredEvent& a, const StoredEvent& b) {
  return leaf_bytes(a) == leaf_bytes(b) && a.previous == b.previous && a.leaf_hash == b.leaf_hash;
}

/// Numbers near and far, with the largest and the smallest.
template <class T>
T any_number() {
  return *rc::gen::oneOf(rc::gen::arbitrary<T>(), rc::gen::element<T>(0, 1, 127, 128),
                         rc::gen::element(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

std::string any_text() { return *rc::gen::container<std::string>(rc::gen::arbitrary<char>()); }

/// Each part is that of the event before, or another.
StoredEvent any_event(const StoredEvent& before) {
  const auto changes = [] { return *rc::gen::arbitrary<bool>(); };
  auto event = before;
  ++event.position.value;
  event.previous = before.position;
  ++event.version.value;
  if (changes()) event.stream = any_text();
  if (changes()) event.previous = {any_number<std::uint64_t>()};
  if (changes()) event.version = {any_number<std::uint64_t>()};
  if (changes()) event.version = {1}, event.previous = {};
  if (changes()) event.recorded_at = {any_number<std::int64_t>()};
  if (changes()) event.occurred_at = {any_number<std::int64_t>()};
  if (changes()) event.command = CommandMark{any_text(), {*rc::gen::arbitrary<std::array<std::uint8_t, 32>>()}};
  if (changes()) event.command.reset();
  if (changes()) event.actor = any_text();
  event.type = any_number<std::uint16_t>();
  event.schema = any_number<std::uint16_t>();
  event.salt = *rc::gen::arbitrary<Salt>();
  event.payload = *rc::gen::arbitrary<Bytes>();
  event.leaf_hash = {*rc::gen::arbitrary<std::array<std::uint8_t, 32>>()};
  return event;
}

std::vector<StoredEvent> any_events() {
  std::vector<StoredEvent> events{any_event({.position = {*rc::gen::inRange<std::uint64_t>(0, 1U << 20U)}})};
  const auto more = *rc::gen::inRange(0, 60);
  for (int i = 0; i < more; ++i) events.push_back(any_event(events.back()));
  return events;
}

/// Two events of one command, and one of another.
std::vector<StoredEvent> three_events() {
  StoredEvent placed{.position = {300},
                     .stream = "order/o1",
                     .version = {1},
                     .type = 50,
                     .schema = 1,
                     .occurred_at = {1'000'000},
                     .recorded_at = {1'000'005},
                     .command = CommandMark{"c1", {{0xd1}}},
                     .actor = "tester",
                     .salt = {0x51},
                     .payload = {1, 2, 3},
                     .leaf_hash = {{0x11}}};
  auto paid = placed;
  paid.position = {301};
  paid.version = {2};
  paid.previous = {300};
  paid.type = 51;
  auto accrued = paid;
  accrued.position = {302};
  accrued.stream = "account/m";
  accrued.version = {7};
  accrued.previous = {40};
  accrued.type = 60;
  accrued.recorded_at = {1'000'015};
  accrued.occurred_at = {1'000'014};
  accrued.command.reset();
  return {placed, paid, accrued};
}

}  // namespace

TEST_CASE("any events come out of their bundles as they went in", "[bundle]") {
  rc::prop("bundles", [] {
    const auto events = any_events();
    std::size_t at = 0;
    for (const auto& bundle : bundles_of(events)) {
      RC_ASSERT(bundle.first == events[at].position);
      RC_ASSERT(bundle.bytes.size() <= bundle_bytes_max || bundle.count == 1);
      const auto found = events_of(bundle);
      RC_ASSERT(found.size() == bundle.count);
      for (const auto& event : found) RC_ASSERT(same(event, events[at++]));
    }
    RC_ASSERT(at == events.size());
  });
}

TEST_CASE("a bundle's bytes are those that the format names", "[bundle]") {
  const auto bundles = bundles_of(three_events());
  REQUIRE(bundles.size() == 1);
  Bytes expected{1};
  const auto put = [&](std::initializer_list<int> bytes, std::size_t zeros = 0) {
    for (const auto byte : bytes) expected.push_back(static_cast<std::uint8_t>(byte));
    expected.insert(expected.end(), zeros, 0);
  };
  const auto payload_and_hash = [&] { put({3, 1, 2, 3, 0x11}, 31); };
  put({2, 8, 'o', 'r', 'd', 'e', 'r', '/', 'o', '1'});                           // begins its stream
  put({2, 'c', '1', 0xd1}, 31);                                                  // its command
  put({6, 't', 'e', 's', 't', 'e', 'r', 0x8a, 0x89, 0x7a, 9, 50, 1, 0x51}, 15);  // 1,000,005 after 0, 5 before that
  payload_and_hash();
  put({1 + 4 + 16 + 32 + 64, 51, 1, 0x51}, 15);  // as the one before, but for its type
  payload_and_hash();
  put({8 + 16, 9, 'a', 'c', 'c', 'o', 'u', 'n', 't', '/', 'm', 7, 0x8b, 4});  // 262 positions back
  put({20, 1, 60, 1, 0x51}, 15);                                              // 10 later, 1 before that
  payload_and_hash();
  CHECK(bundles.front().bytes == expected);
}

TEST_CASE("an event larger than a bundle has one of its own", "[bundle]") {
  auto events = three_events();
  events[1].payload.assign(100'000, 7);
  const auto bundles = bundles_of(events);
  REQUIRE(bundles.size() == 3);
  CHECK(same(events_of(bundles[1]).front(), events[1]));
}

TEST_CASE("a bundle that is cut short, goes on, or counts another number of events is damage", "[bundle]") {
  const auto whole = bundles_of(three_events()).front();
  REQUIRE(events_of(whole).size() == 3);
  for (std::size_t size = 0; size < whole.bytes.size(); ++size) {
    CAPTURE(size);
    auto cut = whole;
    cut.bytes.resize(size);
    CHECK_THROWS_AS(events_of(cut), DamagedStore);
  }
  auto longer = whole;
  longer.bytes.push_back(0);
  CHECK_THROWS_WITH(events_of(longer), "position 300: the bundle that begins here cannot be read");
  for (const std::uint32_t count : {0U, 1U, 2U, 4U, 4'000'000'000U}) {
    CAPTURE(count);
    auto other = whole;
    other.count = count;
    CHECK_THROWS_AS(events_of(other), DamagedStore);
  }
}

TEST_CASE("a changed byte of a bundle is damage or another event, and nothing worse", "[bundle]") {
  const auto whole = bundles_of(three_events()).front();
  const auto before = events_of(whole);
  int other = 0;
  for (std::size_t at = 0; at < whole.bytes.size(); ++at) {
    for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      auto changed = whole;
      changed.bytes[at] = static_cast<std::uint8_t>(changed.bytes[at] ^ flip);
      try {
        const auto found = events_of(changed);
        const bool all_same =
            found.size() == 3 && same(found[0], before[0]) && same(found[1], before[1]) && same(found[2], before[2]);
        CHECK_FALSE(all_same);
        ++other;
      } catch (const DamagedStore&) {
        continue;
      }
    }
  }
  CHECK(other > 0);
}

TEST_CASE("events are found wherever they lie in their bundle, and ranges begin and end anywhere", "[bundle][store]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  constexpr int batch = 40;
  append_events(*store, batch, "member/a");
  append_events(*store, batch, "member/b");
  SQLite::Database log(folder.path() / "events.db", SQLite::OPEN_READONLY);
  REQUIRE(log.execAndGet("SELECT count(*) FROM bundles").getInt() < batch);
  REQUIRE(log.execAndGet("SELECT count(*) FROM bundles").getInt() > 2);
  for (std::uint64_t from = 1; from <= 2 * batch; ++from) {
    CHECK(store->read_one({from})->position == Position{from});
    for (const auto to : {from, from + 1, from + 17, std::uint64_t{1000}}) {
      std::uint64_t next = from;
      store->read({from}, {to}, [&](const StoredEvent& event) { return event.position.value == next++; });
      CHECK(next == std::min<std::uint64_t>(to, 2 * batch) + 1);
    }
  }
  CHECK_FALSE(store->read_one({2 * batch + 1}));
  CHECK(store->read_stream("member/b").size() == batch);
}

TEST_CASE("an event that lies in two bundles is damage", "[bundle][store]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  append_events(*store, 3);
  tamper(folder.path(), "INSERT INTO bundles SELECT first + 1, count, events FROM bundles");
  CHECK_THROWS_WITH(store->read({1}, {3}, [](const StoredEvent&) { return true; }), "position 2: is in two bundles");
}
