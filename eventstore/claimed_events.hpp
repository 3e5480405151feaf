// What a claim leads to: the event that was first with an id or a code, read from the log. Two look-ups each, about 10
// microseconds; one where nothing is claimed.
#pragma once

#include "domain/ids.hpp"
#include "domain/pay_order.hpp"
#include "domain/refund_order.hpp"
#include "domain/return_payment.hpp"
#include "eventstore/event_store.hpp"

#include <optional>

namespace upline::eventstore {

std::optional<domain::KnownRefund> known_refund(EventStore& store, const domain::RefundId& id);
std::optional<domain::KnownPayment> known_payment(EventStore& store, const domain::PaymentId& id);
std::optional<domain::KnownReturn> known_return(EventStore& store, const domain::ReturnId& id);

/// This payment came before, under a known id and with this very content.
bool is_mismatch_recorded(EventStore& store, const domain::PayOrder& payment);

std::optional<domain::MemberId> owner_of(EventStore& store, const domain::ReferralCode& code);

}  // namespace upline::eventstore
