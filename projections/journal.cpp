#include "projections/journal.hpp"

#include "projections/checkpoint.hpp"
#include "projections/journal_movements.hpp"
#include "projections/journal_payouts.hpp"
#include "projections/journal_tables.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

using domain::Minor;

std::string_view name(TransactionKind kind) {
  switch (kind) {
    case TransactionKind::payment:
      return "payment";
    case TransactionKind::delivery:
      return "delivery";
    case TransactionKind::refund:
      return "refund";
    case TransactionKind::chargeback:
      return "chargeback";
    case TransactionKind::payment_returned:
      return "payment-returned";
    case TransactionKind::commission:
      return "commission";
    case TransactionKind::commission_reversed:
      return "commission-reversed";
    case TransactionKind::payout_paid:
      return "payout-paid";
    case TransactionKind::payout_failed:
      return "payout-failed";
    case TransactionKind::payout_returned:
      return "payout-returned";
    case TransactionKind::commission_available:
      return "commission-available";
    case TransactionKind::payout_scheduled:
      return "payout-scheduled";
    case TransactionKind::payout_cancelled:
      return "payout-cancelled";
  }
  std::unreachable();
}

std::string JournalTransaction::code() const {
  const auto* derived = kind == TransactionKind::commission_available ? "-available"
                        : kind == TransactionKind::payout_cancelled   ? "-cancelled"
                                                                      : "";
  return fmt::format("ev-{}{}", position.value, derived);
}

void AccountSums::post(std::size_t account, Minor amount) {
  if (account >= balance.size()) {
    balance.resize(account + 1);
    used.resize(account + 1);
  }
  const auto sum = domain::checked_sum(balance[account], amount);
  if (!sum) throw std::overflow_error(fmt::format("the sum of account {} does not fit 64 bits", account));
  balance[account] = *sum;
  used[account] = true;
}

constexpr const char* select_movements =
    "SELECT number, about, occurred_at, available_in, member, packed FROM movements "
    "WHERE occurred_at <= $1 AND number < $2";

domain::Position Journal::position() const { return read_checkpoint(database_).position; }

AccountSums Journal::balances(const AsOf& as_of) const {
  AccountSums sums;
  const auto behind = static_cast<std::uint64_t>(first_number_behind(as_of.last_position()));
  MovementRow row;
  for (auto rows = database_.query(select_movements, {as_of.occurred_until, behind}); rows.next();) {
    read(rows, 0, row);
    const bool is_over = row.available_at && *row.available_at <= as_of.time;
    for (const auto& movement : row.movements) {
      if (movement.number >= behind) break;
      // The payable account's number is the next.
      const bool is_payable = is_over && movement.is_commission();
      const bool credits_member = movement.kind == TransactionKind::commission;
      sums.post(movement.debit + (is_payable && !credits_member ? 1 : 0), movement.amount);
      sums.post(movement.credit + (is_payable && credits_member ? 1 : 0), Minor{-movement.amount.value});
    }
  }
  const auto last = as_of.last_position();
  BookedPayouts(database_).visit([&](const BookedPayout& line) {
    if (line.fixed.counts(as_of.occurred_until, last)) line.post(sums, 1);
    if (line.cancelled.counts(as_of.occurred_until, last)) line.post(sums, -1);
  });
  return sums;
}

constexpr const char* select_accounts =
    "SELECT number, kind, name, currency FROM accounts UNION ALL "
    "SELECT number + 1, 5, name, currency FROM accounts WHERE kind = 4 ORDER BY kind, name, currency";

void Journal::accounts(const std::function<void(const JournalAccount&)>& visit) const {
  auto row = database_.query(select_accounts);
  while (row.next()) {
    visit({.number = account_at(row, 0),
           .kind = static_cast<domain::AccountKind>(row.integer(1)),
           .name = std::string(row.text(2)),
           .currency = std::string(row.text(3))});
  }
}

constexpr const char* select_title = "SELECT title FROM products WHERE product_id = $1";

std::string Journal::title_of(std::string_view product) const {
  auto row = database_.query(select_title, {product});
  return row.next() ? std::string(row.text(0)) : std::string();
}

}  // namespace upline::projections
