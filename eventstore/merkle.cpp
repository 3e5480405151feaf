#include "eventstore/merkle.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>
#include <stdexcept>

#include <openssl/evp.h>

namespace upline::eventstore {

namespace {

constexpr std::uint8_t leaf_prefix = 0x00;
constexpr std::uint8_t node_prefix = 0x01;
constexpr std::size_t hash_length = std::tuple_size_v<decltype(Hash::bytes)>;

void require(bool done, const char* step) {
  if (!done) throw std::runtime_error(std::string("OpenSSL refused SHA-256: ") + step);
}

// Fetching walks the providers under a lock, so it happens once; the digest lives as long as the process.
const EVP_MD* sha256_digest() {
  static EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  require(digest != nullptr, "fetch");
  return digest;
}

Sha256& hasher_of_this_thread() {
  thread_local Sha256 hasher;
  return hasher;
}

}  // namespace

std::string to_hex(const Hash& hash) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * hash_length);
  for (const std::uint8_t byte : hash.bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 0xf];
  }
  return text;
}

std::optional<Hash> hash_from_bytes(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != hash_length) return std::nullopt;
  Hash hash;
  std::ranges::copy(bytes, hash.bytes.begin());
  return hash;
}

Sha256::Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
  require(context_ != nullptr, "context");
  start();
}

void Sha256::start() { require(EVP_DigestInit_ex2(context_.get(), sha256_digest(), nullptr) == 1, "start"); }

Sha256& Sha256::update(std::span<const std::uint8_t> bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "update");
  return *this;
}

Hash Sha256::finish() {
  Hash hash;
  require(EVP_DigestFinal_ex(context_.get(), hash.bytes.data(), nullptr) == 1, "finish");
  start();
  return hash;
}

Hash leaf_hash(std::span<const std::uint8_t> leaf) {
  return hasher_of_this_thread().update({&leaf_prefix, 1}).update(leaf).finish();
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 1 + 2 * hash_length> message{node_prefix};
  std::ranges::copy(left.bytes, message.begin() + 1);
  std::ranges::copy(right.bytes, message.begin() + 1 + hash_length);
  return hasher_of_this_thread().update(message).finish();
}

Hash empty_root() { return hasher_of_this_thread().finish(); }

void MerkleFrontier::append(const Hash& leaf, const NodeSink& on_node) {
  assert(size_ < std::numeric_limits<std::uint64_t>::max());
  // Each trailing one bit of the size is a perfect subtree whose equally large right sibling this leaf completes.
  const int completed = std::countr_one(size_);
  Hash node = leaf;
  for (int level = 1; level <= completed; ++level) {
    node = node_hash(subtrees_[subtrees_.size() - static_cast<std::size_t>(level)], node);
    if (on_node && is_stored_level(level)) on_node(level, size_ >> level, node);
  }
  subtrees_.resize(subtrees_.size() - static_cast<std::size_t>(completed));
  subtrees_.push_back(node);
  ++size_;
}

Hash MerkleFrontier::root() const {
  if (subtrees_.empty()) return empty_root();
  Hash root = subtrees_.back();
  for (std::size_t i = subtrees_.size() - 1; i > 0; --i) root = node_hash(subtrees_[i - 1], root);
  return root;
}

std::vector<std::uint8_t> MerkleFrontier::serialise() const {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(subtrees_.size() * hash_length);
  for (const Hash& subtree : subtrees_) bytes.insert(bytes.end(), subtree.bytes.begin(), subtree.bytes.end());
  return bytes;
}

std::expected<MerkleFrontier, std::string> MerkleFrontier::parse(std::uint64_t size,
                                                                 std::span<const std::uint8_t> bytes) {
  const std::size_t expected_length = static_cast<std::size_t>(std::popcount(size)) * hash_length;
  if (bytes.size() != expected_length) {
    return std::unexpected("a frontier of " + std::to_string(size) + " leaves has " + std::to_string(expected_length) +
                           " bytes, not " + std::to_string(bytes.size()));
  }
  MerkleFrontier frontier;
  frontier.size_ = size;
  frontier.subtrees_.resize(bytes.size() / hash_length);
  for (Hash& subtree : frontier.subtrees_) {
    std::ranges::copy(bytes.first(hash_length), subtree.bytes.begin());
    bytes = bytes.subspan(hash_length);
  }
  return frontier;
}

namespace {

Hash perfect_subtree(int level, std::uint64_t index, NodeSource& nodes) {
  if (is_stored_level(level)) return nodes.node(level, index);
  const Hash left = perfect_subtree(level - 1, 2 * index, nodes);
  return node_hash(left, perfect_subtree(level - 1, 2 * index + 1, nodes));
}

// MTH(D[begin:end]) for a range that the recursive definition of the tree meets: begin is a multiple of the largest
// power of two that fits the range.
Hash range_hash(std::uint64_t begin, std::uint64_t end, NodeSource& nodes) {
  assert(begin < end);
  const std::uint64_t left_size = std::bit_floor(end - begin);
  assert((begin & (left_size - 1)) == 0);
  const int level = std::countr_zero(left_size);
  const std::uint64_t middle = begin + left_size;
  const Hash left = perfect_subtree(level, begin >> level, nodes);
  return middle == end ? left : node_hash(left, range_hash(middle, end, nodes));
}

// Where the tree over two or more leaves divides: after the largest power of two smaller than their number.
std::uint64_t split(std::uint64_t begin, std::uint64_t end) { return begin + std::bit_floor(end - begin - 1); }

}  // namespace

std::vector<Hash> inclusion_proof(std::uint64_t index, std::uint64_t size, NodeSource& nodes) {
  assert(index < size);
  std::vector<Hash> proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  while (end - begin > 1) {
    const std::uint64_t middle = split(begin, end);
    const bool goes_left = index < middle;
    proof.push_back(goes_left ? range_hash(middle, end, nodes) : range_hash(begin, middle, nodes));
    (goes_left ? end : begin) = middle;
  }
  std::ranges::reverse(proof);
  return proof;
}

std::vector<Hash> consistency_proof(std::uint64_t size1, std::uint64_t size2, NodeSource& nodes) {
  assert(1 <= size1 && size1 <= size2);
  std::vector<Hash> proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size2;
  while (end != size1) {
    const std::uint64_t middle = split(begin, end);
    const bool goes_left = size1 <= middle;
    proof.push_back(goes_left ? range_hash(middle, end, nodes) : range_hash(begin, middle, nodes));
    (goes_left ? end : begin) = middle;
  }
  // Where the walk never went right, what is left is the whole first tree, whose root the verifier holds.
  if (begin != 0) proof.push_back(range_hash(begin, end, nodes));
  std::ranges::reverse(proof);
  return proof;
}

namespace {

// A verifier's way up: a node's index on its level and that of the level's last node (fn and sn of RFC 9162).
struct Climb {
  std::uint64_t node;
  std::uint64_t last;

  bool is_at_root() const { return last == 0; }
  bool is_left_child() const { return node % 2 == 0; }
  bool has_left_sibling() const { return !is_left_child() || node == last; }

  void ascend_one_level() {
    node >>= 1;
    last >>= 1;
  }

  // Needs !is_at_root(). A last node that is a left child has no sibling: it rises unchanged until it is a right child.
  void ascend() {
    assert(!is_at_root());
    while (node == last && is_left_child()) ascend_one_level();
    ascend_one_level();
  }
};

}  // namespace

bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf, std::span<const Hash> proof,
                      const Hash& root) {
  if (index >= size) return false;
  Climb climb{index, size - 1};
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (climb.is_at_root()) return false;
    hash = climb.has_left_sibling() ? node_hash(sibling, hash) : node_hash(hash, sibling);
    climb.ascend();
  }
  return climb.is_at_root() && hash == root;
}

bool verify_consistency(std::uint64_t size1, std::uint64_t size2, const Hash& root1, const Hash& root2,
                        std::span<const Hash> proof) {
  if (size1 == 0 || size1 > size2) return false;
  if (size1 == size2) return proof.empty() && root1 == root2;
  if (proof.empty()) return false;

  Climb climb{size1 - 1, size2 - 1};
  while (!climb.is_left_child()) climb.ascend_one_level();

  // The proof starts at the last perfect subtree of the first tree; where that is all of it, the root stands for it.
  const bool starts_at_root1 = std::has_single_bit(size1);
  Hash first = starts_at_root1 ? root1 : proof.front();
  Hash second = first;
  for (const Hash& sibling : proof.subspan(starts_at_root1 ? 0 : 1)) {
    if (climb.is_at_root()) return false;
    if (climb.has_left_sibling()) {
      first = node_hash(sibling, first);
      second = node_hash(sibling, second);
    } else {
      second = node_hash(second, sibling);
    }
    climb.ascend();
  }
  return climb.is_at_root() && first == root1 && second == root2;
}

}  // namespace upline::eventstore
