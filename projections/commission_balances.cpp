#include "projections/commission_balances.hpp"

#include "domain/overloaded.hpp"
#include "projections/payouts.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace upline::projections {

using domain::MemberId;
using domain::RecordedEvent;

namespace {

constexpr std::array tables{
    OwnedTable{.name = "entries",
               .select_all = "SELECT * FROM entries ORDER BY member_id, currency, position",
               .key_columns = 3,
               .delete_all = "DELETE FROM entries"},
    OwnedTable{.name = "forfeits",
               .select_all = "SELECT * FROM forfeits ORDER BY member_id, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM forfeits"},
    OwnedTable{.name = "attempts",
               .select_all = "SELECT * FROM attempts ORDER BY settlement_id, attempt",
               .key_columns = 2,
               .delete_all = "DELETE FROM attempts"},
    OwnedTable{.name = "payouts",
               .select_all = "SELECT * FROM payouts ORDER BY member_id, currency, position",
               .key_columns = 3,
               .delete_all = "DELETE FROM payouts"},
    OwnedTable{.name = "standings",
               .select_all = "SELECT * FROM standings ORDER BY member_id, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM standings"},
};

constexpr const char* insert_entry =
    "INSERT INTO entries (member_id, currency, position, version, kind, amount_minor, occurred_at, available_at, "
    "order_id, level, plan_id, plan_version, rate_kind, rate_value, base_minor, refund_id) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";

/// An entry on its way into the table.
struct NewEntry {
  std::string member{};
  std::string currency{};
  domain::Position position{};
  domain::Version version{};
  EntryKind kind{};
  domain::Minor amount{};
  domain::Timestamp occurred_at{};
  domain::Timestamp available_at{};
  std::string order{};
  domain::Level level{};
  std::string plan{};
  std::optional<AccrualTerms> terms{};
  std::optional<std::string> refund{};

  auto place() const { return std::tie(member, currency, position); }
};

NewEntry accrued(const RecordedEvent& event, const domain::CommissionAccrued& e) {
  return {.member = event.stream.id,
          .currency = e.currency.code,
          .position = event.position,
          .version = event.version,
          .kind = EntryKind::accrual,
          .amount = e.amount,
          .occurred_at = event.occurred_at,
          .available_at = e.available_at,
          .order = e.order.value,
          .level = e.level,
          .plan = e.plan.value,
          .terms = AccrualTerms{e.plan_version, e.rate, e.base}};
}

NewEntry reversed(const RecordedEvent& event, const domain::CommissionReversed& e) {
  return {.member = event.stream.id,
          .currency = e.currency.code,
          .position = event.position,
          .version = event.version,
          .kind = EntryKind::reversal,
          .amount = {-e.amount.value},
          .occurred_at = event.occurred_at,
          .available_at = e.available_at,
          .order = e.order.value,
          .level = e.level,
          .plan = e.plan.value,
          .refund = e.refund.value};
}

void insert(ReadModelDatabase& database, const NewEntry& entry) {
  const auto of_terms = [&](auto value) { return entry.terms ? SqlValue(value(*entry.terms)) : SqlValue(); };
  database.run(insert_entry,
               {entry.member, entry.currency, entry.position, entry.version.value, static_cast<int>(entry.kind),
                entry.amount, entry.occurred_at, entry.available_at, entry.order, entry.level.value, entry.plan,
                of_terms([](const AccrualTerms& terms) { return terms.plan_version.value; }),
                of_terms([](const AccrualTerms& terms) { return static_cast<int>(terms.rate.kind); }),
                of_terms([](const AccrualTerms& terms) { return terms.rate.value; }),
                of_terms([](const AccrualTerms& terms) { return terms.base; }), entry.refund});
}

constexpr const char* insert_forfeit =
    "INSERT INTO forfeits (member_id, position, order_id, level, amount_minor, currency, reason, occurred_at, plan_id, "
    "plan_version, rate_kind, rate_value, base_minor) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

void forfeit(ReadModelDatabase& database, const RecordedEvent& event, const domain::CommissionForfeited& e) {
  database.run(insert_forfeit, {e.beneficiary, event.position, event.stream.id, e.level.value, e.amount, e.currency,
                                static_cast<int>(e.reason), event.occurred_at, e.plan, e.plan_version.value,
                                static_cast<int>(e.rate.kind), e.rate.value, e.base});
}

class CommissionBalancesIntake final : public Intake {
 public:
  explicit CommissionBalancesIntake(ReadModelDatabase& database) : database_(database) {}

  void apply(const RecordedEvent& event) override {
    std::visit(domain::Overloaded{
                   [&](const domain::CommissionAccrued& e) { entries_.push_back(accrued(event, e)); },
                   [&](const domain::CommissionReversed& e) { entries_.push_back(reversed(event, e)); },
                   [&](const domain::CommissionForfeited& e) { forfeit(database_, event, e); },
                   [&](const auto&) { apply_payouts(database_, event); },
               },
               event.event);
  }

  /// In the order of the table, so that entries of one page are written together.
  void flush() override {
    std::ranges::sort(entries_, {}, &NewEntry::place);
    for (const auto& entry : entries_) insert(database_, entry);
    entries_.clear();
  }

 private:
  ReadModelDatabase& database_;
  std::vector<NewEntry> entries_{};
};

class CommissionBalancesProjection final : public Projection {
 public:
  std::string_view name() const override { return "commission_balances"; }
  int version() const override { return 2; }
  std::span<const OwnedTable> tables() const override { return projections::tables; }
  std::unique_ptr<Intake> begin(ReadModelDatabase& database) const override {
    return std::make_unique<CommissionBalancesIntake>(database);
  }
};

/// Every member's id lies between these, bytewise: its characters come before `~`.
constexpr std::string_view lowest_member = "";
constexpr std::string_view highest_member = "~";

/// From the columns plan_version, rate_kind, rate_value, base_minor.
AccrualTerms terms_from(const ReadModelDatabase::Rows& row, int first) {
  return {.plan_version = {static_cast<std::uint32_t>(row.integer(first))},
          .rate = {static_cast<domain::RateKind>(row.integer(first + 1)), row.integer(first + 2)},
          .base = row.minor(first + 3)};
}

domain::Level level_from(const ReadModelDatabase::Rows& row, int column) {
  return {static_cast<std::uint8_t>(row.integer(column))};
}

Entry entry_from(const ReadModelDatabase::Rows& row, const MemberId& member) {
  const auto kind = static_cast<EntryKind>(row.integer(3));
  return {.member = member.value,
          .currency = row.text(0),
          .position = row.position(1),
          .version = {static_cast<std::uint64_t>(row.integer(2))},
          .kind = kind,
          .amount = row.minor(4),
          .occurred_at = row.time(5),
          .available_at = row.time(6),
          .order = row.text(7),
          .level = level_from(row, 8),
          .plan = row.text(9),
          .terms = kind == EntryKind::accrual ? std::optional(terms_from(row, 10)) : std::nullopt,
          .refund = row.text(14)};
}

Forfeit forfeit_from(const ReadModelDatabase::Rows& row, const MemberId& member) {
  return {.member = member.value,
          .position = row.position(0),
          .order = row.text(1),
          .level = level_from(row, 2),
          .amount = row.minor(3),
          .currency = row.text(4),
          .reason = static_cast<domain::ForfeitReason>(row.integer(5)),
          .occurred_at = row.time(6),
          .plan = row.text(7),
          .terms = terms_from(row, 8)};
}

}  // namespace

std::string_view name(EntryKind kind) {
  switch (kind) {
    case EntryKind::accrual:
      return "accrual";
    case EntryKind::reversal:
      return "reversal";
  }
  std::unreachable();
}

const Projection& commission_balances_projection() {
  static const CommissionBalancesProjection projection;
  return projection;
}

// The clustered order is the order of grouping, so nothing is sorted. SUM fails where it would not fit 64 bits.
constexpr const char* select_balances =
    "SELECT member_id, currency,"
    " SUM(CASE WHEN kind = 1 THEN amount_minor ELSE 0 END),"
    " -SUM(CASE WHEN kind = 2 THEN amount_minor ELSE 0 END),"
    " SUM(CASE WHEN available_at > $1 THEN amount_minor ELSE 0 END),"
    " SUM(CASE WHEN available_at > $1 THEN 0 ELSE amount_minor END) "
    "FROM entries WHERE member_id BETWEEN $2 AND $3 AND occurred_at <= $4 AND position <= $5 "
    "AND (member_id > $2 OR currency > $6) "
    "GROUP BY member_id, currency ORDER BY member_id, currency LIMIT $7";

namespace {

constexpr std::int64_t no_limit = INT64_MAX;

/// Beside each sum of entries stands that of the payouts, if there is one: nobody has payouts without entries.
void visit_balances(ReadModelDatabase::Rows rows, PayoutSumsWalk payouts,
                    const std::function<void(const Balance&)>& visit) {
  while (rows.next()) {
    const auto live = payouts.of(rows.text(0), rows.text(1));
    visit({.member = rows.text(0),
           .currency = rows.text(1),
           .earned = rows.minor(2),
           .reversed = rows.minor(3),
           .pending = rows.minor(4),
           .available = domain::Minor{rows.integer(5) - live.scheduled.value - live.paid.value},
           .scheduled = live.scheduled,
           .paid = live.paid});
  }
}

}  // namespace

void CommissionBalances::balances(const AsOf& as_of, const std::optional<MemberId>& member,
                                  const std::function<void(const Balance&)>& visit) const {
  const auto snapshot = database_.begin_read();
  const std::string_view first = member ? std::string_view(member->value) : lowest_member;
  const std::string_view last = member ? std::string_view(member->value) : highest_member;
  visit_balances(database_.query(select_balances, {as_of.time, first, last, as_of.occurred_until, as_of.last_position(),
                                                   std::string_view(), no_limit}),
                 PayoutSumsWalk(database_, as_of, first, last), visit);
}

void CommissionBalances::balances(const AsOf& as_of, const BalanceCursor& after, std::size_t limit,
                                  const std::function<void(const Balance&)>& visit) const {
  const auto snapshot = database_.begin_read();
  visit_balances(database_.query(select_balances, {as_of.time, after.member, highest_member, as_of.occurred_until,
                                                   as_of.last_position(), after.currency, limit}),
                 PayoutSumsWalk(database_, as_of, after.member, highest_member), visit);
}

constexpr const char* select_entries =
    "SELECT currency, position, version, kind, amount_minor, occurred_at, available_at, order_id, level, plan_id, "
    "plan_version, rate_kind, rate_value, base_minor, refund_id "
    "FROM entries WHERE member_id = $1 AND occurred_at <= $2 AND position <= $3 "
    "AND occurred_at >= $4 AND occurred_at < $5 AND (currency, position) > ($6, $7) "
    "ORDER BY currency, position LIMIT $8";

void CommissionBalances::entries(const AsOf& as_of, const MemberId& member, const EntryPage& page,
                                 const std::function<void(const Entry&)>& visit) const {
  const auto limit = page.limit == 0 ? no_limit : static_cast<std::int64_t>(page.limit);
  auto rows = database_.query(select_entries, {member, as_of.occurred_until, as_of.last_position(), page.from,
                                               page.until, page.after_currency, page.after_position, limit});
  while (rows.next()) visit(entry_from(rows, member));
}

constexpr const char* select_statement_sums =
    "SELECT currency, SUM(CASE WHEN occurred_at < $1 THEN amount_minor ELSE 0 END), SUM(amount_minor) "
    "FROM entries WHERE member_id = $2 AND occurred_at <= $3 AND position <= $4 AND occurred_at < $5 "
    "GROUP BY currency ORDER BY currency";

std::vector<StatementSums> CommissionBalances::statement(const AsOf& as_of, const MemberId& member,
                                                         domain::Timestamp from, domain::Timestamp until) const {
  auto rows =
      database_.query(select_statement_sums, {from, member, as_of.occurred_until, as_of.last_position(), until});
  std::vector<StatementSums> sums;
  while (rows.next()) sums.push_back({{std::string(rows.text(0))}, rows.minor(1), rows.minor(2)});
  return sums;
}

constexpr const char* select_forfeits =
    "SELECT position, order_id, level, amount_minor, currency, reason, occurred_at, plan_id, plan_version, rate_kind, "
    "rate_value, base_minor "
    "FROM forfeits WHERE member_id = $1 AND occurred_at <= $2 AND position <= $3 ORDER BY position";

void CommissionBalances::forfeits(const AsOf& as_of, const MemberId& member,
                                  const std::function<void(const Forfeit&)>& visit) const {
  auto rows = database_.query(select_forfeits, {member, as_of.occurred_until, as_of.last_position()});
  while (rows.next()) visit(forfeit_from(rows, member));
}

}  // namespace upline::projections
