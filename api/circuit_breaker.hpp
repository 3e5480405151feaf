// Whether a target that fails is still asked. Closed: every attempt goes through. Open, after several failures on end:
// none does, for a while. Half-open, after that while: one goes through, and decides. Pure: time and chance are given.
#pragma once

#include "domain/time.hpp"

#include <cstdint>
#include <string_view>

namespace upline::api {

enum class BreakerState : std::uint8_t { closed, half_open, open };

/// `closed`, `half_open`, `open`.
std::string_view name(BreakerState state);

/// Twice as long with every attempt, from `first` up to `most`; of that, at least half, the rest by `chance` (0 to 1),
/// so that what failed together does not come back together.
struct Backoff {
  domain::Duration first{domain::microseconds_per_second};
  domain::Duration most{3600 * domain::microseconds_per_second};

  /// After the attempt of this number: 1, 2, 3 ...
  domain::Duration after(std::uint32_t attempts, double chance) const;
};

class CircuitBreaker {
 public:
  CircuitBreaker(std::uint32_t failures_max, Backoff pauses) : failures_max_(failures_max), pauses_(pauses) {}

  /// Whether an attempt may be made now; whoever is told so makes it, and tells what came of it.
  bool lets_through(domain::Timestamp now);

  void succeeded();
  void failed(domain::Timestamp now, double chance);

  BreakerState state() const { return state_; }

 private:
  void open(domain::Timestamp now, double chance);

  std::uint32_t failures_max_;
  Backoff pauses_;
  BreakerState state_{BreakerState::closed};
  std::uint32_t failures_{};  // on end, while closed
  std::uint32_t openings_{};  // on end
  domain::Timestamp tries_again_at_{};
};

}  // namespace upline::api
