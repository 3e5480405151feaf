// Two fillings of one projection, row by row.
#pragma once

#include "projections/projection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace upline::projections {

constexpr std::size_t differing_keys_max = 5;

/// How a read model's table differs from what the log says it holds.
struct Difference {
  std::string projection{};
  std::string table{};
  std::uint64_t rows{};             // that differ, are missing, or should not be there
  std::vector<std::string> keys{};  // of the first few of them: `m1 CNY 17: differs`
};

/// One for each table that differs. Reads both in the order of their keys; constant memory.
std::vector<Difference> differences(const Projection& projection, ReadModelDatabase& live, ReadModelDatabase& fresh);

}  // namespace upline::projections
