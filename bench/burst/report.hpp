// What a replayed day came to: a table for people, JSON for programs. The picture is chart.hpp's.
#pragma once

#include "bench/burst/cpu_time.hpp"
#include "bench/burst/steps.hpp"
#include "bench/burst/watch.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace upline::bench {

/// The shop before the first buyer came.
struct ShopBefore {
  double orders{};
  std::uint64_t events{};
  std::uintmax_t bytes{};
  std::size_t members{};
  std::size_t products{};
};

struct Replay {
  std::string day{};  // the curve's
  double seconds{};   // that it was compressed to
  double knee{};      // 0 where it was not looked for
  double peak{};      // buyers a second
  ShopBefore shop{};
  std::vector<Sample> samples{};
  std::size_t payments_shed{};
  std::vector<Reading> readings{};
  CpuTime cpu{};         // while it was replayed
  double cpu_seconds{};  // that this took by the clock
  std::size_t cores{};
};

/// The time of the day that a moment of the run stands for: `18:30`.
std::string time_of_day(double second, double seconds);

/// What is told above the table and in the picture, in two lines.
std::vector<std::string> summary(const Replay& replay);

/// Markdown, a row a step.
std::string table(const Replay& replay, std::size_t steps);

std::string json(const Replay& replay, std::size_t steps);

/// The worst lag that was read from..to, in milliseconds.
double lag_max(const std::vector<Reading>& readings, double from, double to);

}  // namespace upline::bench
