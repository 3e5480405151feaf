// What each event claims for itself in the whole shop: so a second one like it is seen without reading the log.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_store.hpp"

#include <functional>
#include <string>

namespace upline::eventstore {

using ClaimVisitor = std::function<void(ClaimKind kind, ClaimKey key)>;

/// The command id is not among them: it belongs to the envelope.
void for_each_claim(const domain::Event& event, const ClaimVisitor& visit);

/// What a mismatched payment is known by: its whole content.
std::string mismatch_key(const domain::PaymentMismatched& event);

}  // namespace upline::eventstore
