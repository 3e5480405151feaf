// Bundles of events: what goes in comes out, in few bytes, and bytes that are no bundle are noticed.
#include "eventstore/bundle.hpp"

#include "eventstore/event_codec.hpp"
#include "eventstore/sqlite/bindings.hpp"
#include "eventstore/varint.hpp"
#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/tamper.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <random>
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
    const auto bytes = writer.finish();
    bundles.push_back({writer.first(), writer.count(), {bytes.begin(), bytes.end()}});
    writer.restart();
  };
  for (const auto& event : events) {
    if (writer.add(event, event.leaf_hash)) continue;
    end();
    REQUIRE(writer.add(event, event.leaf_hash));
  }
  if (!writer.is_empty()) end();
  return bundles;
}

std::vector<StoredEvent> events_of(const Bundle& bundle) {
  std::vector<StoredEvent> events;
  BundleReader reader(bundle.first, bundle.count, bundle.bytes);
  while (reader.next() != nullptr) events.push_back(reader.whole());
  return events;
}

bool same(const StoredEvent& a, const StoredEvent& b) {
  return leaf_bytes(a) == leaf_bytes(b) && a.previous == b.previous && a.leaf_hash == b.leaf_hash &&
         a.is_damaged == b.is_damaged;
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
  event.leaf_hash = hash_of(event);
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
                     .payload = {1, 2, 3}};
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
  for (auto* event : {&placed, &paid, &accrued}) event->leaf_hash = hash_of(*event);
  return {placed, paid, accrued};
}

/// Entries as a bundle whose block says everything as it is: a token for literals, and how many.
Bytes bundle_without_matches(const Bytes& entries) {
  Bytes bytes{2};
  put_varint(bytes, entries.size());
  bytes.push_back(0xf0);
  std::size_t more = entries.size() - 15;
  for (; more >= 255; more -= 255) bytes.push_back(255);
  bytes.push_back(static_cast<std::uint8_t>(more));
  bytes.insert(bytes.end(), entries.begin(), entries.end());
  return bytes;
}

/// As a shop sells: each with a salt and a stream of its own, and a payload that is mostly like the one before.
std::vector<StoredEvent> sold(int orders) {
  std::mt19937_64 random(7);
  std::vector<StoredEvent> events;
  for (int i = 0; i < orders; ++i) {
    auto& event = events.emplace_back(three_events().front());
    event.position.value += static_cast<std::uint64_t>(i);
    event.stream = "order/" + std::to_string(random());
    std::ranges::generate(event.salt, [&] { return static_cast<std::uint8_t>(random()); });
    event.payload.assign(80, 0);
    event.payload[static_cast<std::size_t>(i) % 80] = 1;
    event.leaf_hash = hash_of(event);
  }
  return events;
}

}  // namespace

TEST_CASE("any events come out of their bundles as they went in", "[bundle]") {
  rc::prop("bundles", [] {
    const auto events = any_events();
    std::size_t at = 0;
    for (const auto& bundle : bundles_of(events)) {
      RC_ASSERT(bundle.first == events[at].position);
      const auto found = events_of(bundle);
      RC_ASSERT(found.size() == bundle.count);
      for (const auto& event : found) RC_ASSERT(same(event, events[at++]));
    }
    RC_ASSERT(at == events.size());
  });
}

TEST_CASE("a bundle's bytes are those that the format names", "[bundle]") {
  const auto events = three_events();
  Bytes entries;
  const auto put = [&](std::initializer_list<int> bytes, std::size_t zeros = 0) {
    for (const auto byte : bytes) entries.push_back(static_cast<std::uint8_t>(byte));
    entries.insert(entries.end(), zeros, 0);
  };
  const auto payload_and_hash = [&](const StoredEvent& event) {
    put({3, 1, 2, 3});
    entries.insert(entries.end(), event.leaf_hash.bytes.begin(), event.leaf_hash.bytes.begin() + 8);
  };
  put({2, 8, 'o', 'r', 'd', 'e', 'r', '/', 'o', '1'});                           // begins its stream
  put({2, 'c', '1', 0xd1}, 31);                                                  // its command
  put({6, 't', 'e', 's', 't', 'e', 'r', 0x8a, 0x89, 0x7a, 9, 50, 1, 0x51}, 15);  // 1,000,005 after 0, 5 before that
  payload_and_hash(events[0]);
  put({1 + 4 + 16 + 32 + 64, 51, 1, 0x51}, 15);  // as the one before, but for its type
  payload_and_hash(events[1]);
  put({8 + 16, 9, 'a', 'c', 'c', 'o', 'u', 'n', 't', '/', 'm', 7, 0x8b, 4});  // 262 positions back
  put({20, 1, 60, 1, 0x51}, 15);                                              // 10 later, 1 before that
  payload_and_hash(events[2]);
  const auto found = events_of({{300}, 3, bundle_without_matches(entries)});
  REQUIRE(found.size() == 3);
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(same(found[i], events[i]));
  const auto written = bundles_of(events).front().bytes;
  CHECK(written[0] == 2);
  CHECK(written[1] + 128U * (written[2] - 1U) == entries.size());
  CHECK(written.size() < entries.size());
}

TEST_CASE("a bundle is stored in the size of which two fill a page, and has no more entries than can be gone through",
          "[bundle]") {
  const auto bundles = bundles_of(sold(400));
  REQUIRE(bundles.size() > 5);
  for (std::size_t i = 1; i + 1 < bundles.size(); ++i) {  // the first one shows how much fits
    CHECK(bundles[i].bytes.size() > bundle_bytes_usual - 250);
    CHECK(bundles[i].bytes.size() < bundle_bytes_usual + 80);
  }
  auto alike = three_events();
  while (alike.size() < 1000) alike.push_back(alike.back()), ++alike.back().position.value;
  const auto smaller = bundles_of(alike);
  CHECK(smaller.size() > 1000 * 30 / bundle_entries_max);
}

TEST_CASE("any part of an event that is not as it was written is found, and no other event is doubted", "[bundle]") {
  const std::vector<std::function<void(StoredEvent&)>> changes{
      [](StoredEvent& e) { e.stream = "order/o2"; },
      [](StoredEvent& e) { ++e.version.value; },
      [](StoredEvent& e) { ++e.type; },
      [](StoredEvent& e) { ++e.schema; },
      [](StoredEvent& e) { ++e.occurred_at.microseconds; },
      [](StoredEvent& e) { ++e.recorded_at.microseconds; },
      [](StoredEvent& e) { e.command = {"c2", {}}; },
      [](StoredEvent& e) { e.actor.clear(); },
      [](StoredEvent& e) { ++e.salt[15]; },
      [](StoredEvent& e) { ++e.payload.back(); },
      [](StoredEvent& e) { ++e.leaf_hash.bytes[0]; },
      [](StoredEvent& e) { ++e.leaf_hash.bytes[7]; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    CAPTURE(i);
    auto events = three_events();
    changes[i](events[1]);
    const auto found = events_of(bundles_of(events).front());
    REQUIRE(found.size() == 3);
    CHECK(found[1].is_damaged);
    CHECK(found[1].leaf_hash == hash_of(found[1]));
    CHECK_THROWS_WITH(decode(found[1]), "position 301: the event does not match its hash");
    CHECK_FALSE(found[0].is_damaged);
    CHECK_FALSE(found[2].is_damaged);
  }
}

TEST_CASE("an event larger than a bundle has one of its own", "[bundle]") {
  auto events = three_events();
  events[1].payload.assign(100'000, 7);
  events[1].leaf_hash = hash_of(events[1]);
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

TEST_CASE("a bundle of a newer program is told as that, and one of a format that was never released as damage",
          "[bundle]") {
  auto bundle = bundles_of(three_events()).front();
  for (const int newer : {3, 255}) {
    bundle.bytes.front() = static_cast<std::uint8_t>(newer);
    CHECK_THROWS_AS(events_of(bundle), NewerStore);
    CHECK_THROWS_WITH(events_of(bundle), "position 300: the bundle that begins here has format " +
                                             std::to_string(newer) + ", this program knows up to 2; update Upline");
  }
  for (const int older : {0, 1}) {
    bundle.bytes.front() = static_cast<std::uint8_t>(older);
    CHECK_THROWS_AS(events_of(bundle), DamagedStore);
    CHECK_THROWS_WITH(events_of(bundle), "position 300: the bundle that begins here has format " +
                                             std::to_string(older) + ", which no released Upline has written");
  }
}

TEST_CASE("a bundle that claims more entries than its bytes can hold is damage, and takes no memory", "[bundle]") {
  auto bundle = bundles_of(three_events()).front();
  const Bytes block(bundle.bytes.begin() + 3, bundle.bytes.end());
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1} << 40U, ~std::uint64_t{0}}) {
    bundle.bytes = {2};
    put_varint(bundle.bytes, size);
    bundle.bytes.insert(bundle.bytes.end(), block.begin(), block.end());
    CHECK_THROWS_AS(events_of(bundle), DamagedStore);
  }
}

/// A block may say the same in another way.
TEST_CASE("a changed byte of a bundle is damage, changes nothing, or an event that its hash does not match",
          "[bundle]") {
  const auto whole = bundles_of(three_events()).front();
  const auto before = events_of(whole);
  int damaged = 0;
  for (std::size_t at = 0; at < whole.bytes.size(); ++at) {
    for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      auto changed = whole;
      changed.bytes[at] = static_cast<std::uint8_t>(changed.bytes[at] ^ flip);
      try {
        const auto found = events_of(changed);
        REQUIRE(found.size() == 3);
        for (std::size_t i = 0; i < found.size(); ++i) {
          CHECK((found[i].is_damaged || leaf_bytes(found[i]) == leaf_bytes(before[i])));
          damaged += found[i].is_damaged ? 1 : 0;
        }
      } catch (const DamagedStore&) {
        continue;
      } catch (const NewerStore&) {
        CHECK(at == 0);
      }
    }
  }
  CHECK(damaged > 0);
}

TEST_CASE("events are found wherever they lie in their bundle, and ranges begin and end anywhere", "[bundle][store]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  constexpr int batch = 300;
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
