// All that one member earned, out of the log: each accrual with the sale that it came from, each reversal with the
// refund behind it, what was forfeited and why, and how the member came to stand where they stand.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_store.hpp"
#include "projections/as_of.hpp"
#include "projections/commission_balances.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace upline::projections {

/// The sale that a line came from, and the events that it rests on.
struct AuditedSale {
  domain::OrderId order{};
  domain::MemberId buyer{};
  std::optional<domain::Position> delivered_by{};
  std::optional<domain::Position> published_by{};  // of the plan version that the payment froze
  domain::PlanVersion plan_version{};
};

/// A line of the member's account.
struct AuditedEntry {
  domain::Position position{};
  domain::Version version{};  // 1, 2, 3 ... without a gap: nothing is left out
  domain::Timestamp occurred_at{};
  AuditedSale sale{};
  domain::Level level{};
  std::optional<domain::CommissionAccrued> accrued{};
  std::int64_t rounded_off_ten_thousandths{};  // of a minor unit, by an accrual; stays with the merchant
  std::optional<domain::CommissionReversed> reversed{};
  std::optional<domain::Position> refunded_by{};  // the refund behind a reversal
  domain::RefundKind refund_kind{domain::RefundKind::refund};
  std::optional<domain::Position> takes_back{};  // the accrual that a reversal takes from

  const domain::Currency& currency() const { return accrued ? accrued->currency : reversed->currency; }
  const domain::PlanId& plan() const { return accrued ? accrued->plan : reversed->plan; }
  domain::Timestamp available_at() const { return accrued ? accrued->available_at : reversed->available_at; }
  /// Above 0 for an accrual, below for a reversal.
  domain::Minor signed_amount() const { return accrued ? accrued->amount : domain::Minor{-reversed->amount.value}; }
};

/// What the member would have earned, had they been active at delivery.
struct AuditedForfeit {
  domain::Position position{};
  domain::Timestamp occurred_at{};
  AuditedSale sale{};
  domain::CommissionForfeited forfeited{};
  std::int64_t rounded_off_ten_thousandths{};
  std::optional<domain::Position> standing_by{};  // the event that had suspended or closed the member
};

/// A line of the account that tells of a payout. One of an attempt that was never fixed moves nothing.
struct AuditedPayout {
  domain::Position position{};
  domain::Version version{};
  domain::Timestamp occurred_at{};
  std::string what{};  // `scheduled`, `never counted`, `paid`, `failed`, `returned`
  domain::SettlementId settlement{};
  domain::Currency currency{};
  domain::PayoutAmounts amounts{};
  std::string text{};                              // a reference or a reason
  std::optional<domain::Position> fixed_by{};      // of a line that counts: from there on
  std::optional<domain::Position> cancelled_by{};  // and until there, with its settlement
};

struct AuditedSum {
  domain::Minor earned{};
  domain::Minor reversed{};
  domain::Minor forfeited{};
};

/// The member was moved below another referrer, for later orders.
struct AuditedMove {
  domain::Position position{};
  domain::Timestamp occurred_at{};
  std::optional<domain::MemberId> from{};
  domain::MemberId to{};
  std::string reason{};
};

struct MemberAudit {
  domain::MemberId member{};
  domain::Position enrolled_position{};
  domain::Timestamp enrolled_at{};
  domain::ReferralCode code{};
  domain::Standing standing{domain::Standing::active};
  std::optional<domain::Position> standing_by{};
  std::optional<domain::MemberId> referrer{};
  std::optional<domain::Position> bound_by{};
  std::optional<domain::MemberId> invited_by{};  // who becomes the referrer with the first purchase, if that counts
  std::vector<AuditedMove> moves{};
  std::vector<AuditedEntry> entries{};
  std::vector<AuditedPayout> payouts{};
  std::vector<AuditedForfeit> forfeits{};
  std::map<domain::Currency, AuditedSum> sums{};
};

/// Nothing where the shop had no such member by then. `balances` says where the forfeits lie, which are in the streams
/// of their orders; all the rest is read from the member's streams, and from those of the orders and plans: some tens
/// of microseconds an entry.
std::optional<MemberAudit> audit_member(eventstore::EventStore& store, const CommissionBalances& balances,
                                        const domain::MemberId& member, const AsOf& as_of = {});

}  // namespace upline::projections
