// All that one member earned, out of the log: each accrual with the sale that it came from, each reversal with the
// refund behind it, and how the member came to stand where they stand.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace upline::projections {

/// A line of the member's account.
struct AuditedEntry {
  domain::Position position{};
  domain::Version version{};  // 1, 2, 3 ... without a gap: nothing is left out
  domain::Timestamp occurred_at{};
  domain::OrderId order{};
  domain::MemberId buyer{};
  domain::Level level{};
  std::optional<domain::CommissionAccrued> accrued{};
  std::optional<domain::CommissionReversed> reversed{};

  const domain::Currency& currency() const { return accrued ? accrued->currency : reversed->currency; }
  domain::Timestamp available_at() const { return accrued ? accrued->available_at : reversed->available_at; }
  /// Above 0 for an accrual, below for a reversal.
  domain::Minor signed_amount() const { return accrued ? accrued->amount : domain::Minor{-reversed->amount.value}; }
};

struct AuditedSum {
  domain::Minor earned{};
  domain::Minor reversed{};
};

struct MemberAudit {
  domain::MemberId member{};
  domain::Position enrolled_position{};
  domain::Timestamp enrolled_at{};
  domain::ReferralCode code{};
  domain::Standing standing{domain::Standing::active};
  std::optional<domain::MemberId> referrer{};
  std::optional<domain::Position> bound_by{};
  std::vector<AuditedEntry> entries{};
  std::map<domain::Currency, AuditedSum> sums{};
};

/// Nothing where the shop has no such member. Reads the member's streams and the first event of each order: some tens
/// of microseconds an entry.
std::optional<MemberAudit> audit_member(eventstore::EventStore& store, const domain::MemberId& member);

}  // namespace upline::projections
