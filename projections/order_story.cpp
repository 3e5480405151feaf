#include "projections/order_story.hpp"

#include "domain/commission.hpp"
#include "domain/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace upline::projections {

using namespace domain;

namespace {

template <class E>
void add(std::vector<Audited<E>>& list, const RecordedEvent& event, const E& e) {
  list.push_back({event.position, event.occurred_at, e});
}

}  // namespace

bool OrderStory::take(const RecordedEvent& event) {
  note_time_of_payment(event);
  const bool counts = as_of_.counts(event.position, event.occurred_at);
  if (counts) tell(event);
  return counts;
}

Minor OrderStory::commission_base() const {
  const auto& refunded = audit_.delivered_position ? refunded_before_delivery_ : audit_.refunded;
  return {audit_.placed.amount_due.value - refunded.value};
}

OrderAudit OrderStory::finish() {
  add_silent_levels();
  return std::move(audit_);
}

void OrderStory::tell(const RecordedEvent& event) {
  std::visit(Overloaded{
                 [&](const OrderPlaced& e) { place(event, e); },
                 [&](const PaymentReceived& e) { pay(event, e); },
                 [&](const PaymentMismatched& e) { add(audit_.mismatches, event, e); },
                 [&](const PaymentReturned& e) { add(audit_.returns, event, e); },
                 [&](const OrderExpired& e) { end(event, Ending::expired, e.freed, {}); },
                 [&](const OrderCancelled& e) { end(event, Ending::cancelled, e.freed, e.reason); },
                 [&](const StockAwaited& e) {
                   audit_.waited = AuditedWait{event.position, event.occurred_at, e.quantity, {}};
                 },
                 [&](const StockNoLongerAwaited&) { end_wait(event); },
                 [&](const KeysDelivered& e) {
                   audit_.keys = e.keys;
                   deliver(event);
                 },
                 [&](const KeyReplaced& e) { add(audit_.replaced, event, e); },
                 [&](const DeliveredKeysRevoked& e) {
                   audit_.revoked = Audited<DeliveredKeysRevoked>{event.position, event.occurred_at, e};
                 },
                 [&](const OrderDelivered&) { deliver(event); },
                 [&](const CommissionForfeited& e) { forfeit(event, e); },
                 [&](const CommissionWithheld& e) { audit_.withheld = e; },
                 [&](const OrderRefunded& e) { refund(event, e); },
                 [&](const CommissionAccrued& e) { accrue(event, e); },
                 [&](const CommissionReversed& e) { reverse(event, e); },
                 [](const auto&) {},
             },
             event.event);
}

void OrderStory::place(const RecordedEvent& event, const OrderPlaced& placed) {
  audit_.placed = placed;
  audit_.placed_position = event.position;
  audit_.placed_at = event.occurred_at;
}

/// Whether it counts or not: the order is paid once all the payments count that it took.
void OrderStory::note_time_of_payment(const RecordedEvent& event) {
  if (const auto* placed = std::get_if<OrderPlaced>(&event.event)) {
    currency_ = placed->currency;
    last_payment_ = event.occurred_at;
  }
  const auto* payment = std::get_if<PaymentReceived>(&event.event);
  if (payment == nullptr || payment->currency != currency_) return;
  last_payment_ = std::max(last_payment_, event.occurred_at);
}

void OrderStory::pay(const RecordedEvent& event, const PaymentReceived& payment) {
  audit_.payments.push_back({event.position, event.occurred_at, payment, note_of(payment)});
  if (payment.effect != PaymentEffect::pays || !as_of_.counts(event.position, last_payment_)) return;
  audit_.paid_position = event.position;
  audit_.paid_at = last_payment_;
  audit_.channel = payment.channel;
  if (payment.chain) {
    upline_ = payment.chain->upline;
    audit_.plan = AuditedPlan{.plan = payment.chain->plan, .version = payment.chain->version};
  }
}

PaymentNote OrderStory::note_of(const PaymentReceived& payment) const {
  const bool cancelled = audit_.ended && audit_.ended->how == Ending::cancelled;
  if (payment.effect == PaymentEffect::owed_back) {
    if (cancelled) return PaymentNote::after_cancelling;
    return payment.currency == currency_ ? PaymentNote::second : PaymentNote::other_currency;
  }
  if (audit_.ended) return PaymentNote::late;
  return payment.effect == PaymentEffect::underpays ? PaymentNote::in_part : PaymentNote::none;
}

void OrderStory::end(const RecordedEvent& event, Ending how, Quantity freed, const std::string& reason) {
  audit_.ended = AuditedEnding{event.position, event.occurred_at, how, freed, reason};
}

void OrderStory::end_wait(const RecordedEvent& event) {
  if (audit_.waited) audit_.waited->ended_by = event.position;
}

void OrderStory::deliver(const RecordedEvent& event) {
  end_wait(event);
  audit_.delivered_position = event.position;
  audit_.delivered_at = event.occurred_at;
  refunded_before_delivery_ = audit_.refunded;
}

void OrderStory::accrue(const RecordedEvent& event, const CommissionAccrued& e) {
  audit_.levels.push_back({.level = e.level,
                           .member = {event.stream.id},
                           .outcome = LevelOutcome::earned,
                           .position = event.position,
                           .rate = e.rate,
                           .base = e.base,
                           .amount = e.amount,
                           .rounded_off_ten_thousandths = rounded_off_ten_thousandths(e.rate, e.base, e.amount),
                           .available_at = e.available_at,
                           .kept = e.amount});
}

void OrderStory::forfeit(const RecordedEvent& event, const CommissionForfeited& e) {
  audit_.levels.push_back({.level = e.level,
                           .member = e.beneficiary,
                           .outcome = LevelOutcome::forfeited,
                           .forfeit_reason = e.reason,
                           .position = event.position,
                           .rate = e.rate,
                           .base = e.base,
                           .amount = e.amount,
                           .rounded_off_ten_thousandths = rounded_off_ten_thousandths(e.rate, e.base, e.amount)});
}

void OrderStory::refund(const RecordedEvent& event, const OrderRefunded& e) {
  audit_.refunds.push_back({event.position, e.refund, e.amount, e.reason, event.occurred_at, e.kind});
  audit_.refunded.value += e.amount.value;
  for (auto& level : audit_.levels) {
    if (level.outcome != LevelOutcome::earned) continue;
    const auto target = kept_after_refund(level.rate, level.amount, audit_.placed.amount_due, refunded_before_delivery_,
                                          audit_.refunded);
    level.reversals.push_back({.refund = e.refund, .target = target});
  }
}

void OrderStory::reverse(const RecordedEvent& event, const CommissionReversed& e) {
  const auto held = std::ranges::find_if(audit_.levels, [&](const AuditedLevel& level) {
    return level.level == e.level && level.outcome == LevelOutcome::earned;
  });
  if (held == audit_.levels.end()) return;
  held->kept.value -= e.amount.value;
  const auto reversal = std::ranges::find(held->reversals, e.refund, &AuditedReversal::refund);
  if (reversal == held->reversals.end()) return;
  reversal->amount = e.amount;
  reversal->position = event.position;
  reversal->available_at = e.available_at;
}

/// Members who stood above but got neither an accrual nor a forfeit: their share was below one minor unit, or the
/// order waits, or was paid back while it did.
void OrderStory::add_silent_levels() {
  const bool is_settled = audit_.delivered_position || audit_.refunded == audit_.placed.amount_due;
  for (std::size_t i = 0; i < upline_.size(); ++i) {
    const Level level{static_cast<std::uint8_t>(i + 1)};
    if (std::ranges::find(audit_.levels, level, &AuditedLevel::level) != audit_.levels.end()) continue;
    audit_.levels.push_back(
        {.level = level, .member = upline_[i], .outcome = is_settled ? LevelOutcome::nothing : LevelOutcome::waiting});
  }
  std::ranges::sort(audit_.levels, {}, &AuditedLevel::level);
}

}  // namespace upline::projections
