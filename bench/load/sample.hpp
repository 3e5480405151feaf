// What became of one buyer, and how long it took from the moment that was meant for it: a buyer that had to wait for a
// free connection has waited.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace upline::bench {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

enum class Fate {
  sold,    // placed, paid, and keys in the answer
  shed,    // the order was refused with Retry-After
  failed,  // anything else
};

struct Sample {
  Clock::duration meant_at{};  // since the begin of the run
  Milliseconds took{};
  Fate fate{};
};

/// Exact: of all samples, sorted.
class Latencies {
 public:
  void add(Milliseconds took) { all_.push_back(took.count()); }
  void sort() { std::ranges::sort(all_); }
  std::size_t count() const { return all_.size(); }

  /// After sort(); 0 where there are none.
  double percentile(double percent) const {
    if (all_.empty()) return 0;
    const auto rank = std::ceil(percent / 100 * static_cast<double>(all_.size()));
    return all_[std::min(all_.size(), std::max<std::size_t>(1, static_cast<std::size_t>(rank))) - 1];
  }

 private:
  std::vector<double> all_;
};

}  // namespace upline::bench
