// What each event claims for itself in the whole shop: so a second one like it is seen without reading the log.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_store.hpp"

#include <functional>
#include <string>

namespace upline::eventstore {

using ClaimVisitor = std::function<void(ClaimKind kind, ClaimKey key)>;

/// The command id is not among them: it belongs to the envelope. `stream` is the event's.
void for_each_claim(const domain::StreamId& stream, const domain::Event& event, const ClaimVisitor& visit);

/// `settlement/attempt/member/currency`.
std::string line_key(const domain::SettlementId& settlement, domain::Attempt attempt, const domain::MemberId& member,
                     const domain::Currency& currency);

/// `settlement/member/currency`: of what became of the payout.
std::string payout_key(const domain::SettlementId& settlement, const domain::MemberId& member,
                       const domain::Currency& currency);

/// What a mismatched payment is known by: its whole content.
std::string mismatch_key(const domain::PaymentMismatched& event);

}  // namespace upline::eventstore
