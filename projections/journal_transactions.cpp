// The journal's transactions in the order of their dates. Those that no event says (the end of a hold) are derived from
// the movements that they follow from.
#include "eventstore/bounded_cache.hpp"
#include "eventstore/stored_event.hpp"
#include "projections/journal.hpp"
#include "projections/journal_movements.hpp"
#include "projections/journal_payouts.hpp"
#include "projections/journal_tables.hpp"
#include "projections/packed_id.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

using domain::Minor;
using Rows = ReadModelDatabase::Rows;

namespace {

/// Enough for the accounts that one day's movements share.
constexpr std::size_t cached_accounts = 4096;

constexpr const char* select_account =
    "SELECT number, kind, name, currency FROM accounts WHERE number IN ($1 - 1, $1) ORDER BY number DESC LIMIT 1";
constexpr const char* select_settlement = "SELECT settlement_id FROM settlements WHERE number = $1";
constexpr const char* select_order = "SELECT order_id, buyer FROM orders WHERE number = $1";

eventstore::DamagedStore missing(const char* what, std::int64_t number) {
  return eventstore::DamagedStore(fmt::format("the journal's {} {} is missing; run: upline rebuild", what, number));
}

/// Movements with their names.
class TransactionReader {
 public:
  using Visit = std::function<void(const JournalTransaction&)>;

  TransactionReader(ReadModelDatabase& database, std::uint64_t behind, const Visit& visit)
      : database_(database), behind_(behind), visit_(visit), accounts_(cached_accounts) {}

  /// What the events of the row moved, each followed by the end of its hold where that is at once.
  void tell(const MovementRow& row) {
    const auto& movements = row.movements;
    for (std::size_t i = 0; i < movements.size() && movements[i].number < behind_;) {
      const auto& first = movements[i];
      begin(first.position(), first.kind, row.occurred_at);
      name_what_it_is_about(row);
      for (; i < movements.size() && movements[i].position() == first.position(); ++i) post(movements[i], row);
      visit_(transaction_);
      if (row.available_at == row.occurred_at) tell_end_of_hold(first, row);
    }
  }

  void tell_ends_of_holds(const MovementRow& row) {
    for (const auto& movement : row.movements) {
      if (movement.number < behind_) tell_end_of_hold(movement, row);
    }
  }

  /// From position, settlement, member, gross, tax and fee, which begin at that column.
  void tell_payout(TransactionKind kind, domain::Timestamp at, const Rows& row, int column) {
    const auto member = account(account_at(row, column + 2));
    begin(static_cast<std::uint64_t>(row.integer(column)), kind, at);
    transaction_.payee = member.name;
    read_settlement(row.integer(column + 1));
    const domain::PayoutAmounts amounts{
        .gross = row.minor(column + 3),
        .tax = row.minor(column + 4),
        .fee = row.minor(column + 5),
        .net = {row.integer(column + 3) - row.integer(column + 4) - row.integer(column + 5)}};
    const auto line = kind == TransactionKind::payout_scheduled
                          ? payout_scheduled(member.name, amounts, member.currency)
                          : payout_unscheduled(member.name, amounts, member.currency);
    for (const auto& posting : line) {
      const auto number = find_account(database_, posting.account, posting.currency);
      if (!number) throw missing("account of payout", row.integer(column));
      post(static_cast<std::size_t>(*number), posting.amount);
    }
    visit_(transaction_);
  }

 private:
  void begin(std::uint64_t position, TransactionKind kind, domain::Timestamp at) {
    transaction_.position = {position};
    transaction_.kind = kind;
    transaction_.at = at;
    transaction_.order.clear();
    transaction_.settlement.clear();
    transaction_.postings.clear();
  }

  void name_what_it_is_about(const MovementRow& row) {
    if (!row.member) return read_order(row.about);
    read_settlement(row.about);
    transaction_.payee = account(*row.member).name;
  }

  /// A reversal after the hold takes from payable, whose number is the next.
  void post(const Movement& movement, const MovementRow& row) {
    const bool is_over = row.available_at && *row.available_at <= row.occurred_at;
    const bool is_of_payable = is_over && movement.kind == TransactionKind::commission_reversed;
    post(movement.debit + (is_of_payable ? 1 : 0), movement.amount);
    post(movement.credit, Minor{-movement.amount.value});
  }

  /// A commission goes from pending to payable, and what was taken back of it during the hold goes the other way.
  void tell_end_of_hold(const Movement& movement, const MovementRow& row) {
    const bool is_earned = movement.kind == TransactionKind::commission;
    if (!movement.is_commission() || (!is_earned && row.available_at <= row.occurred_at)) return;
    begin(movement.position(), TransactionKind::commission_available, *row.available_at);
    name_what_it_is_about(row);
    const auto pending = movement.pending();
    post(is_earned ? pending : pending + 1, movement.amount);
    post(is_earned ? pending + 1 : pending, Minor{-movement.amount.value});
    visit_(transaction_);
  }

  /// What one event moves from the same account at several places is one posting.
  void post(std::size_t number, Minor amount) {
    auto& postings = transaction_.postings;
    const auto same = std::ranges::find_if(postings, [&](const JournalPosting& posting) {
      return posting.account.number == number && (posting.amount > Minor{0}) == (amount > Minor{0});
    });
    if (same != postings.end()) {
      same->amount.value += amount.value;
      return;
    }
    postings.push_back({account(number), amount});
    const auto& account = postings.back().account;
    if (is_owed_to_member(account.kind)) transaction_.payee = account.name;
  }

  const JournalAccount& account(std::size_t number) {
    if (const auto* known = accounts_.find(number)) return *known;
    auto row = database_.query(select_account, {number});
    const bool has_row = row.next();
    const bool is_payable = has_row && account_at(row, 0) != number;
    const auto kind = has_row ? static_cast<domain::AccountKind>(row.integer(1)) : domain::AccountKind{};
    if (!has_row || (is_payable && kind != domain::AccountKind::commission_pending)) {
      throw missing("account", static_cast<std::int64_t>(number));
    }
    return accounts_.put(number, {.number = number,
                                  .kind = is_payable ? domain::AccountKind::commission_payable : kind,
                                  .name = std::string(row.text(2)),
                                  .currency = std::string(row.text(3))});
  }

  void read_settlement(std::int64_t number) {
    auto row = database_.query(select_settlement, {number});
    if (!row.next()) throw missing("settlement", number);
    transaction_.settlement = row.text(0);
  }

  void read_order(std::int64_t number) {
    auto row = database_.query(select_order, {number});
    if (!row.next()) throw missing("order", number);
    transaction_.order = unpacked_id(row.blob(0));
    transaction_.payee = row.text(1);
  }

  ReadModelDatabase& database_;
  std::uint64_t behind_;
  const Visit& visit_;
  eventstore::BoundedCache<std::size_t, JournalAccount> accounts_;
  JournalTransaction transaction_{};
};

// Holds end (stage 1) where their commissions become available. A settlement's lines are scheduled (2) where it is
// fixed, and are cancelled (3) together. Movements of a row follow each other, and so do the ends of their holds.
constexpr const char* select_transactions =
    "SELECT occurred_at AS at, number, 0 AS place, 0 AS stage, number, about, occurred_at, available_in, member, "
    "packed FROM movements WHERE occurred_at >= $1 AND occurred_at < $2 AND number < $3 "
    "UNION ALL "
    "SELECT occurred_at + available_in, number, 1, 1, number, about, occurred_at, available_in, member, packed "
    "FROM movements WHERE occurred_at + available_in >= $1 AND occurred_at + available_in < $2 AND number < $3 "
    "AND available_in <> 0 "
    "UNION ALL "
    "SELECT s.fixed_at, p.position * 8, 0, 2, p.position, p.settlement, p.member, p.gross_minor, p.tax_minor, "
    "p.fee_minor FROM payouts p JOIN settlements s ON s.number = p.settlement "
    "WHERE s.fixed_at >= $1 AND s.fixed_at < $2 AND s.fixed_position * 8 < $3 "
    "UNION ALL "
    "SELECT s.cancelled_at, p.position * 8, 2, 3, p.position, p.settlement, p.member, p.gross_minor, p.tax_minor, "
    "p.fee_minor FROM payouts p JOIN settlements s ON s.number = p.settlement "
    "WHERE s.cancelled_at >= $1 AND s.cancelled_at < $2 AND s.cancelled_position * 8 < $3 "
    "ORDER BY 1, 2, 3";

enum Stage : std::uint8_t { moved = 0, hold_ended = 1, payout_scheduled_then = 2, payout_cancelled_then = 3 };

}  // namespace

void Journal::transactions(const JournalPeriod& period,
                           const std::function<void(const JournalTransaction&)>& visit) const {
  const auto behind = first_number_behind(period.last);
  TransactionReader reader(database_, static_cast<std::uint64_t>(behind), visit);
  MovementRow movements;
  auto row = database_.query(select_transactions, {period.from, period.until, behind});
  while (row.next()) {
    switch (row.integer(3)) {
      case moved:
        read(row, 4, movements);
        reader.tell(movements);
        break;
      case hold_ended:
        read(row, 4, movements);
        reader.tell_ends_of_holds(movements);
        break;
      case payout_scheduled_then:
        reader.tell_payout(TransactionKind::payout_scheduled, row.time(0), row, 4);
        break;
      default:
        reader.tell_payout(TransactionKind::payout_cancelled, row.time(0), row, 4);
    }
  }
}

constexpr const char* select_unsorted =
    "SELECT number, about, occurred_at, available_in, member, packed FROM movements "
    "WHERE (occurred_at < $1 OR occurred_at + available_in < $1) AND number < $2";

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

void take(PeriodSums& sums, const JournalPeriod& period, const Movement& movement, const MovementRow& row) {
  const bool reverses = movement.kind == TransactionKind::commission_reversed;
  const bool is_over = reverses && row.available_at && *row.available_at <= row.occurred_at;
  take(sums, period, row.occurred_at, movement.debit + (is_over ? 1 : 0), movement.credit, movement.amount);
  if (!movement.is_commission() || !row.available_at || is_over) return;
  const auto pending = movement.pending();
  take(sums, period, *row.available_at, reverses ? pending + 1 : pending, reverses ? pending : pending + 1,
       movement.amount);
}

}  // namespace

PeriodSums Journal::sums(const JournalPeriod& period) const {
  PeriodSums sums;
  const auto behind = static_cast<std::uint64_t>(first_number_behind(period.last));
  MovementRow row;
  for (auto rows = database_.query(select_unsorted, {period.until, behind}); rows.next();) {
    read(rows, 0, row);
    for (const auto& movement : row.movements) {
      if (movement.number < behind) take(sums, period, movement, row);
    }
  }
  BookedPayouts(database_).visit([&](const BookedPayout& line) {
    take(sums, period, line.fixed, line, 1);
    take(sums, period, line.cancelled, line, -1);
  });
  return sums;
}

}  // namespace upline::projections
