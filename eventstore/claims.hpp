// Which events claim what for the whole shop: read by whoever appends, and by whoever checks the log.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_store.hpp"

#include <functional>

namespace upline::eventstore {

using ClaimVisitor = std::function<void(ClaimKind kind, ClaimKey key)>;

/// The claims that an event makes by its content; a command id is claimed by the first event of its command.
void for_each_claim(const domain::Event& event, const ClaimVisitor& visit);

}  // namespace upline::eventstore
