// What a promoter reads: in each currency what stood open at the beginning of a time, every line of the account within
// it, and what stands open at its end. Opening balance and lines add up to the closing balance, or it is not written.
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"
#include "projections/commission_balances.hpp"
#include "projections/payouts.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace upline::projections {

struct StatementTime {
  domain::MemberId member{};
  domain::Timestamp from{};   // lines that occurred from here on
  domain::Timestamp until{};  // and before this
};

enum class PayoutStep : std::uint8_t { scheduled, paid, failed, returned, cancelled };

/// What became of a payout: its gross leaves the balance when it is scheduled, and comes back where it failed, was
/// returned, or was cancelled with its settlement. That it was paid moves nothing any more.
struct PayoutMove {
  PayoutStep step{};
  std::string currency{};
  Happened happened{};
  domain::Minor amount{};  // what it adds to the balance
  std::string settlement{};
  domain::PayoutAmounts amounts{};
  std::string text{};  // the payment's reference, or why it ended
};

/// One line, an entry or a step of a payout, and what stands open after it: all that was earned and neither taken back
/// nor settled, pending or not.
struct StatementLine {
  const Entry* entry{};  // or
  const PayoutMove* payout{};
  domain::Minor balance{};

  domain::Timestamp occurred_at() const { return entry != nullptr ? entry->occurred_at : payout->happened.at; }
  domain::Minor amount() const { return entry != nullptr ? entry->amount : payout->amount; }
  std::string_view currency() const { return entry != nullptr ? entry->currency : std::string_view(payout->currency); }
  domain::Position position() const { return entry != nullptr ? entry->position : payout->happened.position; }
};

/// `accrual`, `reversal`, `payout`, `payout_paid`, `payout_failed`, `payout_returned`,
/// `payout_cancelled`.
std::string_view kind_of(const StatementLine& line);

/// Receives a statement from its beginning to its end.
class StatementWriter {
 public:
  virtual ~StatementWriter() = default;
  virtual void begin(const StatementTime& time) = 0;
  virtual void begin_currency(const domain::Currency& currency, domain::Minor opening) = 0;
  virtual void line(const StatementLine& line) = 0;
  virtual void end_currency(const domain::Currency& currency, domain::Minor closing) = 0;
  virtual void end() = 0;
};

/// Currencies in the order of their codes, lines in the order of the log. Memory for the member's payouts, one a
/// settlement; about 2 microseconds a line. Throws where the lines do not add up: then the read model is damaged.
void write_statement(const CommissionBalances& balances, const Payouts& payouts, const AsOf& as_of,
                     const StatementTime& time, StatementWriter& writer);

/// The same sums, for who shows the lines page by page.
std::vector<StatementSums> statement_sums(const CommissionBalances& balances, const Payouts& payouts, const AsOf& as_of,
                                          const StatementTime& time);

/// Lines behind the cursor of `page` and within its time, at most its limit, by currency, then position. `balance` is
/// left out. Costs the page, and the member's payouts.
void statement_lines(const CommissionBalances& balances, const Payouts& payouts, const AsOf& as_of,
                     const domain::MemberId& member, const EntryPage& page,
                     const std::function<void(const StatementLine&)>& visit);

}  // namespace upline::projections
