// Texts that many rows name, as numbers: the table `names` of a read model, in the order in which they were first
// named.
#pragma once

#include "eventstore/bounded_cache.hpp"
#include "projections/known_numbers.hpp"
#include "projections/read_model_database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace upline::projections {

std::optional<std::int64_t> find_name(ReadModelDatabase& database, std::string_view name);

/// For who writes: numbers are found, or given.
class NumbersOfNames {
 public:
  explicit NumbersOfNames(ReadModelDatabase& database);

  std::int64_t of(const std::string& name);

  /// What is known in memory, where that has grown large.
  void forget_many() { numbers_.forget_many(); }

 private:
  ReadModelDatabase& database_;
  KnownNumbers numbers_;
};

/// For who reads.
class NamesOfNumbers {
 public:
  explicit NamesOfNumbers(ReadModelDatabase& database);

  /// Throws UnusableView where there is none. Valid until the next call.
  const std::string& of(std::int64_t number);

 private:
  ReadModelDatabase& database_;
  eventstore::BoundedCache<std::int64_t, std::string> names_;
};

}  // namespace upline::projections
