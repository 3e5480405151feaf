// Whether the double entry says the same of the members as their balances do: two read models, each made from the log
// on its own.
#pragma once

#include "projections/as_of.hpp"
#include "projections/commission_balances.hpp"
#include "projections/journal.hpp"

#include <string>
#include <vector>

namespace upline::projections {

/// More findings than this are not told.
constexpr std::size_t journal_findings_max = 10;

/// One sentence for each currency whose accounts do not come to 0, and for each member whose pending or available is
/// not what that member's accounts say; empty where all is well. Both read models have to reach the moment.
std::vector<std::string> journal_findings(const Journal& journal, const CommissionBalances& balances,
                                          const AsOf& as_of);

}  // namespace upline::projections
