#include "projections/journal_payouts.hpp"

#include "projections/journal_tables.hpp"

#include <map>
#include <string>
#include <string_view>

namespace upline::projections {

using domain::AccountKind;
using domain::Minor;

void BookedPayout::post(AccountSums& sums, int sign) const {
  const auto post_to = [&](std::size_t account, std::int64_t amount) {
    if (amount != 0) sums.post(account, Minor{sign * amount});
  };
  post_to(member, amounts.gross.value);
  post_to(payouts, -amounts.net.value);
  post_to(tax, -amounts.tax.value);
  post_to(fees, -amounts.fee.value);
}

namespace {

/// Of one currency.
struct SharedAccounts {
  std::size_t payouts{};
  std::size_t tax{};
  std::size_t fees{};
};

SharedAccounts shared_accounts(ReadModelDatabase& database, std::string_view currency) {
  const auto number = [&](AccountKind kind) {
    return static_cast<std::size_t>(find_account(database, {kind, {}}, currency).value_or(0));
  };
  return {number(AccountKind::payouts), number(AccountKind::tax_withheld), number(AccountKind::fees)};
}

PayoutMoment moment_from(const ReadModelDatabase::Rows& row, int column) {
  return row.is_null(column) ? PayoutMoment{} : PayoutMoment{row.position(column), row.time(column + 1)};
}

}  // namespace

constexpr const char* select_lines =
    "SELECT a.currency, p.member, p.gross_minor, p.tax_minor, p.fee_minor, s.fixed_position, s.fixed_at, "
    "s.cancelled_position, s.cancelled_at FROM payouts p JOIN settlements s ON s.number = p.settlement "
    "JOIN accounts a ON a.number = p.member - 1 WHERE s.fixed_position IS NOT NULL";

void BookedPayouts::visit(const std::function<void(const BookedPayout&)>& visit) const {
  std::map<std::string, SharedAccounts, std::less<>> of_currency;
  auto row = database_.query(select_lines);
  while (row.next()) {
    auto known = of_currency.find(row.text(0));
    if (known == of_currency.end()) {
      known = of_currency.emplace(row.text(0), shared_accounts(database_, row.text(0))).first;
    }
    const auto& [payouts, tax, fees] = known->second;
    visit({.member = account_at(row, 1),
           .payouts = payouts,
           .tax = tax,
           .fees = fees,
           .amounts = {.gross = row.minor(2),
                       .tax = row.minor(3),
                       .fee = row.minor(4),
                       .net = {row.integer(2) - row.integer(3) - row.integer(4)}},
           .fixed = moment_from(row, 5),
           .cancelled = moment_from(row, 7)});
  }
}

}  // namespace upline::projections
