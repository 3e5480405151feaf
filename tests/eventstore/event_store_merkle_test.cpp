// The Merkle tree over the log: kept by the pen, proved from what the store holds.
#include "eventstore/event_store.hpp"
#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <vector>

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
  CHECK(store->head().tree.root() == empty_root());
}

TEST_CASE("the head's root is the RFC 6962 root over the events, after every batch", "[store][merkle]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  for (const int size : {1, 1, 1, 1, 3, 5, 244, 1, 255, 300}) {
    append_events(*store, size);
    INFO(store->head().position.value << " events");
    CHECK(store->head().tree.root() == naive_root(leaves_of(*store)));
    CHECK(store->head().tree.size() == store->head().position.value);
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
  CHECK(store->head().tree.root() == naive_root(leaves));
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
