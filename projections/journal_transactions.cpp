// The journal's transactions in the order of their dates. Those that no event says (the end of a hold) are derived from
// the movements that they follow from.
#include "eventstore/bounded_cache.hpp"
#include "eventstore/stored_event.hpp"
#include "projections/journal.hpp"
#include "projections/journal_payouts.hpp"
#include "projections/journal_tables.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

using domain::Minor;
using Rows = ReadModelDatabase::Rows;

namespace {

/// Enough for the accounts that one day's movements share.
constexpr std::size_t cached_accounts = 4096;

constexpr const char* select_account = "SELECT kind, name, currency FROM accounts WHERE number = $1";
constexpr const char* select_settlement = "SELECT settlement_id FROM settlements WHERE number = $1";
constexpr const char* select_order = "SELECT order_id, buyer FROM orders WHERE number = $1";

eventstore::DamagedStore missing(const char* what, std::int64_t number) {
  return eventstore::DamagedStore(fmt::format("the journal's {} {} is missing; run: upline rebuild", what, number));
}

/// Rows of one event, joined by what they belong to.
class TransactionReader {
 public:
  explicit TransactionReader(ReadModelDatabase& database) : database_(database), accounts_(cached_accounts) {}

  void begin(JournalTransaction& transaction, const Rows& row, std::uint64_t position) {
    transaction.position = {position};
    transaction.kind = static_cast<TransactionKind>(row.integer(3));
    transaction.at = row.time(0);
    transaction.order.clear();
    transaction.settlement.clear();
    transaction.postings.clear();
    if (row.is_null(8)) return read_order(transaction, row.integer(7));
    read_settlement(transaction, row.integer(7));
    transaction.payee = account(account_at(row, 8)).name;
  }

  void add(JournalTransaction& transaction, const Rows& row) {
    if (is_payout_line(transaction.kind)) return add_payout_line(transaction, row);
    post(transaction, account_at(row, 4), row.minor(6));
    post(transaction, account_at(row, 5), Minor{-row.minor(6).value});
  }

 private:
  /// What one event moves from the same account at several places is one posting.
  void post(JournalTransaction& transaction, std::size_t number, Minor amount) {
    const auto same = std::ranges::find_if(transaction.postings, [&](const JournalPosting& posting) {
      return posting.account.number == number && (posting.amount > Minor{0}) == (amount > Minor{0});
    });
    if (same != transaction.postings.end()) {
      same->amount.value += amount.value;
      return;
    }
    transaction.postings.push_back({account(number), amount});
    const auto& account = transaction.postings.back().account;
    if (is_owed_to_member(account.kind)) transaction.payee = account.name;
  }

  const JournalAccount& account(std::size_t number) {
    if (const auto* known = accounts_.find(number)) return *known;
    auto row = database_.query(select_account, {number});
    if (!row.next()) throw missing("account", static_cast<std::int64_t>(number));
    return accounts_.put(number, {.number = number,
                                  .kind = static_cast<domain::AccountKind>(row.integer(0)),
                                  .name = std::string(row.text(1)),
                                  .currency = std::string(row.text(2))});
  }

  static bool is_payout_line(TransactionKind kind) {
    return kind == TransactionKind::payout_scheduled || kind == TransactionKind::payout_cancelled;
  }

  void add_payout_line(JournalTransaction& transaction, const Rows& row) {
    const auto member = account(account_at(row, 8));
    const bool is_scheduled = transaction.kind == TransactionKind::payout_scheduled;
    const domain::PayoutAmounts amounts{.gross = row.minor(6),
                                        .tax = row.minor(9),
                                        .fee = row.minor(10),
                                        .net = {row.integer(6) - row.integer(9) - row.integer(10)}};
    const auto line = is_scheduled ? payout_scheduled(member.name, amounts, member.currency)
                                   : payout_unscheduled(member.name, amounts, member.currency);
    for (const auto& posting : line) {
      const auto number = find_account(database_, posting.account, posting.currency);
      if (!number) throw missing("account of payout", row.integer(1));
      post(transaction, static_cast<std::size_t>(*number), posting.amount);
    }
  }

  void read_settlement(JournalTransaction& transaction, std::int64_t number) {
    auto row = database_.query(select_settlement, {number});
    if (!row.next()) throw missing("settlement", number);
    transaction.settlement = row.text(0);
  }

  void read_order(JournalTransaction& transaction, std::int64_t number) {
    auto row = database_.query(select_order, {number});
    if (!row.next()) throw missing("order", number);
    transaction.order = row.text(0);
    transaction.payee = row.text(1);
  }

  ReadModelDatabase& database_;
  eventstore::BoundedCache<std::size_t, JournalAccount> accounts_;
};

// A reversal after the hold (kind 7, available at once) takes from payable, whose number is the next. At the end of a
// hold (kind 11) a commission goes from pending to payable, and what was taken back of it during the hold goes the
// other way. A settlement's lines are scheduled (12) where it is fixed, and are cancelled (13) together.
constexpr const char* select_transactions =
    "SELECT occurred_at AS at, number, 0 AS stage, kind, "
    "debit + CASE WHEN kind = 7 AND available_at <= occurred_at THEN 1 ELSE 0 END AS debit, credit, amount_minor, "
    "about, member, 0 AS tax, 0 AS fee FROM movements WHERE occurred_at >= $1 AND occurred_at < $2 AND number < $3 "
    "UNION ALL "
    "SELECT available_at, number, 1, 11, CASE WHEN kind = 6 THEN credit ELSE debit + 1 END, "
    "CASE WHEN kind = 6 THEN credit + 1 ELSE debit END, amount_minor, about, member, 0, 0 FROM movements "
    "WHERE available_at >= $1 AND available_at < $2 AND number < $3 AND (kind = 6 OR available_at > occurred_at) "
    "UNION ALL "
    "SELECT s.fixed_at, p.position * 8, 0, 12, 0, 0, p.gross_minor, p.settlement, p.member, p.tax_minor, p.fee_minor "
    "FROM payouts p JOIN settlements s ON s.number = p.settlement "
    "WHERE s.fixed_at >= $1 AND s.fixed_at < $2 AND s.fixed_position * 8 < $3 "
    "UNION ALL "
    "SELECT s.cancelled_at, p.position * 8, 2, 13, 0, 0, p.gross_minor, p.settlement, p.member, p.tax_minor, "
    "p.fee_minor FROM payouts p JOIN settlements s ON s.number = p.settlement "
    "WHERE s.cancelled_at >= $1 AND s.cancelled_at < $2 AND s.cancelled_position * 8 < $3 "
    "ORDER BY 1, 2, 3";

}  // namespace

void Journal::transactions(const JournalPeriod& period,
                           const std::function<void(const JournalTransaction&)>& visit) const {
  TransactionReader reader(database_);
  JournalTransaction transaction;
  auto row = database_.query(select_transactions, {period.from, period.until, first_number_behind(period.last)});
  std::pair<std::uint64_t, std::int64_t> current{};
  while (row.next()) {
    const auto position = static_cast<std::uint64_t>(row.integer(1)) / movements_per_event;
    const std::pair next{position, row.integer(2)};
    if (next != current) {
      if (current.first != 0) visit(transaction);
      reader.begin(transaction, row, position);
      current = next;
    }
    reader.add(transaction, row);
  }
  if (current.first != 0) visit(transaction);
}

constexpr const char* select_unsorted =
    "SELECT kind, debit, credit, amount_minor, occurred_at, available_at FROM movements "
    "WHERE (occurred_at < $1 OR available_at < $1) AND number < $2";

namespace {

bool dates(const JournalPeriod& period, domain::Timestamp at) { return at >= period.from && at < period.until; }

void note_date(PeriodSums& sums, domain::Timestamp at) {
  sums.first = std::min(sums.first, at);
  sums.last = std::max(sums.last, at);
}

/// Takes the movement into the sums where its date lies in the period.
void take(PeriodSums& sums, const JournalPeriod& period, domain::Timestamp at, std::size_t debit, std::size_t credit,
          Minor amount) {
  if (!dates(period, at)) return;
  note_date(sums, at);
  sums.sums.post(debit, amount);
  sums.sums.post(credit, Minor{-amount.value});
}

void take(PeriodSums& sums, const JournalPeriod& period, const PayoutMoment& moment, const BookedPayout& line,
          int sign) {
  if (moment.position == domain::Position{0} || moment.position > period.last || !dates(period, moment.at)) return;
  note_date(sums, moment.at);
  line.post(sums.sums, sign);
}

}  // namespace

PeriodSums Journal::sums(const JournalPeriod& period) const {
  PeriodSums sums;
  auto row = database_.query(select_unsorted, {period.until, first_number_behind(period.last)});
  while (row.next()) {
    const auto kind = static_cast<TransactionKind>(row.integer(0));
    const auto debit = account_at(row, 1);
    const auto credit = account_at(row, 2);
    const auto at = row.time(4);
    const auto available_at = row.optional_time(5);
    const bool reverses = kind == TransactionKind::commission_reversed;
    const bool is_over = reverses && *available_at <= at;
    take(sums, period, at, is_over ? debit + 1 : debit, credit, row.minor(3));
    if (!available_at || is_over) continue;
    const auto pending = reverses ? debit : credit;
    take(sums, period, *available_at, reverses ? pending + 1 : pending, reverses ? pending : pending + 1, row.minor(3));
  }
  BookedPayouts(database_).visit([&](const BookedPayout& line) {
    take(sums, period, line.fixed, line, 1);
    take(sums, period, line.cancelled, line, -1);
  });
  return sums;
}

constexpr const char* select_payees =
    "SELECT o.buyer FROM movements m JOIN orders o ON o.number = m.about "
    "WHERE m.kind <= 5 AND m.occurred_at >= $1 AND m.occurred_at < $2 AND m.number < $3 "
    "UNION "
    "SELECT a.name FROM movements m JOIN accounts a ON a.number = CASE WHEN m.kind = 6 THEN m.credit ELSE m.debit END "
    "WHERE m.kind BETWEEN 6 AND 7 AND (m.occurred_at >= $1 AND m.occurred_at < $2 "
    "OR m.available_at >= $1 AND m.available_at < $2) AND m.number < $3 "
    "UNION "
    "SELECT a.name FROM movements m JOIN accounts a ON a.number = m.member "
    "WHERE m.kind >= 8 AND m.occurred_at >= $1 AND m.occurred_at < $2 AND m.number < $3 "
    "UNION "
    "SELECT a.name FROM payouts p JOIN settlements s ON s.number = p.settlement JOIN accounts a ON a.number = p.member "
    "WHERE s.fixed_at >= $1 AND s.fixed_at < $2 AND s.fixed_position * 8 < $3 "
    "OR s.cancelled_at >= $1 AND s.cancelled_at < $2 AND s.cancelled_position * 8 < $3 "
    "ORDER BY 1";

void Journal::payees(const JournalPeriod& period, const std::function<void(std::string_view)>& visit) const {
  auto row = database_.query(select_payees, {period.from, period.until, first_number_behind(period.last)});
  while (row.next()) visit(row.text(0));
}

}  // namespace upline::projections
