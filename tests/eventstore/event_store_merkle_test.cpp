// The Merkle tree over the log: kept by the pen, proved from what the store holds.
#include "eventstore/event_store.hpp"
#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;

namespace {

/// What proofs are made from: leaf hashes out of the events, stored nodes out of their table.
class StoreNodes : public NodeSource {
 public:
  explicit StoreNodes(EventStore& store) : store_(store) {}

  Hash node(int level, std::uint64_t index) override {
    if (level == 0) return store_.read_one({index + 1}).value().leaf_hash;
    return store_.merkle_node(level, index).value();
  }

 private:
  EventStore& store_;
};

std::vector<Hash> leaves_of(EventStore& store) {
  std::vector<Hash> leaves;
  store.read({1}, store.head().position, [&](const StoredEvent& event) {
    leaves.push_back(hash_of(event));
    return true;
  });
  return leaves;
}

/// MTH as RFC 6962, 2.1 defines it, word for word.
Hash naive_root(std::span<const Hash> leaves) {
  if (leaves.empty()) return empty_root();
  if (leaves.size() == 1) return leaves.front();
  std::size_t left = 1;
  while (left * 2 < leaves.size()) left *= 2;
  return node_hash(naive_root(leaves.first(left)), naive_root(leaves.subspan(left)));
}

Hash root_of(const std::vector<Hash>& leaves, std::uint64_t size) { return naive_root(std::span(leaves).first(size)); }

/// Batches of uneven sizes, with a store that is closed and opened between some of them.
void fill(const TempFolder& folder, int events) {
  for (int batch = 1; events > 0; batch = batch * 3 + 1) {
    const auto store = sqlite::open_event_store(folder.path());
    append_events(*store, std::min(batch, events));
    events -= batch;
  }
}

}  // namespace

TEST_CASE("the root of an empty log is that of an empty tree", "[store][merkle]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  CHECK(store->tree_head().tree.root() == empty_root());
}

TEST_CASE("the head's root is the RFC 6962 root over the events, after every batch", "[store][merkle]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  for (const int size : {1, 1, 1, 1, 3, 5, 244, 1, 255, 300}) {
    append_events(*store, size);
    INFO(store->head().position.value << " events");
    CHECK(store->tree_head().tree.root() == naive_root(leaves_of(*store)));
    CHECK(store->tree_head().tree.size() == store->head().position.value);
  }
}

namespace {

void append_some(Pen& pen, int events) {
  for (int i = 0; i < events; ++i) pen.append(draft("member/m"), may(2));
}

/// Root and stored nodes of what this store reads, committed or not, are those of its events.
void check_tree(EventStore& store) {
  const auto leaves = leaves_of(store);
  const auto known = store.tree_head();
  INFO(leaves.size() << " events");
  CHECK(known.position.value == leaves.size());
  CHECK(known.tree.size() == leaves.size());
  CHECK(known.tree.root() == naive_root(leaves));
}

void check_stored_nodes(EventStore& store) {
  const auto leaves = leaves_of(store);
  CHECK(store.merkle_node_count() == leaves.size() / 256);
  for (std::size_t index = 0; index < leaves.size() / 256; ++index) {
    CHECK(store.merkle_node(8, index) == naive_root(std::span(leaves).subspan(index * 256, 256)));
  }
}

/// Lets no commit move the head while it lives.
class FullDisk {
 public:
  explicit FullDisk(const std::filesystem::path& folder) : log_(folder / "events.db", SQLite::OPEN_READWRITE) {
    log_.exec("CREATE TRIGGER is_full BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  }
  ~FullDisk() { log_.tryExec("DROP TRIGGER is_full"); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  SQLite::Database log_;
};

}  // namespace

TEST_CASE("events that are not committed are read with their hashes, and the tree knows them", "[store][merkle]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  append_events(*store, 5);
  const auto first = take_pen(*store);
  append_some(*first, 3);
  const auto second = store->take_pen_behind(*first);
  append_some(*second, 250);
  for (const auto position : {6U, 8U, 9U, 258U}) {
    const auto event = store->read_one({position}).value();
    CHECK(event.leaf_hash == hash_of(event));
    store->read({position}, {position}, [&](const StoredEvent& read) {
      CHECK(read.leaf_hash == hash_of(event));
      return true;
    });
  }
  check_tree(*store);
  first->commit_aside();  // which has not left: both are still the store's own
  check_tree(*store);
  second->commit_aside();
  check_tree(*store);
  check_tree(*store->another_reader());
  check_stored_nodes(*store);
}

TEST_CASE("the tree is that of the events behind batches that went on behind another, failed, and came again",
          "[store][merkle][concurrency]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  const auto theirs = sqlite::open_event_store(folder.path());
  std::uint64_t committed = 0;
  for (int round = 0; round < 6; ++round) {
    auto before = take_pen(*store);
    append_some(*before, 100 + round);
    for (int batch = 0; batch < 4; ++batch) {
      std::thread commit([&] { before->commit_aside(); });
      auto next = store->take_pen_behind(*before);
      append_some(*next, 1 + (37 * batch));
      commit.join();
      committed = theirs->head().position.value;
      before->leave();
      before = std::move(next);
    }
    check_tree(*store);
    {
      const FullDisk full(folder.path());
      const auto behind = store->take_pen_behind(*before);
      append_some(*behind, 10);
      CHECK_THROWS(before->commit_aside());
      check_tree(*theirs);
      CHECK(theirs->head().position.value == committed);
    }
    if (round % 2 == 0) before->commit();  // again, now that there is room
    before.reset();
    append_events(*theirs, round);  // another process goes on from there
    check_tree(*store);
    check_stored_nodes(*store);
  }
}

TEST_CASE("stored nodes are the roots of their subtrees, one for each that is complete", "[store][merkle]") {
  const TempFolder folder;
  fill(folder, 65'536 + 700);
  const auto store = sqlite::open_event_store(folder.path());
  const auto leaves = leaves_of(*store);
  REQUIRE(leaves.size() == 65'536 + 700);
  for (std::size_t index = 0; index < leaves.size() / 256; ++index) {
    if (store->merkle_node(8, index) == naive_root(std::span(leaves).subspan(index * 256, 256))) continue;
    FAIL_CHECK("node " << index << " of level 8");
  }
  CHECK(!store->merkle_node(8, leaves.size() / 256).has_value());
  CHECK(store->merkle_node(16, 0) == root_of(leaves, 65'536));
  CHECK(!store->merkle_node(16, 1).has_value());
  CHECK(!store->merkle_node(24, 0).has_value());
  CHECK(store->tree_head().tree.root() == naive_root(leaves));
}

TEST_CASE("any event's inclusion is proved from the store, under any later root", "[store][merkle]") {
  const TempFolder folder;
  fill(folder, 1'500);
  const auto store = sqlite::open_event_store(folder.path());
  const auto leaves = leaves_of(*store);
  StoreNodes nodes(*store);
  for (const auto size : std::vector<std::uint64_t>{1, 2, 255, 256, 257, 512, 1'000, 1'500}) {
    const auto root = root_of(leaves, size);
    for (std::uint64_t index = 0; index < size; index += 37) {
      INFO("event " << index + 1 << " of " << size);
      const auto proof = inclusion_proof(index, size, nodes);
      CHECK(verify_inclusion(index, size, leaves[index], proof, root));
      CHECK(!verify_inclusion(index, size, leaf_hash({}), proof, root));
    }
  }
}

TEST_CASE("an older root is proved to be a prefix of a later one from the store", "[store][merkle]") {
  const TempFolder folder;
  fill(folder, 1'500);
  const auto store = sqlite::open_event_store(folder.path());
  const auto leaves = leaves_of(*store);
  StoreNodes nodes(*store);
  for (const auto later : std::vector<std::uint64_t>{2, 256, 700, 1'500}) {
    for (std::uint64_t earlier = 1; earlier < later; earlier += 41) {
      INFO(earlier << " before " << later);
      const auto proof = consistency_proof(earlier, later, nodes);
      const auto root = root_of(leaves, later);
      CHECK(verify_consistency(earlier, later, root_of(leaves, earlier), root, proof));
      CHECK(!verify_consistency(earlier, later, empty_root(), root, proof));
    }
  }
}
