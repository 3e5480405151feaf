#include "eventstore/event_store.hpp"

#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using upline::domain::Position;
using upline::domain::Version;

namespace {

std::vector<StoredEvent> events_of(EventStore& store, Position from, Position to) {
  std::vector<StoredEvent> events;
  store.read(from, to, [&](const StoredEvent& event) {
    events.push_back(event);
    return true;
  });
  return events;
}

std::vector<std::uint64_t> positions_of(const std::vector<StoredEvent>& events) {
  std::vector<std::uint64_t> positions;
  for (const auto& event : events) positions.push_back(event.position.value);
  return positions;
}

using Positions = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("positions count without a gap over all streams, versions within each", "[store]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  for (const auto* batch : {"aab", "bca"}) {
    const auto pen = take_pen(*store);
    for (const auto* name = batch; *name != 0; ++name) pen->append(draft(std::string("member/") + *name), may(2));
    pen->commit();
  }
  const auto events = events_of(*store, {1}, {100});
  CHECK(positions_of(events) == Positions{1, 2, 3, 4, 5, 6});
  const std::vector<std::pair<std::string, std::uint64_t>> expected{{"member/a", 1}, {"member/a", 2}, {"member/b", 1},
                                                                    {"member/b", 2}, {"member/c", 1}, {"member/a", 3}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("position " << i + 1);
    CHECK(events[i].stream == expected[i].first);
    CHECK(events[i].version.value == expected[i].second);
  }
  CHECK(store->head().position == Position{6});
  CHECK(store->tree_head().tree.size() == 6);
}

TEST_CASE("a stream is read oldest first along its links, whatever lies between", "[store]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  for (int i = 0; i < 3; ++i) {
    append_events(*store, 1, "member/a");
    append_events(*store, 2, "member/b");
  }
  const auto stream = store->read_stream("member/a");
  CHECK(positions_of(stream) == Positions{1, 4, 7});
  CHECK(stream[0].previous == Position{0});
  CHECK(stream[1].previous == Position{1});
  CHECK(stream[2].previous == Position{4});
  CHECK(store->stream_head("member/a").version == Version{3});
  CHECK(store->stream_head("member/a").position == Position{7});
  CHECK(store->read_stream("member/nobody").empty());
  CHECK(store->stream_head("member/nobody").version == Version{0});
}

TEST_CASE("a pen goes on where the caller says that a stream ends, and from there by itself", "[store]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  append_events(*store, 2, "account/m");
  const auto end = store->stream_head("account/m");
  const auto pen = take_pen(*store);
  pen->append(draft("account/a"), may(2));
  const auto before = store->statements_run();
  for (std::uint64_t version = 3; version <= 4; ++version) {
    auto next = draft("account/m");
    next.known_head = end;
    const auto& appended = pen->append(std::move(next), may(2));
    CHECK(appended.version == Version{version});
    CHECK(appended.previous == Position{version == 3 ? 2U : version});
  }
  CHECK(store->statements_run() == before);
}

TEST_CASE("what a caller knows of one stream or claim says nothing of those behind it", "[store]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  append_events(*store, 2, "account/y");
  {
    const auto pen = take_pen(*store);
    pen->claim(ClaimKind::first_purchase, claim_key("y"), {1});
    pen->append(draft("member/y"), may(2));
    pen->commit();
  }
  const auto pen = take_pen(*store);
  auto next = draft("account/b");
  next.known_head = StreamHead{};
  const auto& appended = pen->append(std::move(next), may(2));
  CHECK(appended.version == Version{1});
  CHECK(pen->append(draft("account/y"), may(2)).version == Version{3});
  pen->claim_free(ClaimKind::first_purchase, claim_key("b"), {4});
  CHECK(store->claimed(ClaimKind::first_purchase, claim_key("b")) == Position{4});
  CHECK(store->claimed(ClaimKind::first_purchase, claim_key("y")) == Position{1});
  CHECK_THROWS_AS(pen->claim(ClaimKind::first_purchase, claim_key("b"), {5}), DamagedStore);
  CHECK_THROWS_AS(pen->claim_free(ClaimKind::first_purchase, claim_key("b"), {5}), DamagedStore);
  pen->claim_free(ClaimKind::first_purchase, claim_key("z"), {5});
  CHECK(store->claimed(ClaimKind::first_purchase, claim_key("z")) == Position{5});
  CHECK_THROWS_AS(pen->claim(ClaimKind::first_purchase, claim_key("z"), {5}), DamagedStore);
}

TEST_CASE("an event is read as it was appended, field by field", "[store]") {
  const TempFolder folder;
  auto sent = draft("order/o-1", upline::domain::OrderRefunded{{"r-1"}, {500}, "坏卡"});
  sent.command = CommandMark{"the command", hash_of({.stream = "anything"})};
  sent.actor = "收银台";
  sent.occurred_at = {-1};
  for (std::size_t i = 0; i < sent.salt.size(); ++i) sent.salt[i] = static_cast<std::uint8_t>(i * 16);
  StoredEvent appended;
  {
    const auto store = sqlite::open_event_store(folder.path());
    const auto pen = take_pen(*store);
    appended = pen->append(sent, may(2));
    pen->append(draft("order/o-2"), may(2));
    pen->commit();
  }
  const auto store = sqlite::open_event_store(folder.path());
  const auto read = store->read_one({1}).value();
  for (const auto& event : {appended, read}) {
    CHECK(event.position == Position{1});
    CHECK(event.stream == sent.stream);
    CHECK(event.version == Version{1});
    CHECK(event.type == sent.type);
    CHECK(event.schema == sent.schema);
    CHECK(event.occurred_at == sent.occurred_at);
    CHECK(event.recorded_at == may(2));
    CHECK(event.command == sent.command);
    CHECK(event.actor == sent.actor);
    CHECK(event.salt == sent.salt);
    CHECK(event.payload == sent.payload);
  }
  CHECK(read.leaf_hash == hash_of(appended));
  CHECK(store->read_one({2}).value().command == std::nullopt);
}

TEST_CASE("a range is read in order, both ends included, until the reader has enough", "[store]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  append_events(*store, 10);
  CHECK(positions_of(events_of(*store, {3}, {5})) == Positions{3, 4, 5});
  CHECK(positions_of(events_of(*store, {9}, {99})) == Positions{9, 10});
  CHECK(events_of(*store, {11}, {99}).empty());
  CHECK(events_of(*store, {5}, {4}).empty());
  int seen = 0;
  store->read({1}, {10}, [&](const StoredEvent&) { return ++seen < 4; });
  CHECK(seen == 4);
  CHECK(store->read_one({10}).has_value());
  CHECK(!store->read_one({11}).has_value());
  CHECK(!store->read_one({0}).has_value());
}

TEST_CASE("whoever reads a range may read other events meanwhile", "[store]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  append_events(*store, 6);
  Positions seen;
  store->read({1}, {6}, [&](const StoredEvent& event) {
    for (const auto& other : events_of(*store, {2}, {3})) seen.push_back(other.position.value);
    seen.push_back(store->read_one(event.position).value().position.value);
    return event.position.value < 2;
  });
  CHECK(seen == Positions{2, 3, 1, 2, 3, 2});
}

TEST_CASE("recorded_at never falls, even where the clock does", "[store]") {
  const TempFolder folder;
  {
    const auto store = sqlite::open_event_store(folder.path());
    const auto pen = take_pen(*store);
    CHECK(pen->append(draft("member/a"), may(5)).recorded_at == may(5));
    CHECK(pen->append(draft("member/a"), may(4)).recorded_at == may(5));
    CHECK(pen->append(draft("member/a"), may(6)).recorded_at == may(6));
    pen->commit();
  }
  const auto store = sqlite::open_event_store(folder.path());
  CHECK(store->head().recorded_at == may(6));
  const auto pen = take_pen(*store);
  CHECK(pen->append(draft("member/b"), may(1)).recorded_at == may(6));
  pen->commit();
  CHECK(store->read_one({4}).value().recorded_at == may(6));
}

TEST_CASE("a pen that is dropped without commit leaves nothing behind", "[store]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  append_events(*store, 255);
  const auto root = store->tree_head().tree.root();
  {
    const auto pen = take_pen(*store);
    pen->append(draft("member/m"), may(3));  // the 256th: a stored node of the tree
    pen->append(draft("member/new"), may(3));
    pen->claim(ClaimKind::referral_code, claim_key("234679C"), {257});
    pen->put_snapshot("turnover", {1, {1, 2, 3}});
    pen->put_import_progress("import", "half way");
    pen->add_import_reject("import", 1, {"members.csv", 2, "conflict", "no"});
  }
  CHECK(store->head().position == Position{255});
  CHECK(store->tree_head().tree.root() == root);
  CHECK(store->head().recorded_at == may(2));
  CHECK(!store->read_one({256}).has_value());
  CHECK(store->stream_head("member/m").version == Version{255});
  CHECK(store->stream_head("member/new").version == Version{0});
  CHECK(!store->claimed(ClaimKind::referral_code, claim_key("234679C")).has_value());
  CHECK(store->snapshots().empty());
  CHECK(!store->import_progress("import").has_value());
  CHECK(!store->merkle_node(8, 0).has_value());
  append_events(*store, 1, "member/other");
  CHECK(store->read_one({256}).value().stream == "member/other");
  CHECK(store->merkle_node(8, 0).has_value());
}

TEST_CASE("whoever holds the pen reads what it wrote, and nobody else does before the commit", "[store]") {
  const TempFolder folder;
  const auto mine = sqlite::open_event_store(folder.path());
  const auto theirs = sqlite::open_event_store(folder.path());
  const auto pen = take_pen(*mine);
  pen->append(draft("order/a", upline::domain::OrderRefunded{{"r-1"}, {500}, "坏卡"}), may(2));
  pen->claim(ClaimKind::refund_id, claim_key("r-1"), {1});
  CHECK(mine->head().position == Position{1});
  CHECK(mine->stream_head("order/a").version == Version{1});
  CHECK(mine->read_stream("order/a").size() == 1);
  CHECK(mine->claimed(ClaimKind::refund_id, claim_key("r-1")) == Position{1});
  CHECK(theirs->head().position == Position{0});
  CHECK(theirs->read_stream("order/a").empty());
  CHECK(!theirs->claimed(ClaimKind::refund_id, claim_key("r-1")).has_value());
  pen->commit();
  CHECK(theirs->head().position == Position{1});
  CHECK(theirs->read_stream("order/a").size() == 1);
  CHECK(theirs->claimed(ClaimKind::refund_id, claim_key("r-1")) == Position{1});
}

TEST_CASE("a log that is held still shows nothing new until it is let go of", "[store]") {
  const TempFolder folder;
  const auto mine = sqlite::open_event_store(folder.path());
  const auto theirs = sqlite::open_event_store(folder.path());
  append_events(*theirs, 3);
  {
    const auto stillness = mine->hold_still();
    append_events(*theirs, 2);
    CHECK(mine->head().position == Position{3});
    CHECK(mine->read_stream("member/m").size() == 3);
    CHECK(!mine->read_one({4}).has_value());
  }
  CHECK(mine->head().position == Position{5});
  append_events(*mine, 1);
  CHECK(theirs->head().position == Position{6});
}

TEST_CASE("a batch without events may be committed, and moves no head", "[store]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  append_events(*store, 3);
  const auto before = store->tree_head();
  {
    const auto pen = take_pen(*store);
    pen->put_import_progress("import", "nothing new");
    pen->commit();
  }
  CHECK(store->head().position == before.position);
  CHECK(store->head().recorded_at == before.recorded_at);
  CHECK(store->tree_head().tree.root() == before.tree.root());
  CHECK(store->import_progress("import") == "nothing new");
}

TEST_CASE("what may exist once is claimed once, each kind for itself", "[store]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  const std::array<std::uint8_t, 3> with_zeros{0, 7, 0};
  {
    const auto pen = take_pen(*store);
    for (int i = 0; i < 5; ++i) pen->append(draft("member/m"), may(2));
    pen->claim(ClaimKind::command_id, claim_key("same"), {1});
    pen->claim(ClaimKind::referral_code, claim_key("same"), {2});
    pen->claim(ClaimKind::refund_id, claim_key("same"), {3});
    pen->claim(ClaimKind::key_fingerprint, with_zeros, {4});
    pen->claim(ClaimKind::key_fingerprint, ClaimKey{with_zeros}.first(2), {5});
    pen->commit();
  }
  CHECK(store->claimed(ClaimKind::command_id, claim_key("same")) == Position{1});
  CHECK(store->claimed(ClaimKind::referral_code, claim_key("same")) == Position{2});
  CHECK(store->claimed(ClaimKind::refund_id, claim_key("same")) == Position{3});
  CHECK(store->claimed(ClaimKind::key_fingerprint, with_zeros) == Position{4});
  CHECK(store->claimed(ClaimKind::key_fingerprint, ClaimKey{with_zeros}.first(2)) == Position{5});
  CHECK(!store->claimed(ClaimKind::key_fingerprint, claim_key("same")).has_value());
  CHECK(!store->claimed(ClaimKind::command_id, claim_key("Same")).has_value());
  CHECK(!store->claimed(ClaimKind::command_id, claim_key("")).has_value());
  const auto pen = take_pen(*store);
  CHECK_THROWS_AS(pen->claim(ClaimKind::command_id, claim_key("same"), {5}), std::runtime_error);
}

TEST_CASE("a snapshot replaces the one before, and all of them can be dropped", "[store]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  {
    const auto pen = take_pen(*store);
    pen->put_snapshot("turnover", {1, {1, 2, 3}});
    pen->put_snapshot("pool/game", {1, {4}});
    pen->put_snapshot("turnover", {2, {}});
    pen->commit();
  }
  CHECK(store->snapshot("turnover").value().schema == 2);
  CHECK(store->snapshot("turnover").value().state.empty());
  CHECK(store->snapshot("pool/game").value().state == std::vector<std::uint8_t>{4});
  CHECK(!store->snapshot("pool/other").has_value());
  const auto all = store->snapshots();
  REQUIRE(all.size() == 2);
  CHECK(all[0].first == "pool/game");
  CHECK(all[1].first == "turnover");
  {
    const auto pen = take_pen(*store);
    pen->drop_snapshots();
    pen->commit();
  }
  CHECK(store->snapshots().empty());
}

TEST_CASE("how far an import came is kept, and its rejects in their order", "[store]") {
  const TempFolder folder;
  {
    const auto store = sqlite::open_event_store(folder.path());
    const auto pen = take_pen(*store);
    pen->put_import_progress("one", "begun");
    pen->put_import_progress("one", "ended");
    pen->put_import_progress("two", "begun");
    pen->add_import_reject("one", 10, {"purchases.csv", 7, "out_of_stock", "no 卡密 left"});
    pen->add_import_reject("one", 2, {"members.csv", 3, "conflict", ""});
    pen->add_import_reject("two", 1, {"keys.csv", 4, "duplicate_key", ""});
    pen->commit();
  }
  const auto store = sqlite::open_event_store(folder.path());
  CHECK(store->import_progress("one") == "ended");
  CHECK(store->import_progress("two") == "begun");
  CHECK(!store->import_progress("three").has_value());
  std::vector<ImportReject> rejects;
  store->read_import_rejects("one", [&](const ImportReject& reject) { rejects.push_back(reject); });
  REQUIRE(rejects.size() == 2);
  CHECK(rejects[0].file == "members.csv");
  CHECK(rejects[0].line == 3);
  CHECK(rejects[1].file == "purchases.csv");
  CHECK(rejects[1].line == 7);
  CHECK(rejects[1].code == "out_of_stock");
  CHECK(rejects[1].message == "no 卡密 left");
}

TEST_CASE("a reopened log goes on where it was left", "[store]") {
  const TempFolder folder;
  for (int opening = 0; opening < 3; ++opening) {
    const auto store = sqlite::open_event_store(folder.path());
    CHECK(store->head().position.value == static_cast<std::uint64_t>(opening) * 100);
    append_events(*store, 100);
  }
  const auto store = sqlite::open_event_store(folder.path());
  const auto stream = store->read_stream("member/m");
  REQUIRE(stream.size() == 300);
  for (std::size_t i = 0; i < stream.size(); ++i) CHECK(stream[i].version.value == i + 1);
}
