// One order's whole story out of the log: who bought, what was paid and owed back, what was delivered, who stood above
// and why, what each level earned, what was rounded off, what was taken back, with the position of every event that it
// rests on. Read from the events themselves, so it needs no read model and is never behind. What a payment or a
// delivery rested on is told as it was then.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_store.hpp"
#include "projections/as_of.hpp"
#include "projections/order_facts.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace upline::projections {

using domain::Position;

/// What a refund did to a level that holds an accrual.
struct AuditedReversal {
  domain::RefundId refund{};
  domain::Minor target{};  // what the level may keep after it: the cumulative target of the ledger specification
  domain::Minor amount{};  // taken back
  std::optional<Position> position{};  // none where nothing was taken back
  std::optional<domain::Timestamp> available_at{};
};

enum class LevelOutcome : std::uint8_t {
  earned,
  forfeited,  // the member was suspended or closed at delivery
  nothing,    // less than one minor unit, or a fixed plan's budget was used up
  waiting,    // the order is not delivered yet
};

std::string_view name(LevelOutcome outcome);

/// One member of the frozen upline.
struct AuditedLevel {
  domain::Level level{};
  domain::MemberId member{};
  std::optional<Position> bound_by{};                   // the event that put this member above the one below
  domain::Standing standing{domain::Standing::active};  // at delivery
  std::optional<Position>
      standing_by{};  // the event that made it so: the enrolment, or what suspended, resumed, closed
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

/// An event of the order's own stream, as it stands in the log.
template <class E>
struct Audited {
  Position position{};
  domain::Timestamp occurred_at{};
  E event{};
};

/// Why a payment did not count towards the amount due, or counted in an unusual way.
enum class PaymentNote : std::uint8_t {
  none,
  in_part,  // less than the amount due, with what came before
  late,     // after the order had expired
  second,   // the order was paid before
  other_currency,
  after_cancelling,
};

std::string_view name(PaymentNote note);

struct AuditedPayment {
  Position position{};
  domain::Timestamp occurred_at{};
  domain::PaymentReceived payment{};
  PaymentNote note{};
};

/// How the order ended unpaid, though a late payment may have paid it all the same.
struct AuditedEnding {
  Position position{};
  domain::Timestamp occurred_at{};
  Ending how{};
  domain::Quantity freed{};
  std::string reason{};  // of a cancellation
};

/// A paid order's wait for stock.
struct AuditedWait {
  Position position{};
  domain::Timestamp occurred_at{};
  domain::Quantity quantity{};
  std::optional<Position> ended_by{};  // the delivery, or the refund that left nothing to wait for
};

struct AuditedRefund {
  Position position{};
  domain::RefundId refund{};
  domain::Minor amount{};
  std::string reason{};
  domain::Timestamp occurred_at{};
  domain::RefundKind kind{domain::RefundKind::refund};
};

struct AuditedPlan {
  domain::PlanId plan{};
  domain::PlanVersion version{};
  std::optional<Position> published_by{};
  bool is_default{};                    // of the shop; otherwise the product's own
  std::optional<Position> chosen_by{};  // the shop's DefaultPlanChosen, or the product's PlanAssigned
  domain::PlanTerms terms{};
};

/// The event that put a member above another.
struct AuditedBinding {
  Position position{};
  domain::MemberId referrer{};
};

/// An event that the story rests on.
struct AuditedEvent {
  Position position{};
  domain::StreamId stream{};
  std::string_view type{};
};

struct OrderAudit {
  domain::OrderId order{};
  domain::OrderPlaced placed{};
  std::string product_title{};
  std::optional<Position> product_position{};
  Position placed_position{};
  domain::Timestamp placed_at{};
  std::optional<AuditedBinding> bound_referrer{};  // by this order, as the buyer's first purchase
  std::vector<AuditedPayment> payments{};
  std::vector<Audited<domain::PaymentMismatched>> mismatches{};
  std::vector<Audited<domain::PaymentReturned>> returns{};
  std::optional<AuditedEnding> ended{};
  std::optional<AuditedWait> waited{};
  std::optional<Position> paid_position{};     // of the payment that reached the amount due
  std::optional<domain::Timestamp> paid_at{};  // when the last of the payments that it took was made
  std::string channel{};
  std::optional<Position> delivered_position{};
  std::optional<domain::Timestamp> delivered_at{};
  std::vector<domain::KeyRange> keys{};  // as they were delivered
  std::vector<Audited<domain::KeyReplaced>> replaced{};
  std::optional<Audited<domain::DeliveredKeysRevoked>> revoked{};
  std::optional<AuditedPlan> plan{};                     // none where no plan applied
  std::optional<domain::CommissionWithheld> withheld{};  // a plan in another currency
  std::vector<AuditedLevel> levels{};
  std::optional<Position> chain_ends_with{};  // enrolment of the topmost member, where the plan would reach further
  std::vector<AuditedRefund> refunds{};
  domain::Minor refunded{};
  domain::Minor commission_earned{};
  domain::Minor commission_kept{};
  std::vector<AuditedEvent> rests_on{};  // in the order of positions
};

/// As the read model of orders tells it: state_name(facts_of(audit)).
OrderFacts facts_of(const OrderAudit& audit);

/// What the shop owes the buyer back, apart from refunds, in every currency in which anything came in.
std::map<domain::Currency, domain::Minor> owed_back(const OrderAudit& audit);

/// Nothing where the shop had no such order by then. Reads the order's, the plan's, the product's, the policy's and the
/// upline's streams: some microseconds an event.
std::optional<OrderAudit> audit_order(eventstore::EventStore& store, const domain::OrderId& order,
                                      const AsOf& as_of = {});

}  // namespace upline::projections
