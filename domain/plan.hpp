// A commission plan: what each level above a buyer earns, for how long it is held, and what a sale may pay out in
// all. Publishing makes a new version; no version is ever edited.
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/policy.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <variant>
#include <vector>

namespace upline::domain {

/// Level i earns floor(base * rate_i / 10000).
struct PercentRates {
  std::vector<BasisPoints> by_level{};
  bool operator==(const PercentRates&) const = default;
};

/// Level i earns a fixed amount per unit sold; only orders in the plan's own currency earn.
struct FixedRates {
  Currency currency{};
  std::vector<Minor> by_level{};
  bool operator==(const FixedRates&) const = default;
};

using Rates = std::variant<PercentRates, FixedRates>;

struct PlanTerms {
  Rates rates{};
  BasisPoints payout_cap{basis_points_whole};
  Duration hold{};
  bool operator==(const PlanTerms&) const = default;
};

struct PlanVersion {
  std::uint32_t value{};
  auto operator<=>(const PlanVersion&) const = default;
};

std::size_t level_count(const PlanTerms& terms);

// Commands

struct PublishPlan {
  PlanId plan{};
  PlanTerms terms{};
  Timestamp occurred_at{};
};

// Events, in the stream `plan/<id>`

struct PlanPublished {
  PlanVersion version{};
  PlanTerms terms{};
  bool operator==(const PlanPublished&) const = default;
};

// State

struct NoPlan {};

struct PublishedPlan {
  PlanVersion latest{};
  std::map<PlanVersion, PlanTerms> versions{};
};

using Plan = std::variant<NoPlan, PublishedPlan>;

/// No events: the newest version has these terms already.
std::expected<std::vector<PlanPublished>, Rejection> decide(const Plan& state, const PublishPlan& command,
                                                            const OpenedShop& shop);
Plan evolve(Plan state, const PlanPublished& event);

}  // namespace upline::domain
