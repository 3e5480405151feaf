// Which part of the past a query sees.
#pragma once

#include "domain/ids.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <limits>
#include <optional>

namespace upline::projections {

/// An event counts when it occurred by `occurred_until` and, with a position, lies no later in the log. Pending and
/// available part at `time` (ledger specification, "Balances of a member at time t").
struct AsOf {
  std::optional<domain::Position> position{};
  domain::Timestamp time{domain::timestamp_max};
  domain::Timestamp occurred_until{time};

  domain::Position last_position() const {
    constexpr domain::Position whole_log{std::numeric_limits<std::int64_t>::max()};
    return position.value_or(whole_log);
  }

  bool counts(domain::Position event, domain::Timestamp occurred_at) const {
    return occurred_at <= occurred_until && event <= last_position();
  }
};

/// The books as they were when the log reached this position, which was recorded at `recorded_at`: every event up to it
/// counts, one with an occurred_at that ran ahead of the clock as well.
constexpr AsOf as_of_position(domain::Position position, domain::Timestamp recorded_at) {
  return {.position = position, .time = recorded_at, .occurred_until = domain::timestamp_max};
}

}  // namespace upline::projections
