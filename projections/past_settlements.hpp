// Settlements as they stood at an earlier moment: what happened to them from the log, what became of their payouts from
// the read model.
#pragma once

#include "domain/settlement.hpp"
#include "eventstore/event_store.hpp"
#include "projections/as_of.hpp"
#include "projections/payouts.hpp"

#include <optional>

namespace upline::projections {

/// One of them, or all; those that were not opened by then are left out. Costs their streams, and a scan of all
/// payouts.
domain::Settlements past_settlements(eventstore::EventStore& log, const Payouts& payouts, const AsOf& as_of,
                                     const std::optional<domain::SettlementId>& only);

}  // namespace upline::projections
