// The accountant's reports, from the balances of the journal's accounts: the members' accounts are one line together.
#pragma once

#include "domain/journal.hpp"
#include "domain/money.hpp"
#include "projections/as_of.hpp"
#include "projections/journal.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace upline::projections {

/// An account in one currency. Its balance is debit less credit.
struct ReportLine {
  domain::AccountKind kind{};
  std::string account{};  // as hledger names it: `Liabilities:Commission:Pending`, `Income:Sales:vip`
  std::string currency{};
  std::string title{};       // of a product's sales
  std::uint64_t accounts{};  // that this line sums up, those of 0 left out
  domain::Minor debit{};     // the sum of those whose balance is a debit
  domain::Minor credit{};    // the sum of the others, above 0

  domain::Minor balance() const { return {debit.value - credit.value}; }
};

/// Of each currency the sum over the lines.
struct ReportTotal {
  std::string currency{};
  domain::Minor debit{};
  domain::Minor credit{};

  domain::Minor balance() const { return {debit.value - credit.value}; }
};

struct Report {
  std::vector<ReportLine> lines{};
  std::vector<ReportTotal> totals{};  // by currency
};

/// All accounts: Assets, Liabilities, Income, Expenses; by name, then currency. An account's side is that of its
/// balance, and each currency's debits are its credits. Throws where a sum does not fit 64 bits, as the others do.
Report trial_balance(const Journal& journal, const AsOf& as_of);

/// What was sold and what it cost since the first day: a profit is a credit.
Report income(const Journal& journal, const AsOf& as_of);

/// What is owed to buyers, members and the tax office. A member's debt is a debit.
Report liabilities(const Journal& journal, const AsOf& as_of);

}  // namespace upline::projections
