// The keys of one pool, replayed: which ordinals wait, which are for sale, how many open orders hold, and that none is
// in two places.
#pragma once

#include "domain/key_pool.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

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
  std::optional<std::string> withdraw(const KeysWithdrawn& event);
  std::optional<std::string> revoke(const KeysRevoked& event);

  /// An open order holds a number of keys, not certain ones.
  std::optional<std::string> reserve(std::uint64_t count);
  std::optional<std::string> free_reserved(std::uint64_t count);

  /// Out of the reserved ones, or out of those that no order holds.
  std::optional<std::string> deliver(const KeyRange& range, KeySource source);

  /// Shared keys serve so many units, one after the other; one without a limit any number. Those that are used up leave
  /// the sale.
  std::optional<std::string> share(const std::vector<KeyRange>& keys, std::uint64_t units);

  /// A delivered key comes back as revoked, and another one takes its place.
  std::optional<std::string> replace(std::uint64_t new_key);
  void revoke_delivered(std::uint64_t count);

  const KeyCounts& counts() const { return counts_; }

 private:
  using Ranges = std::map<std::uint64_t, std::uint64_t>;  // by first ordinal: one past the last

  static bool holds(const Ranges& ranges, const KeyRange& range);
  static void add(Ranges& ranges, const KeyRange& range);
  static void take(Ranges& ranges, const KeyRange& range);
  bool is_imported(const KeyRange& range) const;
  std::optional<std::string> take_free(const KeyRange& range, const char* moved);
  std::uint32_t use_limit_of(std::uint64_t key) const;
  std::uint64_t use(std::uint64_t key, std::uint64_t units);

  KeyCounts counts_;
  Ranges unreleased_;
  Ranges for_sale_;                                    // released and reserved
  std::map<std::uint64_t, std::uint32_t> use_limits_;  // by first ordinal of the imports, where one has a limit
  std::map<std::uint64_t, std::uint32_t> used_;        // by key: what is used of a limited one, below its limit
};

}  // namespace upline::domain
