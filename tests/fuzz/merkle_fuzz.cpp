// Whatever stands in a proof: verifying ends, and of a small tree only the true proof is accepted.
#include "eventstore/merkle.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

using namespace upline::eventstore;
using Bytes = std::span<const std::uint8_t>;

class Leaves : public NodeSource {
 public:
  explicit Leaves(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::array<std::uint8_t, 1> leaf{static_cast<std::uint8_t>(i)};
      leaves_.push_back(leaf_hash(leaf));
      frontier_.append(leaves_.back());
    }
  }
  Hash node(int, std::uint64_t index) override { return leaves_.at(index); }
  Hash root() const { return frontier_.root(); }

 private:
  std::vector<Hash> leaves_;
  MerkleFrontier frontier_;
};

/// Each pair of bytes says what to do to the proof, and where.
void tamper(std::vector<Hash>& proof, Bytes orders) {
  for (; orders.size() >= 2 && !proof.empty(); orders = orders.subspan(2)) {
    const auto place = orders[1] % proof.size();
    const auto at = proof.begin() + static_cast<std::ptrdiff_t>(place);
    switch (orders[0] % 4) {
      case 0:
        proof.erase(at);
        break;
      case 1:
        proof.insert(at, proof[place]);
        break;
      case 2:
        std::swap(proof[place], proof.front());
        break;
      default:
        at->bytes[orders[0] % at->bytes.size()] ^= orders[1];
        break;
    }
  }
}

void only_the_true_proof_is_accepted(std::uint64_t size, std::uint64_t index, Bytes orders) {
  Leaves leaves(size);
  const auto inclusion = inclusion_proof(index, size, leaves);
  auto tampered = inclusion;
  tamper(tampered, orders);
  const bool included = verify_inclusion(index, size, leaves.node(0, index), tampered, leaves.root());
  if (included != (tampered == inclusion)) std::abort();

  const auto consistency = consistency_proof(index + 1, size, leaves);
  tampered = consistency;
  tamper(tampered, orders);
  const auto earlier_root = Leaves(index + 1).root();
  const bool consistent = verify_consistency(index + 1, size, earlier_root, leaves.root(), tampered);
  if (consistent != (tampered == consistency)) std::abort();
}

std::uint64_t take_number(Bytes& bytes) {
  std::uint64_t number{};
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes = bytes.subspan(sizeof number);
  return number;
}

void verifying_ends(Bytes bytes) {
  const auto first = take_number(bytes);
  const auto second = take_number(bytes);
  std::vector<Hash> proof;
  for (; bytes.size() >= 32; bytes = bytes.subspan(32)) proof.push_back(*hash_from_bytes(bytes.first(32)));
  verify_inclusion(first, second, Hash{}, proof, Hash{});
  verify_consistency(first, second, Hash{}, Hash{}, proof);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
  const Bytes bytes(data, length);
  if (length >= 16) verifying_ends(bytes);
  if (length >= 2) {
    const std::uint64_t size = 1 + data[0] % 64;
    only_the_true_proof_is_accepted(size, data[1] % size, bytes.subspan(2));
  }
  return 0;
}
