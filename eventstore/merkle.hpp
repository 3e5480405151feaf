// The log as a Merkle tree: one root commits a shop to its whole history, and a short proof ties one event, or an older
// root, to it. RFC 9162 section 2.1 (the tree of RFC 6962) over SHA-256.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

struct evp_md_ctx_st;

namespace upline::eventstore {

struct Hash {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const Hash&) const = default;
};

/// 64 lower-case digits.
std::string to_hex(const Hash& hash);

/// Nothing unless there are exactly 32 bytes.
std::optional<Hash> hash_from_bytes(std::span<const std::uint8_t> bytes);

/// SHA-256 of bytes that arrive in pieces; one object serves any number of messages, one thread at a time.
/// Throws std::runtime_error where OpenSSL cannot provide the digest.
class Sha256 {
 public:
  Sha256();
  Sha256& update(std::span<const std::uint8_t> bytes);
  /// The hash of everything since the last finish; the next message starts empty.
  Hash finish();

 private:
  void start();

  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

/// SHA-256(0x00 || leaf).
Hash leaf_hash(std::span<const std::uint8_t> leaf);

/// SHA-256(0x01 || left || right).
Hash node_hash(const Hash& left, const Hash& right);

/// The root of a tree without leaves: SHA-256 of no bytes.
Hash empty_root();

/// Node (level, index) is the root of the perfect subtree over leaves index * 2^level up to (index + 1) * 2^level.
/// Only levels 0, 8, 16, 24 ... are stored; the others are recomputed from the nearest stored level below.
constexpr int stored_level_step = 8;

constexpr bool is_stored_level(int level) { return level % stored_level_step == 0; }

/// Receives a node of level 8, 16, 24 ... when its last leaf is appended: one call per 256 leaves, and few more.
using NodeSink = std::function<void(int level, std::uint64_t index, const Hash& node)>;

/// The right edge of an append-only tree: what must be kept to append and to know the root, at most 64 hashes.
class MerkleFrontier {
 public:
  /// Needs size() < 2^64 - 1. Amortised one node hash. Low levels are reported first. Where `on_node` throws, the
  /// frontier is as before the call.
  void append(const Hash& leaf, const NodeSink& on_node = {});

  /// Leaves appended so far.
  std::uint64_t size() const { return size_; }

  /// MTH (RFC 9162, 2.1.1). At most 63 node hashes.
  Hash root() const;

  /// The roots of the perfect subtrees, largest first: 32 bytes for each one bit of size(). The size is stored beside.
  std::vector<std::uint8_t> serialise() const;

  /// Refuses bytes whose length does not belong to the size. Whether they are the right hashes shows only in the root.
  static std::expected<MerkleFrontier, std::string> parse(std::uint64_t size, std::span<const std::uint8_t> bytes);

 private:
  std::uint64_t size_{};
  std::vector<Hash> subtrees_;
};

/// Where proofs find the nodes that append reported, and the leaf hashes.
class NodeSource {
 public:
  virtual ~NodeSource() = default;
  /// Asked only for stored levels, and only for subtrees that are complete at the size of the proof.
  virtual Hash node(int level, std::uint64_t index) = 0;
};

/// PATH (RFC 9162, 2.1.3.1): the siblings on the way from leaf `index` (from 0) to the root of the first `size` leaves,
/// lowest first. Needs index < size. Reads at most 510 nodes of each stored level: below 1,600 among 2^24 leaves.
std::vector<Hash> inclusion_proof(std::uint64_t index, std::uint64_t size, NodeSource& nodes);

/// PROOF (RFC 9162, 2.1.4.1): that the first size1 leaves are a prefix of the first size2. Needs 1 <= size1 <= size2;
/// empty where they are equal. Reads as much as inclusion_proof.
std::vector<Hash> consistency_proof(std::uint64_t size1, std::uint64_t size2, NodeSource& nodes);

/// RFC 9162, 2.1.3.2. Takes any input, however hostile; at most 64 node hashes. The size is as trusted as the root:
/// take both from one checkpoint.
bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf, std::span<const Hash> proof,
                      const Hash& root);

/// RFC 9162, 2.1.4.2. Takes any input, however hostile; at most 128 node hashes. An empty first tree is refused, since
/// every tree extends it and nothing would be proved.
bool verify_consistency(std::uint64_t size1, std::uint64_t size2, const Hash& root1, const Hash& root2,
                        std::span<const Hash> proof);

}  // namespace upline::eventstore
