// One order's whole story out of the log: who bought, who stood above and why, what each level earned, what was rounded
// off, what was taken back, with the position of every event that it rests on. Read from the events themselves, so it
// needs no read model and is never behind.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace upline::projections {

using domain::Position;

/// Something taken back from a level by a refund.
struct AuditedReversal {
  Position position{};
  domain::RefundId refund{};
  domain::Minor amount{};
  domain::Timestamp available_at{};
};

enum class LevelOutcome : std::uint8_t {
  earned,
  forfeited,  // the member was suspended or closed at delivery
  nothing,    // less than one minor unit, or a fixed plan's budget was used up
};

std::string_view name(LevelOutcome outcome);

/// One member of the frozen upline.
struct AuditedLevel {
  domain::Level level{};
  domain::MemberId member{};
  std::optional<Position> bound_by{};  // the event that put this member above the one below
  LevelOutcome outcome{};
  std::optional<domain::ForfeitReason> forfeit_reason{};
  std::optional<Position> position{};  // of the accrual or the forfeit
  domain::Rate rate{};
  domain::Minor base{};
  domain::Minor amount{};                      // earned, or forfeited
  std::int64_t rounded_off_ten_thousandths{};  // of a minor unit; stays with the merchant
  std::optional<domain::Timestamp> available_at{};
  std::vector<AuditedReversal> reversals{};
  domain::Minor kept{};
};

struct AuditedRefund {
  Position position{};
  domain::RefundId refund{};
  domain::Minor amount{};
  std::string reason{};
  domain::Timestamp occurred_at{};
};

struct AuditedPlan {
  domain::PlanId plan{};
  domain::PlanVersion version{};
  std::optional<Position> published_by{};
  domain::PlanTerms terms{};
};

struct OrderAudit {
  domain::OrderId order{};
  domain::OrderPlaced placed{};
  std::string product_title{};
  Position placed_position{};
  domain::Timestamp placed_at{};
  std::optional<Position> paid_position{};
  std::optional<domain::Timestamp> paid_at{};
  std::string channel{};
  std::optional<Position> delivered_position{};
  std::optional<domain::Timestamp> delivered_at{};
  std::vector<domain::KeyRange> keys{};
  std::optional<AuditedPlan> plan{};                     // none where no plan applied
  std::optional<domain::CommissionWithheld> withheld{};  // a plan in another currency
  std::vector<AuditedLevel> levels{};
  std::vector<AuditedRefund> refunds{};
  domain::Minor refunded{};
  domain::Minor commission_earned{};
  domain::Minor commission_kept{};
};

/// Nothing where the shop has no such order. Reads the order's, the plan's, the product's and the upline's streams:
/// some microseconds an event.
std::optional<OrderAudit> audit_order(eventstore::EventStore& store, const domain::OrderId& order);

}  // namespace upline::projections
