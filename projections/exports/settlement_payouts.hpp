// The payouts of a settlement as the formats of payout files ask for them.
#pragma once

#include "domain/settlement.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/vault.hpp"
#include "projections/exports/payout_file.hpp"

#include <expected>

namespace upline::projections {

/// A settlement whose payouts may be made, or why they may not.
std::expected<domain::Settlement, domain::Rejection> approved_settlement(eventstore::EventStore& log,
                                                                         const domain::SettlementId& id);

/// All of its lines, also those that have a result. Borrows log and vault. Throws DamagedStore where it is not fixed.
PayoutBatch payouts_of(eventstore::EventStore& log, eventstore::Vault& vault, const domain::SettlementId& id,
                       const domain::Settlement& settlement, Payer payer);

}  // namespace upline::projections
