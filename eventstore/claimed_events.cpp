#include "eventstore/claimed_events.hpp"

#include "eventstore/claims.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/stream_states.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace upline::eventstore {

namespace {

using namespace domain;

/// The event that holds this claim, or nothing.
std::optional<RecordedEvent> holder(EventStore& store, ClaimKind kind, std::string_view key) {
  const auto position = store.claimed(kind, claim_key(key));
  if (!position) return std::nullopt;
  const auto event = store.read_one(*position);
  if (!event) throw DamagedStore(fmt::format("a claim names position {}, which is not there", position->value));
  return decode(*event);
}

}  // namespace

std::optional<KnownRefund> known_refund(EventStore& store, const RefundId& id) {
  auto event = holder(store, ClaimKind::refund_id, id.value);
  if (!event) return std::nullopt;
  return KnownRefund{{event->stream.id}, event_as<OrderRefunded>(std::move(event->event)), event->occurred_at};
}

std::optional<KnownPayment> known_payment(EventStore& store, const PaymentId& id) {
  auto event = holder(store, ClaimKind::payment_id, id.value);
  if (!event) return std::nullopt;
  auto received = event_as<PaymentReceived>(std::move(event->event));
  return KnownPayment{{event->stream.id}, received.amount, std::move(received.currency)};
}

std::optional<KnownReturn> known_return(EventStore& store, const ReturnId& id) {
  auto event = holder(store, ClaimKind::return_id, id.value);
  if (!event) return std::nullopt;
  return KnownReturn{{event->stream.id}, event_as<PaymentReturned>(std::move(event->event))};
}

bool is_mismatch_recorded(EventStore& store, const PayOrder& payment) {
  const auto key = mismatch_key({payment.payment, payment.order, payment.amount, payment.currency});
  return store.claimed(ClaimKind::payment_mismatch, claim_key(key)).has_value();
}

std::optional<MemberId> owner_of(EventStore& store, const ReferralCode& code) {
  const auto event = holder(store, ClaimKind::referral_code, code.value);
  return event ? std::optional(MemberId{event->stream.id}) : std::nullopt;
}

}  // namespace upline::eventstore
