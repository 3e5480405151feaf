// Double entry: what each event moves, between which accounts. Ledger specification, "Double entry".
#pragma once

#include "domain/event.hpp"
#include "domain/money.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace upline::domain {

enum class AccountKind : std::uint8_t {
  gateway,             // Assets:Gateway:<channel>
  buyers,              // Liabilities:Buyers
  sales,               // Income:Sales:<product>
  commission_expense,  // Expenses:Commission:<plan>
  commission_pending,  // Liabilities:Commission:Pending:<member>
  commission_payable,  // Liabilities:Commission:Payable:<member>
  payouts,             // Liabilities:Payouts
  tax_withheld,        // Liabilities:TaxWithheld
  fees,                // Income:Fees
  bank,                // Assets:Bank
};

/// An account of the shop's books, not a member's account stream. `name` is the channel, product, plan or member; what
/// the shop has one of has no name.
struct LedgerAccount {
  AccountKind kind{};
  std::string_view name{};
  bool operator==(const LedgerAccount&) const = default;
};

/// `Liabilities:Commission:Pending:alice`.
std::string to_text(const LedgerAccount& account);

/// Debits are above 0, credits below. The texts belong to what the posting was made from.
struct Posting {
  LedgerAccount account{};
  Minor amount{};
  std::string_view currency{};
  bool operator==(const Posting&) const = default;
};

/// A balanced set of postings: they add up to 0 in each currency.
using Transaction = std::vector<Posting>;

/// What the journal needs to know of the order that an event of an order stream belongs to, when it happens.
struct OrderInBooks {
  std::string_view product{};
  std::string_view channel{};
  std::string_view currency{};
  Minor unrefunded{};  // amount due less what was refunded before the event
  bool delivered{};
};

/// Empty where nothing moves: a gift, a forfeit, all that is no money. `order` matters in order streams only.
/// A payout's line moves nothing by itself: it is booked by payout_scheduled() where its attempt is fixed, and a
/// cancelled settlement's lines by payout_unscheduled() where that is told. Both events stand in the settlement's
/// stream.
Transaction postings(const RecordedEvent& recorded, const OrderInBooks& order);

/// The end of the hold, dated available_at and derived: no event says it. `amount` is below 0 where a reversal that
/// was made during the hold ends with it.
Transaction maturity(std::string_view member, Minor amount, std::string_view currency);

/// One line of a settlement, from the position on that fixes it. `member` is the account's.
Transaction payout_scheduled(std::string_view member, const PayoutAmounts& amounts, std::string_view currency);

/// The scheduled one mirrored: of a line that failed, or whose settlement was cancelled.
Transaction payout_unscheduled(std::string_view member, const PayoutAmounts& amounts, std::string_view currency);

}  // namespace upline::domain
