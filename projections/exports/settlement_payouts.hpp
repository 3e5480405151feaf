// The payouts of a settlement as the formats of payout files ask for them.
#pragma once

#include "domain/settlement.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/vault.hpp"
#include "projections/exports/payout_file.hpp"

#include <cstdint>
#include <expected>
#include <vector>

namespace upline::projections {

/// A settlement whose payouts may be made, or why they may not.
std::expected<domain::Settlement, domain::Rejection> approved_settlement(eventstore::EventStore& log,
                                                                         const domain::SettlementId& id);

/// A payout that no file can hold: its member was erased, and so was the payee account.
struct LeftOutPayout {
  domain::MemberId member{};
  domain::Currency currency{};
  domain::Minor net{};
};

/// What a file of a settlement's payouts holds.
struct FilePayouts {
  PayoutBatch batch{};
  std::uint64_t lines{};
  domain::PayoutTotals totals{};
  std::vector<LeftOutPayout> left_out{};
};

/// All of its lines, also those that have a result, but those of members who were erased. Borrows log and vault. Throws
/// PayoutRefused where no line is left, DamagedStore where the settlement is not fixed.
FilePayouts payouts_of(eventstore::EventStore& log, eventstore::Vault& vault, const domain::SettlementId& id,
                       const domain::Settlement& settlement, Payer payer);

}  // namespace upline::projections
