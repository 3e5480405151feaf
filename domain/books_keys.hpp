// The keys of one pool, replayed: which ordinals wait, which are for sale, and that none leaves twice.
#pragma once

#include "domain/key_pool.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace upline::domain {

/// Where the keys of a pool are: imported is the sum of the others, since every key moves from one place to one other.
struct KeyCounts {
  std::uint64_t imported{};
  std::uint64_t unreleased{};
  std::uint64_t released{};
  std::uint64_t reserved{};
  std::uint64_t delivered{};
  std::uint64_t revoked{};
  bool operator==(const KeyCounts&) const = default;
};

/// Each call answers nothing, or what is broken, as a part of a sentence. Cost: logarithmic in the gaps that sales out
/// of order leave, of which FIFO leaves none.
class BookedKeys {
 public:
  std::optional<std::string> import(const KeysImported& event);
  std::optional<std::string> release(const KeyRange& range);

  /// A shared key stays for sale.
  std::optional<std::string> deliver(const KeyRange& range, bool shared);

  const KeyCounts& counts() const { return counts_; }

 private:
  using Ranges = std::map<std::uint64_t, std::uint64_t>;  // by first ordinal: one past the last

  static bool holds(const Ranges& ranges, const KeyRange& range);
  static void add(Ranges& ranges, const KeyRange& range);
  static void take(Ranges& ranges, const KeyRange& range);
  bool is_imported(const KeyRange& range) const;

  KeyCounts counts_;
  Ranges unreleased_;
  Ranges for_sale_;
};

}  // namespace upline::domain
