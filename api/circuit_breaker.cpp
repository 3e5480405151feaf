#include "api/circuit_breaker.hpp"

#include <algorithm>
#include <utility>

namespace upline::api {

std::string_view name(BreakerState state) {
  switch (state) {
    case BreakerState::closed:
      return "closed";
    case BreakerState::half_open:
      return "half_open";
    case BreakerState::open:
      return "open";
  }
  std::unreachable();
}

domain::Duration Backoff::after(std::uint32_t attempts, double chance) const {
  auto whole = first.microseconds;
  for (std::uint32_t i = 1; i < attempts && whole < most.microseconds; ++i) whole *= 2;
  whole = std::min(whole, most.microseconds);
  const auto half = whole / 2;
  return {half + static_cast<std::int64_t>(static_cast<double>(whole - half) * chance)};
}

bool CircuitBreaker::lets_through(domain::Timestamp now) {
  if (state_ == BreakerState::closed) return true;
  if (state_ == BreakerState::half_open || now < tries_again_at_) return false;
  state_ = BreakerState::half_open;
  return true;
}

void CircuitBreaker::succeeded() {
  state_ = BreakerState::closed;
  failures_ = 0;
  openings_ = 0;
}

/// While it is open, only attempts from before can fail, and they say nothing new.
void CircuitBreaker::failed(domain::Timestamp now, double chance) {
  if (state_ == BreakerState::half_open) return open(now, chance);
  if (state_ == BreakerState::closed && ++failures_ >= failures_max_) open(now, chance);
}

void CircuitBreaker::open(domain::Timestamp now, double chance) {
  state_ = BreakerState::open;
  failures_ = 0;
  tries_again_at_ = now + pauses_.after(++openings_, chance);
}

}  // namespace upline::api
