// How many requests were shed since the start, by their class and by why.
#pragma once

#include "api/shed.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace upline::api {

/// A line of the metric.
struct ShedCount {
  std::string_view request_class{};  // of the routes, see RouteName
  std::string_view reason{};
  std::uint64_t requests{};
};

/// From any thread; counting is one atomic step.
class ShedCounter {
 public:
  /// A class that is none of the known ones counts as "none".
  void count(std::string_view request_class, Shed shed);

  /// All of them, also those that are 0.
  std::vector<ShedCount> counts() const;

 private:
  static constexpr std::array<std::string_view, 6> classes{"report",  "lookup",     "order",
                                                           "payment", "monitoring", "none"};

  std::array<std::array<std::atomic<std::uint64_t>, all_shed_reasons.size()>, classes.size()> counts_{};
};

}  // namespace upline::api
