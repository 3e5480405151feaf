// What a settlement and its lines look like to a program: the same over HTTP and on the command line.
#pragma once

#include "domain/settlement.hpp"

#include <nlohmann/json_fwd.hpp>

namespace upline::eventstore {

nlohmann::ordered_json settlement_json(const domain::SettlementId& id, const domain::Settlement& settlement);

/// A list with an object for each currency.
nlohmann::ordered_json totals_json(const domain::PayoutTotals& totals);

}  // namespace upline::eventstore
