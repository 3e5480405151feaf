// Double entry as a read model: every transaction of the shop's books, and the balance of every account at any moment
// (ledger specification, "Double entry").
#pragma once

#include "domain/ids.hpp"
#include "domain/journal.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"
#include "projections/as_of.hpp"
#include "projections/projection.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace upline::projections {

/// The numbers are stored in the read model; they never change.
enum class TransactionKind : std::uint8_t {
  payment = 1,
  delivery = 2,
  refund = 3,
  chargeback = 4,
  payment_returned = 5,
  commission = 6,
  commission_reversed = 7,
  payout_paid = 8,
  payout_failed = 9,
  payout_returned = 10,
  // These are derived, no row holds them.
  commission_available = 11,
  payout_scheduled = 12,
  payout_cancelled = 13,
};

/// `payment`, `commission-available`.
std::string_view name(TransactionKind kind);

/// An account in one currency. Its number is the read model's own: 1, 2, 3 ... without a gap.
struct JournalAccount {
  std::size_t number{};
  domain::AccountKind kind{};
  std::string name{};
  std::string currency{};

  domain::LedgerAccount in_books() const { return {kind, name}; }
};

struct JournalPosting {
  JournalAccount account{};
  domain::Minor amount{};  // a debit is above 0
};

/// The postings add up to 0. Those of one event are one transaction; the end of a hold is one of its own.
struct JournalTransaction {
  domain::Position position{};  // of the event; where it is derived, of the one that it follows from
  TransactionKind kind{};
  domain::Timestamp at{};
  std::string payee{};       // the buyer, or the member whose commission it is
  std::string order{};       // empty where it is a payout
  std::string settlement{};  // empty where it is none
  std::vector<JournalPosting> postings{};

  /// Unlike any other's: `ev-17`, `ev-17-available`.
  std::string code() const;
};

/// What is dated from `from` on and before `until`, of what the log held up to `last`.
struct JournalPeriod {
  domain::Timestamp from{domain::timestamp_min};
  domain::Timestamp until{INT64_MAX};
  domain::Position last{AsOf{}.last_position()};
};

/// Sums by the accounts' numbers; place 0 is nobody's.
struct AccountSums {
  std::vector<domain::Minor> balance{};
  std::vector<bool> used{};  // posted to, also where that comes to 0

  void post(std::size_t account, domain::Minor amount);
  domain::Minor of(std::size_t account) const { return account < balance.size() ? balance[account] : domain::Minor{}; }
  bool uses(std::size_t account) const { return account < used.size() && used[account]; }
};

/// What a period comes to.
struct PeriodSums {
  AccountSums sums{};
  domain::Timestamp first{INT64_MAX};  // dates of its transactions; first is after last where there are none
  domain::Timestamp last{INT64_MIN};

  bool empty() const { return last < first; }
};

const Projection& journal_projection();

class Journal {
 public:
  explicit Journal(ReadModelDatabase& database) : database_(database) {}

  /// The position that the answers reach.
  domain::Position position() const;

  /// Every query until its end sees the same state.
  ReadModelDatabase::Transaction hold_still() const { return database_.begin_read(); }

  /// Balances at that moment: pending and payable part at `as_of.time`. A third of a microsecond a row; throws where a
  /// sum does not fit 64 bits.
  AccountSums balances(const AsOf& as_of) const;

  /// What the transactions of the period add up to; as costly as balances().
  PeriodSums sums(const JournalPeriod& period) const;

  /// By kind, name (bytewise), currency.
  void accounts(const std::function<void(const JournalAccount&)>& visit) const;

  /// By date, then position: sorted on disk, in constant memory. Some microseconds each.
  void transactions(const JournalPeriod& period, const std::function<void(const JournalTransaction&)>& visit) const;

  /// Everybody who is the payee of a transaction of the period, once, bytewise in order: sorted on disk, a bit of
  /// memory for each order and account.
  void payees(const JournalPeriod& period, const std::function<void(std::string_view)>& visit) const;

  /// Empty where there is no such product.
  std::string title_of(std::string_view product) const;

 private:
  ReadModelDatabase& database_;
};

}  // namespace upline::projections
