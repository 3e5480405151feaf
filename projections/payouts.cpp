#include "projections/payouts.hpp"

#include "projections/account_entries.hpp"

#include <string>
#include <utility>

namespace upline::projections {

using domain::Standing;

namespace {

// The last member's id lies below it, bytewise.
constexpr std::string_view highest_member = "~";

// CROSS JOIN keeps SQLite walking along the payouts, whose order is that of grouping; there are few attempts.
constexpr const char* select_sums =
    "SELECT p.member_id, p.currency, "
    "SUM(CASE WHEN p.paid_at <= $1 AND p.paid_position <= $2 THEN 0 ELSE p.gross_minor END), "
    "SUM(CASE WHEN p.paid_at <= $1 AND p.paid_position <= $2 THEN p.gross_minor ELSE 0 END) "
    "FROM payouts p CROSS JOIN attempts a "
    "WHERE a.settlement_id = p.settlement_id AND a.attempt = p.attempt AND p.member_id BETWEEN $3 AND $4 "
    "AND a.fixed_at <= $1 AND a.fixed_position <= $2 "
    "AND NOT (a.cancelled_at <= $1 AND a.cancelled_position <= $2) "
    "AND NOT (p.ended_at <= $1 AND p.ended_position <= $2) "
    "GROUP BY p.member_id, p.currency ORDER BY p.member_id, p.currency";

constexpr const char* select_standings =
    "SELECT member_id, standing FROM standings WHERE position <= $1 AND member_id >= $2 ORDER BY member_id, position";

/// The newest standing of each member, asked in ascending order.
class StandingsWalk {
 public:
  StandingsWalk(ReadModelDatabase& database, domain::Position through, std::string_view first_member)
      : rows_(database.query(select_standings, {through, first_member})), has_row_(rows_.next()) {}

  Standing of(std::string_view member) {
    auto standing = Standing::active;
    for (; has_row_ && rows_.text(0) <= member; has_row_ = rows_.next()) {
      if (rows_.text(0) == member) standing = static_cast<Standing>(rows_.integer(1));
    }
    if (asked_ == member) return last_;
    asked_ = member;
    return last_ = standing;
  }

 private:
  ReadModelDatabase::Rows rows_;
  bool has_row_;
  std::string asked_;
  Standing last_{Standing::active};
};

std::optional<Happened> happened(const ReadModelDatabase::Rows& row, int position, const AsOf& as_of) {
  const Happened what{row.position(position), row.time(position + 1)};
  return as_of.counts(what.position, what.at) ? std::optional(what) : std::nullopt;
}

}  // namespace

PayoutSumsWalk::PayoutSumsWalk(ReadModelDatabase& database, const AsOf& as_of, std::string_view first_member,
                               std::string_view last_member)
    : rows_(database.query(select_sums, {as_of.occurred_until, as_of.last_position(), first_member, last_member})),
      has_row_(rows_.next()) {}

PayoutSums PayoutSumsWalk::of(std::string_view member, std::string_view currency) {
  const std::pair asked(member, currency);
  const auto at = [&] { return std::pair(rows_.text(0), rows_.text(1)); };
  while (has_row_ && at() < asked) has_row_ = rows_.next();
  if (!has_row_ || at() != asked) return {};
  return {rows_.minor(2), rows_.minor(3)};
}

constexpr const char* select_payouts =
    "SELECT p.currency, p.position, p.version, p.settlement_id, p.attempt, p.gross_minor, p.tax_minor, p.fee_minor, "
    "p.net_minor, a.fixed_position, a.fixed_at, p.paid_position, p.paid_at, p.ended_position, p.ended_at, "
    "a.cancelled_position, a.cancelled_at, p.reference, p.reason "
    "FROM payouts p CROSS JOIN attempts a "
    "WHERE a.settlement_id = p.settlement_id AND a.attempt = p.attempt AND p.member_id = $1 "
    "AND a.fixed_at <= $2 AND a.fixed_position <= $3 ORDER BY p.currency, p.position";

void Payouts::of_member(const AsOf& as_of, const domain::MemberId& member,
                        const std::function<void(const Payout&)>& visit) const {
  auto row = database_.query(select_payouts, {member, as_of.occurred_until, as_of.last_position()});
  while (row.next()) {
    visit({.member = member.value,
           .currency = row.text(0),
           .position = row.position(1),
           .version = {static_cast<std::uint64_t>(row.integer(2))},
           .settlement = row.text(3),
           .attempt = {static_cast<std::uint32_t>(row.integer(4))},
           .amounts = {row.minor(5), row.minor(6), row.minor(7), row.minor(8)},
           .scheduled = {row.position(9), row.time(10)},
           .paid = happened(row, 11, as_of),
           .reference = row.text(17),
           .ended = happened(row, 13, as_of),
           .reason = row.text(18),
           .cancelled = happened(row, 15, as_of)});
  }
}

constexpr const char* select_results =
    "SELECT settlement_id, attempt, currency, paid_at <= $1 AND paid_position <= $2 AS was_paid, "
    "ended_at <= $1 AND ended_position <= $2 AS has_ended, COUNT(*), SUM(gross_minor), SUM(tax_minor), SUM(fee_minor), "
    "SUM(net_minor) FROM payouts WHERE ($3 = '' OR settlement_id = $3) AND (was_paid OR has_ended) "
    "GROUP BY settlement_id, attempt, currency, was_paid, has_ended";

void Payouts::results(const AsOf& as_of, const std::optional<domain::SettlementId>& settlement,
                      const std::function<void(const PayoutResults&)>& visit) const {
  using domain::PayoutResult;
  const std::string_view wanted = settlement ? std::string_view(settlement->value) : std::string_view{};
  auto row = database_.query(select_results, {as_of.occurred_until, as_of.last_position(), wanted});
  while (row.next()) {
    PayoutResults sums{.settlement = row.text(0),
                       .attempt = {static_cast<std::uint32_t>(row.integer(1))},
                       .total = {.currency = {std::string(row.text(2))},
                                 .lines = static_cast<std::uint64_t>(row.integer(5)),
                                 .amounts = {row.minor(6), row.minor(7), row.minor(8), row.minor(9)}}};
    const auto tell = [&](PayoutResult result) {
      sums.result = result;
      visit(sums);
    };
    const bool was_paid = row.integer(3) != 0;
    const bool has_ended = row.integer(4) != 0;
    if (was_paid) tell(PayoutResult::paid);
    if (has_ended) tell(was_paid ? PayoutResult::returned : PayoutResult::failed);
  }
}

void Payouts::free_sums(domain::Position through, domain::Timestamp cutoff, std::string_view after_member,
                        std::string_view after_currency, const std::function<bool(const FreeSum&)>& visit) const {
  const auto snapshot = database_.begin_read();
  const AsOf as_of{.position = through, .time = cutoff, .occurred_until = domain::timestamp_max};
  PayoutSumsWalk payouts(database_, as_of, after_member, highest_member);
  StandingsWalk standings(database_, through, after_member);
  AccountEntries entries(database_);
  visit_accounts(database_, after_member, highest_member, after_currency, [&](const Account& account) {
    bool has_entries = false;
    domain::Minor available{};
    entries.all(account.number, through, [&](const AccountEntry& entry) {
      if (entry.occurred_at > cutoff || entry.available_at > cutoff) return;
      has_entries = true;
      add_amount(available, entry.amount);
    });
    if (!has_entries) return true;
    const auto live = payouts.of(account.member, account.currency);
    const domain::Minor gross{available.value - live.scheduled.value - live.paid.value};
    return visit({account.member, account.currency, gross, standings.of(account.member)});
  });
}

}  // namespace upline::projections
