#include "bench/burst/steps.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace upline::bench {

namespace {

double seconds_of(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

std::size_t step_at(double second, const std::vector<Step>& steps) {
  const auto index = static_cast<std::size_t>(std::max(0.0, second / steps.front().seconds));
  return std::min(index, steps.size() - 1);
}

void count_waiting(const std::vector<Sample>& samples, std::vector<Step>& steps) {
  std::vector<std::pair<double, int>> changes;
  changes.reserve(samples.size() * 2);
  for (const auto& sample : samples) {
    const auto came = seconds_of(sample.meant_at);
    changes.emplace_back(came, 1);
    changes.emplace_back(came + sample.took.count() / 1000, -1);
  }
  std::ranges::sort(changes);
  std::size_t waiting = 0;
  for (const auto& [second, change] : changes) {
    change > 0 ? ++waiting : --waiting;
    auto& most = steps[step_at(second, steps)].waiting_max;
    most = std::max(most, waiting);
  }
}

}  // namespace

std::vector<Step> steps_of(const std::vector<Sample>& samples, double seconds, std::size_t count) {
  std::vector<Step> steps(count);
  for (std::size_t i = 0; i < count; ++i) {
    steps[i].seconds = seconds / static_cast<double>(count);
    steps[i].begin = static_cast<double>(i) * steps[i].seconds;
  }
  for (const auto& sample : samples) {
    auto& step = steps[step_at(seconds_of(sample.meant_at), steps)];
    if (sample.fate == Fate::failed) ++step.failed;
    if (sample.fate != Fate::failed) (sample.fate == Fate::sold ? step.sold : step.shed).add(sample.took);
  }
  for (auto& step : steps) {
    step.sold.sort();
    step.shed.sort();
  }
  count_waiting(samples, steps);
  return steps;
}

}  // namespace upline::bench
