// Whether the tables of streams and claims say what the events say, without remembering or looking up a single row:
// what the events should have put there and what is there are added up as keyed hashes, and the sums compared.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_store.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace upline::eventstore {

/// Of one comparison: random, so that nobody can make rows whose sums are equal by design.
using SumKey = std::array<std::uint8_t, 16>;

SumKey random_sum_key();

/// The sum of the hashes of what was added, in any order. Two different collections have the same one by chance only,
/// once in 2^128.
struct CollectionSum {
  std::uint64_t low{};
  std::uint64_t high{};

  void add(const SumKey& key, std::span<const std::uint8_t> element);
  void remove(const SumKey& key, std::span<const std::uint8_t> element);
  void add(const CollectionSum& other);
  bool operator==(const CollectionSum&) const = default;
};

/// Of the events that follow each other in one part of the log; parts are joined in their order, and may be added up by
/// different threads.
class LogSums {
 public:
  explicit LogSums(const SumKey& key) : key_(key) {}

  void add(const StoredEvent& stored, const domain::RecordedEvent& recorded);

  /// Of what comes directly behind this.
  void join(const LogSums& next);

  /// Whether the store's tables are those of all events, which these sums have to be of. Reads both tables.
  bool agree_with(EventStore& store) const;

 private:
  void claim(ClaimKind kind, ClaimKey claimed, domain::Position position);

  SumKey key_;
  CollectionSum newest_{};  // events that no other names as the one before it in its stream: the heads of all streams
  CollectionSum claims_{};
  bool links_are_possible_{true};
  std::string first_command_{};
  domain::Position first_{};
  std::string last_command_{};
  std::vector<std::uint8_t> element_{};
};

}  // namespace upline::eventstore
