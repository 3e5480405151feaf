#include "eventstore/merkle.hpp"

#include <algorithm>
#include <bit>
#include <fstream>
#include <limits>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <rapidcheck/catch.h>

using namespace upline::eventstore;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Proof = std::vector<Hash>;

nlohmann::json read_vectors(const std::string& name) {
  std::ifstream file(UPLINE_SOURCE_DIR "/tests/vectors/" + name);
  return nlohmann::json::parse(file);
}

Bytes bytes_from_hex(std::string_view text) {
  Bytes bytes;
  for (; !text.empty(); text.remove_prefix(2)) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string(text.substr(0, 2)), nullptr, 16)));
  }
  return bytes;
}

// Some vectors hold too short a hash. Filled up with zeros it is a wrong hash like any other.
Hash hash_from_base64(const std::string& text) {
  std::array<std::uint8_t, 36> decoded{};
  REQUIRE(text.size() <= 44);
  REQUIRE(EVP_DecodeBlock(decoded.data(), reinterpret_cast<const unsigned char*>(text.data()),
                          static_cast<int>(text.size())) >= 0);
  return *hash_from_bytes(std::span(decoded).first(32));
}

Proof proof_from_json(const nlohmann::json& list) {
  Proof proof;
  for (const auto& hash : list) proof.push_back(hash_from_base64(hash));
  return proof;
}

Hash nth_leaf(std::uint64_t n) {
  Bytes bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<std::uint8_t>(n >> shift));
  return leaf_hash(bytes);
}

// MTH as RFC 9162, 2.1.1 defines it, word for word.
Hash naive_root(std::span<const Hash> leaves) {
  if (leaves.empty()) return empty_root();
  if (leaves.size() == 1) return leaves.front();
  std::size_t left = 1;
  while (left * 2 < leaves.size()) left *= 2;
  return node_hash(naive_root(leaves.first(left)), naive_root(leaves.subspan(left)));
}

// Holds what an event log holds: leaf hashes and reported nodes. Any other request throws and fails the test.
class StoredNodes : public NodeSource {
 public:
  Hash node(int level, std::uint64_t index) override {
    ++reads;
    return nodes.at({level, index});
  }

  std::map<std::pair<int, std::uint64_t>, Hash> nodes;
  std::uint64_t reads{};
};

struct Log {
  void append(const Hash& leaf) {
    stored.nodes[{0, frontier.size()}] = leaf;
    frontier.append(leaf, [this](int level, std::uint64_t index, const Hash& node) {
      reported.emplace_back(level, index);
      stored.nodes[{level, index}] = node;
    });
    leaves.push_back(leaf);
    roots.push_back(frontier.root());
  }

  StoredNodes stored;
  MerkleFrontier frontier;
  std::vector<std::pair<int, std::uint64_t>> reported;
  std::vector<Hash> leaves;
  std::vector<Hash> roots{empty_root()};
};

Log log_of(std::uint64_t size) {
  Log log;
  for (std::uint64_t n = 0; n < size; ++n) log.append(nth_leaf(n));
  return log;
}

// Long enough for one node of level 16 and, beyond it, nodes of level 8 and lone leaves.
constexpr std::uint64_t long_log_size = 70'003;

Log& long_log() {
  static Log log = log_of(long_log_size);
  return log;
}

bool proves_inclusion(Log& log, std::uint64_t index, std::uint64_t size) {
  const Proof proof = inclusion_proof(index, size, log.stored);
  return verify_inclusion(index, size, log.leaves[index], proof, log.roots[size]);
}

bool proves_consistency(Log& log, std::uint64_t size1, std::uint64_t size2) {
  const Proof proof = consistency_proof(size1, size2, log.stored);
  return verify_consistency(size1, size2, log.roots[size1], log.roots[size2], proof);
}

// Every proof that differs by one flipped bit, one missing hash or one additional hash.
std::vector<Proof> damaged(const Proof& proof) {
  std::vector<Proof> all;
  for (std::size_t bit = 0; bit < proof.size() * 256; ++bit) {
    all.push_back(proof);
    all.back()[bit / 256].bytes[bit % 256 / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
  }
  for (std::ptrdiff_t i = 0; i < std::ssize(proof); ++i) {
    all.push_back(proof);
    all.back().erase(all.back().begin() + i);
  }
  for (std::ptrdiff_t i = 0; i <= std::ssize(proof); ++i) {
    all.push_back(proof);
    all.back().insert(all.back().begin() + i, proof.empty() ? Hash{} : proof.front());
  }
  return all;
}

std::uint64_t any_between(std::uint64_t first, std::uint64_t last) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::uint64_t>(first, last + 1));
}

}  // namespace

TEST_CASE("every published inclusion case is judged as published", "[merkle]") {
  const auto cases = read_vectors("rfc6962-inclusion.json");
  REQUIRE(cases.size() == 98);
  for (const auto& c : cases) {
    INFO(c.at("name"));
    // No bytes are no root: a Hash cannot say that, so whoever reads one refuses.
    const bool has_root = !c.at("root").get<std::string>().empty();
    const bool accepted =
        has_root && verify_inclusion(c.at("leafIdx"), c.at("treeSize"), hash_from_base64(c.at("leafHash")),
                                     proof_from_json(c.at("proof")), hash_from_base64(c.at("root")));
    CHECK(accepted == !c.at("wantErr").get<bool>());
  }
}

TEST_CASE("every published consistency case is judged as published", "[merkle]") {
  const auto cases = read_vectors("rfc6962-consistency.json");
  REQUIRE(cases.size() == 98);
  for (const auto& c : cases) {
    INFO(c.at("name"));
    const bool accepted = verify_consistency(c.at("size1"), c.at("size2"), hash_from_base64(c.at("root1")),
                                             hash_from_base64(c.at("root2")), proof_from_json(c.at("proof")));
    CHECK(accepted == !c.at("wantErr").get<bool>());
  }
}

TEST_CASE("the published leaves give the published root at every size", "[merkle]") {
  const auto vectors = read_vectors("rfc6962-roots.json");
  const auto& roots = vectors.at("root_hex_by_size_from_1");
  REQUIRE(roots.size() == 8);
  MerkleFrontier frontier;
  for (const auto& leaf : vectors.at("leaves_hex")) {
    frontier.append(leaf_hash(bytes_from_hex(leaf.get<std::string>())));
    CHECK(to_hex(frontier.root()) == roots.at(frontier.size() - 1).get<std::string>());
  }
}

TEST_CASE("the root of an empty tree is the hash of no bytes", "[merkle]") {
  CHECK(to_hex(empty_root()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(MerkleFrontier{}.root() == empty_root());
}

TEST_CASE("a message hashes alike in one piece and in many, message after message", "[merkle]") {
  const Bytes abc{'a', 'b', 'c'};
  Sha256 hasher;
  for (int message = 0; message < 3; ++message) {
    for (const std::uint8_t& letter : abc) hasher.update({&letter, 1});
    CHECK(to_hex(hasher.finish()) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }
  CHECK(hasher.update(abc).update({}).finish() == Sha256{}.update(abc).finish());
}

TEST_CASE("a leaf that spells two hashes is not taken for their node", "[merkle]") {
  Bytes spelled;
  for (const Hash& hash : {nth_leaf(0), nth_leaf(1)}) {
    spelled.insert(spelled.end(), hash.bytes.begin(), hash.bytes.end());
  }
  CHECK(leaf_hash(spelled) != node_hash(nth_leaf(0), nth_leaf(1)));
}

TEST_CASE("bytes are a hash only when there are 32 of them", "[merkle]") {
  const Hash hash = nth_leaf(7);
  CHECK(hash_from_bytes(hash.bytes) == hash);
  for (const std::size_t length : {0U, 1U, 31U, 33U, 64U}) CHECK_FALSE(hash_from_bytes(Bytes(length)));
}

TEST_CASE("the frontier has the root that the recursive definition gives", "[merkle]") {
  const Log log = log_of(600);
  for (std::size_t size = 0; size <= 600; ++size) {
    INFO(size);
    CHECK(log.roots[size] == naive_root(std::span(log.leaves).first(size)));
  }
}

TEST_CASE("append reports every perfect subtree of a stored level once, when it is complete", "[merkle]") {
  const Log& log = long_log();
  std::vector<std::pair<int, std::uint64_t>> expected;
  for (std::uint64_t index = 0; index < long_log_size / 256; ++index) {
    expected.emplace_back(8, index);
    if (index == 255) expected.emplace_back(16, 0);
  }
  REQUIRE(log.reported == expected);
  for (const auto& [level, index] : log.reported) {
    const std::size_t width = std::size_t{1} << level;
    CHECK(log.stored.nodes.at({level, index}) == naive_root(std::span(log.leaves).subspan(index * width, width)));
  }
}

TEST_CASE("an append whose node cannot be stored leaves the frontier as it was", "[merkle]") {
  MerkleFrontier frontier;
  for (std::uint64_t n = 0; n < 255; ++n) frontier.append(nth_leaf(n));
  const Bytes before = frontier.serialise();
  const auto disk_full = [](int, std::uint64_t, const Hash&) { throw std::runtime_error("disk full"); };
  CHECK_THROWS(frontier.append(nth_leaf(255), disk_full));
  CHECK(frontier.size() == 255);
  CHECK(frontier.serialise() == before);
  frontier.append(nth_leaf(255));
  CHECK(frontier.root() == log_of(256).frontier.root());
}

TEST_CASE("a frontier that was stored and read back goes on as if it had stayed in memory", "[merkle]") {
  rc::prop("stored at any size", [] {
    const std::uint64_t stored_at = any_between(0, 2'000);
    const MerkleFrontier before = log_of(stored_at).frontier;
    auto after = MerkleFrontier::parse(before.size(), before.serialise());
    RC_ASSERT(after.has_value());
    for (std::uint64_t n = stored_at; n < stored_at + 40; ++n) {
      RC_ASSERT(after->size() == n);
      RC_ASSERT(after->root() == long_log().roots[n]);
      after->append(nth_leaf(n));
    }
  });
}

TEST_CASE("stored bytes whose length does not belong to the size are no frontier", "[merkle]") {
  for (const std::uint64_t size : {0ULL, 1ULL, 2ULL, 3ULL, 255ULL, 256ULL, 1ULL << 63, ~0ULL}) {
    const auto right_length = static_cast<std::size_t>(32 * std::popcount(size));
    CHECK(MerkleFrontier::parse(size, Bytes(right_length)).has_value());
    for (std::size_t length = 0; length <= 66 * 32; ++length) {
      if (length != right_length && MerkleFrontier::parse(size, Bytes(length)).has_value()) {
        FAIL(size << " leaves from " << length << " bytes");
      }
    }
  }
  CHECK(MerkleFrontier::parse(3, Bytes(63)).error() == "a frontier of 3 leaves has 64 bytes, not 63");
}

TEST_CASE("the largest trees that 64 bits can count neither overflow nor lose a node", "[merkle]") {
  auto frontier = MerkleFrontier::parse(std::numeric_limits<std::uint64_t>::max() >> 1, Bytes(63 * 32));
  REQUIRE(frontier.has_value());
  std::vector<int> levels;
  frontier->append(nth_leaf(0), [&](int level, std::uint64_t index, const Hash&) {
    levels.push_back(level);
    CHECK(index == (std::uint64_t{1} << (63 - level)) - 1);
  });
  CHECK(levels == std::vector{8, 16, 24, 32, 40, 48, 56});
  CHECK(frontier->serialise().size() == 32);

  const std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  CHECK_FALSE(verify_inclusion(largest - 1, largest, Hash{}, Proof(64), Hash{}));
  CHECK_FALSE(verify_consistency(largest - 1, largest, Hash{}, Hash{}, Proof(65)));
}

TEST_CASE("a small tree proves every leaf and every earlier size", "[merkle]") {
  Log log = log_of(70);
  for (std::uint64_t size = 1; size <= 70; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      INFO(index << " of " << size);
      CHECK(proves_inclusion(log, index, size));
      CHECK(proves_consistency(log, index + 1, size));
    }
  }
}

TEST_CASE("a long log proves any leaf and any earlier size from stored nodes alone", "[merkle]") {
  rc::prop("inclusion", [] {
    const std::uint64_t size = any_between(1, long_log_size);
    RC_ASSERT(proves_inclusion(long_log(), any_between(0, size - 1), size));
  });
  rc::prop("consistency", [] {
    const std::uint64_t size2 = any_between(1, long_log_size);
    RC_ASSERT(proves_consistency(long_log(), any_between(1, size2), size2));
  });
  for (const std::uint64_t size : {255U, 256U, 257U, 65'535U, 65'536U, 65'537U}) {
    CHECK(proves_inclusion(long_log(), size - 1, size));
    CHECK(proves_consistency(long_log(), size, long_log_size));
  }
}

TEST_CASE("a proof reads at most 510 nodes of each stored level", "[merkle]") {
  const auto reads_of = [](std::uint64_t index, std::uint64_t size) {
    Log& log = long_log();
    log.stored.reads = 0;
    inclusion_proof(index, size, log.stored);
    return std::exchange(log.stored.reads, 0);
  };
  CHECK(reads_of(0, 511) == 510);
  rc::prop("at any size", [&] {
    const std::uint64_t size = any_between(1, long_log_size);
    const auto stored_levels = static_cast<std::uint64_t>((std::bit_width(size) + 7) / 8);
    RC_ASSERT(reads_of(any_between(0, size - 1), size) <= 510 * stored_levels);
  });
}

TEST_CASE("a damaged proof is refused", "[merkle]") {
  Log log = log_of(24);
  for (std::uint64_t size = 1; size <= 24; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      INFO(index << " of " << size);
      const auto includes = [&](const Proof& proof) {
        return verify_inclusion(index, size, log.leaves[index], proof, log.roots[size]);
      };
      const auto extends = [&](const Proof& proof) {
        return verify_consistency(index + 1, size, log.roots[index + 1], log.roots[size], proof);
      };
      CHECK(std::ranges::none_of(damaged(inclusion_proof(index, size, log.stored)), includes));
      CHECK(std::ranges::none_of(damaged(consistency_proof(index + 1, size, log.stored)), extends));
    }
  }
}

TEST_CASE("a proof that climbs above the root is refused, even to a hash that fits", "[merkle]") {
  Log log = log_of(4);
  const Hash left = nth_leaf(9);
  const auto above = [&](const Hash& hash) { return node_hash(left, hash); };
  CHECK_FALSE(verify_inclusion(0, 1, log.leaves[0], Proof{left}, above(log.roots[1])));

  Proof proof = consistency_proof(3, 4, log.stored);
  proof.push_back(left);
  CHECK_FALSE(verify_consistency(3, 4, above(log.roots[3]), above(log.roots[4]), proof));
}

TEST_CASE("a proof of one leaf is refused for another place and for another leaf", "[merkle]") {
  rc::prop("in a long log", [] {
    Log& log = long_log();
    const std::uint64_t size = any_between(2, long_log_size);
    const std::uint64_t index = any_between(0, size - 1);
    const std::uint64_t other = any_between(0, size - 1);
    RC_PRE(index != other);
    const Proof proof = inclusion_proof(index, size, log.stored);
    RC_ASSERT_FALSE(verify_inclusion(other, size, log.leaves[index], proof, log.roots[size]));
    RC_ASSERT_FALSE(verify_inclusion(index, size, log.leaves[other], proof, log.roots[size]));
  });
}

TEST_CASE("a rewritten history cannot be proved to extend the old one", "[merkle]") {
  rc::prop("whichever event is rewritten", [] {
    const std::uint64_t size2 = any_between(1, 600);
    const std::uint64_t size1 = any_between(1, size2);
    const std::uint64_t rewritten = any_between(0, size1 - 1);
    Log forged;
    for (std::uint64_t n = 0; n < size2; ++n) forged.append(nth_leaf(n == rewritten ? n + size2 : n));
    const Proof proof = consistency_proof(size1, size2, forged.stored);
    RC_ASSERT_FALSE(verify_consistency(size1, size2, long_log().roots[size1], forged.roots[size2], proof));
  });
}

TEST_CASE("no proof leads from an empty tree or back to a smaller one", "[merkle]") {
  const Log& log = long_log();
  for (const std::uint64_t size : {0U, 1U, 2U, 8U}) {
    for (std::size_t length = 0; length < 4; ++length) {
      CHECK_FALSE(verify_consistency(0, size, log.roots[0], log.roots[size], Proof(length)));
      CHECK_FALSE(verify_consistency(size + 1, size, log.roots[size + 1], log.roots[size], Proof(length)));
    }
  }
}
