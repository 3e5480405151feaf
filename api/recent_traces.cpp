#include "api/recent_traces.hpp"

#include "eventstore/command_handler.hpp"

#include <algorithm>

namespace upline::api {

void RecentTraces::remember(const eventstore::Outcome& outcome, const TraceContext& trace) {
  const bool is_repeated = outcome.answer == eventstore::Answer::repeated;
  if (is_repeated || outcome.first == domain::Position{0}) return;
  const std::scoped_lock lock(mutex_);
  if (!commands_.empty() && outcome.first <= commands_.back().last) return;  // a payment's mismatch that came again
  if (commands_.size() >= commands_max_) commands_.pop_front();
  commands_.push_back({outcome.first, outcome.last, trace});
}

std::optional<TraceContext> RecentTraces::of(domain::Position position) const {
  const std::scoped_lock lock(mutex_);
  const auto behind = std::ranges::upper_bound(commands_, position, {}, &Command::first);
  if (behind == commands_.begin()) return std::nullopt;
  const auto& command = *std::prev(behind);
  return position <= command.last ? std::optional(command.trace) : std::nullopt;
}

}  // namespace upline::api
