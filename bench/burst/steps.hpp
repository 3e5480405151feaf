// What became of the buyers of a run, step by step.
#pragma once

#include "bench/load/generator.hpp"
#include "bench/load/sample.hpp"

#include <cstddef>
#include <vector>

namespace upline::bench {

/// Of the buyers who came within it.
struct Step {
  double begin{};  // seconds since the begin of the run
  double seconds{};
  std::size_t failed{};
  Latencies sold{};
  Latencies shed{};
  std::size_t waiting_max{};  // who had come and had no answer, at the worst moment of the step

  std::size_t offered() const { return sold.count() + shed.count() + failed; }
  double per_second(std::size_t buyers) const { return static_cast<double>(buyers) / seconds; }
};

/// So many steps of the same length, which make up `seconds`.
std::vector<Step> steps_of(const std::vector<Sample>& samples, double seconds, std::size_t count);

}  // namespace upline::bench
