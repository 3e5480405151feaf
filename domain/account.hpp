// A member's account: the commissions earned and taken back, and the payouts. Its stream holds nothing else, so its
// versions number a statement's lines without a gap.
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/payout.hpp"
#include "domain/plan.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <variant>

namespace upline::domain {

/// Distance upward from the buyer: 1 is the direct referrer.
struct Level {
  std::uint8_t value{};
  auto operator<=>(const Level&) const = default;
};

/// What a level earns: basis points of the base, or minor units per unit sold. The numbers are stored.
enum class RateKind : std::uint8_t { basis_points = 1, fixed_minor = 2 };

struct Rate {
  RateKind kind{RateKind::basis_points};
  std::int64_t value{};
  bool operator==(const Rate&) const = default;
};

// Events ("entries"), in the stream `account/<member>`

/// A commission earned by a delivered order, with everything it was computed from.
struct CommissionAccrued {
  OrderId order{};
  Level level{};
  PlanId plan{};
  PlanVersion plan_version{};
  Rate rate{};
  Minor base{};
  Minor amount{};  // above 0
  Currency currency{};
  Timestamp available_at{};
  bool operator==(const CommissionAccrued&) const = default;
};

/// A part of an accrual, or all of it, taken back by a refund.
struct CommissionReversed {
  OrderId order{};
  RefundId refund{};
  Level level{};
  PlanId plan{};
  Minor amount{};  // above 0: what is taken away
  Currency currency{};
  Timestamp available_at{};
  bool operator==(const CommissionReversed&) const = default;
};

using AccountEvent =
    std::variant<CommissionAccrued, CommissionReversed, PayoutScheduled, PayoutPaid, PayoutFailed, PayoutReturned>;

}  // namespace upline::domain
