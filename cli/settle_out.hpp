// How settlements are told: as a sentence, as sums, as lines, as JSON.
#pragma once

#include "cli/order_audit_out.hpp"
#include "cli/rows_out.hpp"
#include "domain/settlement.hpp"
#include "eventstore/event_store.hpp"

#include <iosfwd>
#include <string>

namespace upline::cli {

/// `2 lines, 51.00 CNY gross, 8.00 CNY tax, 1.00 CNY fee, 42.00 CNY net`, one line for each currency.
std::string totals_text(const domain::PayoutTotals& totals, const ExponentOf& exponent_of);

/// Columns and cells of a settlement's line.
std::vector<Column> line_columns();
std::vector<Cell> line_cells(const domain::MemberId& member, const domain::Currency& currency,
                             const domain::PayoutAmounts& amounts, const ExponentOf& exponent_of);

/// Everything that `settle show` says.
void print_settlement(std::ostream& out, const domain::SettlementId& id, const domain::Settlement& settlement,
                      const ExponentOf& exponent_of);

}  // namespace upline::cli
