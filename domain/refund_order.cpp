#include "domain/refund_order.hpp"

#include "domain/commission.hpp"
#include "domain/overloaded.hpp"

#include <algorithm>

namespace upline::domain {

namespace {

using Decision = std::expected<NewEvents, Rejection>;

std::expected<void, Rejection> check(const OrderTerms& terms, Minor refunded, const RefundOrder& c) {
  if (c.amount.value <= 0) return refuse(Reason::invalid_amount, c.refund.value);
  if (c.amount.value > terms.amount_due.value - refunded.value) {
    return refuse(Reason::refund_too_large, c.order.value + ": " + std::to_string(terms.amount_due.value) + " due, " +
                                                std::to_string(refunded.value) + " refunded before");
  }
  if (!is_plain_text(c.reason, reason_bytes_max)) return refuse(Reason::invalid_text, "reason");
  return {};
}

NewEvent refunded_event(const RefundOrder& c) {
  return {stream_of(c.order), c.occurred_at, OrderRefunded{c.refund, c.amount, c.reason, c.kind}};
}

/// While the accrual is pending the reversal matures with it; later it counts at once. It never dates from before its
/// accrual.
NewEvent reversal(const RefundOrder& c, const HeldAccrual& held, Minor amount, const Currency& currency) {
  return {account_stream(held.beneficiary), std::max(held.accrued_at, c.occurred_at),
          CommissionReversed{c.order, c.refund, held.level, held.plan, amount, currency,
                             std::max(held.available_at, c.occurred_at)}};
}

Decision refund_delivered(const DeliveredOrder& order, const RefundOrder& c) {
  if (auto checked = check(order.terms, order.refunded, c); !checked) return std::unexpected(checked.error());
  const Minor refunded{order.refunded.value + c.amount.value};
  NewEvents events{refunded_event(c)};
  for (const auto& held : order.accruals) {
    const auto target =
        kept_after_refund(held.rate, held.accrued, order.terms.amount_due, order.refunded_before_delivery, refunded);
    const Minor taken_back{held.kept.value - target.value};
    if (taken_back == Minor{0}) continue;
    events.push_back(reversal(c, held, taken_back, order.terms.currency));
  }
  if (c.revoke_keys && !order.shared && !order.keys.empty()) {
    events.push_back(
        {stream_of(c.order), c.occurred_at, DeliveredKeysRevoked{order.terms.product, c.refund, order.keys}});
  }
  return events;
}

Decision refund_paid(const PaidOrder& order, const RefundOrder& c) {
  if (auto checked = check(order.terms, order.refunded, c); !checked) return std::unexpected(checked.error());
  NewEvents events{refunded_event(c)};
  if (order.awaits_stock && order.refunded.value + c.amount.value == order.terms.amount_due.value) {
    const auto& terms = order.terms;
    events.push_back(
        {stream_of(c.order), c.occurred_at, StockNoLongerAwaited{terms.product, terms.member, terms.quantity}});
  }
  return events;
}

/// Files have no column for the reason, so a refund without one says nothing about it.
/// The order still holds keys that this refund is to void, so the first time it was not.
bool keeps_keys(const Order& state) {
  const auto* delivered = std::get_if<DeliveredOrder>(&state);
  return delivered != nullptr && !delivered->shared && !delivered->keys.empty();
}

Decision refund_again(const Order& state, const KnownRefund& known, const RefundOrder& c) {
  if (c.revoke_keys && keeps_keys(state)) return refuse(Reason::conflict, c.refund.value);
  const bool same_reason = c.reason.empty() || known.event.reason == c.reason;
  const bool same_time = !c.dated || known.occurred_at == c.occurred_at;
  if (known.order != c.order || known.event.amount != c.amount || known.event.kind != c.kind || !same_time ||
      !same_reason) {
    return refuse(Reason::conflict, c.refund.value);
  }
  return Decision{};
}

}  // namespace

Decision decide(const Order& state, const std::optional<KnownRefund>& known, const RefundOrder& command) {
  if (known) return refund_again(state, *known, command);
  if (!is_well_formed_id(command.refund.value)) return refuse(Reason::invalid_id, "refund");
  return std::visit(
      Overloaded{
          [&](const NoOrder&) -> Decision { return refuse(Reason::unknown_order, command.order.value); },
          [&](const PlacedOrder&) -> Decision { return refuse(Reason::not_paid, command.order.value); },
          [&](const ExpiredOrder&) -> Decision { return refuse(Reason::not_paid, command.order.value); },
          [&](const CancelledOrder&) -> Decision { return refuse(Reason::not_paid, command.order.value); },
          [&](const PaidOrder& o) { return refund_paid(o, command); },
          [&](const DeliveredOrder& o) { return refund_delivered(o, command); },
      },
      state);
}

}  // namespace upline::domain
