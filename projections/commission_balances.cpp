#include "projections/commission_balances.hpp"

#include "projections/account_entries.hpp"
#include "projections/packed_id.hpp"
#include "projections/payouts.hpp"

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace upline::projections {

using domain::MemberId;
using domain::Minor;

namespace {

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

namespace {

/// Of one account.
struct EntrySums {
  bool has_entries{};
  Minor earned{};
  Minor reversed{};
  Minor pending{};
  Minor settled{};  // not pending any more

  void add(const AccountEntry& entry, domain::Timestamp time) {
    has_entries = true;
    if (entry.amount > Minor{0}) {
      add_amount(earned, entry.amount);
    } else {
      add_amount(reversed, Minor{-entry.amount.value});
    }
    add_amount(entry.available_at > time ? pending : settled, entry.amount);
  }
};

/// Beside each sum of entries stands that of the payouts, if there is one: nobody has payouts without entries.
class BalancesWalk {
 public:
  BalancesWalk(ReadModelDatabase& database, const AsOf& as_of, std::string_view first_member,
               std::string_view last_member)
      : as_of_(as_of), entries_(database), payouts_(database, as_of, first_member, last_member) {}

  /// To be asked in ascending order. Nothing where the account had no entry by then.
  std::optional<Balance> of(const Account& account) {
    EntrySums sums;
    entries_.all(account.number, as_of_.last_position(), [&](const AccountEntry& entry) {
      if (entry.occurred_at <= as_of_.occurred_until) sums.add(entry, as_of_.time);
    });
    if (!sums.has_entries) return std::nullopt;
    const auto live = payouts_.of(account.member, account.currency);
    return Balance{.member = account.member,
                   .currency = account.currency,
                   .earned = sums.earned,
                   .reversed = sums.reversed,
                   .pending = sums.pending,
                   .available = {sums.settled.value - live.scheduled.value - live.paid.value},
                   .scheduled = live.scheduled,
                   .paid = live.paid};
  }

 private:
  const AsOf& as_of_;
  AccountEntries entries_;
  PayoutSumsWalk payouts_;
};

}  // namespace

void CommissionBalances::balances(const AsOf& as_of, const std::optional<MemberId>& member,
                                  const std::function<void(const Balance&)>& visit) const {
  const auto snapshot = database_.begin_read();
  const std::string_view first = member ? std::string_view(member->value) : lowest_member;
  const std::string_view last = member ? std::string_view(member->value) : highest_member;
  BalancesWalk walk(database_, as_of, first, last);
  visit_accounts(database_, first, last, {}, [&](const Account& account) {
    if (const auto balance = walk.of(account)) visit(*balance);
    return true;
  });
}

void CommissionBalances::balances(const AsOf& as_of, const BalanceCursor& after, std::size_t limit,
                                  const std::function<void(const Balance&)>& visit) const {
  if (limit == 0) return;
  const auto snapshot = database_.begin_read();
  BalancesWalk walk(database_, as_of, after.member, highest_member);
  visit_accounts(database_, after.member, highest_member, after.currency, [&](const Account& account) {
    const auto balance = walk.of(account);
    if (!balance) return true;
    visit(*balance);
    return --limit > 0;
  });
}

constexpr const char* select_terms =
    "SELECT level, plan_id, plan_version, rate_kind, rate_value, 0 FROM terms WHERE number = $1";
constexpr const char* select_order = "SELECT order_id FROM orders WHERE number = $1";

namespace {

/// Gives entries their names back.
class EntryNames {
 public:
  explicit EntryNames(ReadModelDatabase& database) : database_(database) {}

  Entry named(const AccountEntry& entry, const Account& account) {
    const auto& terms = terms_of(entry.terms);
    const auto kind = entry.amount > Minor{0} ? EntryKind::accrual : EntryKind::reversal;
    order_ = order_of(entry.order);
    Entry line{.member = account.member,
               .currency = account.currency,
               .position = entry.position,
               .version = entry.version,
               .kind = kind,
               .amount = entry.amount,
               .occurred_at = entry.occurred_at,
               .available_at = entry.available_at,
               .order = order_,
               .level = terms.level,
               .plan = terms.plan,
               .refund = entry.refund};
    if (kind == EntryKind::reversal) return line;
    line.terms = terms.of_accrual;
    line.terms->base = entry.base;
    return line;
  }

 private:
  struct Terms {
    domain::Level level{};
    std::string plan{};
    AccrualTerms of_accrual{};
  };

  static UnusableView missing(const char* what) {
    return UnusableView(std::string("what an entry names is missing: its ") + what);
  }

  const Terms& terms_of(std::int64_t number) {
    const auto known = terms_.find(number);
    if (known != terms_.end()) return known->second;
    const auto row = database_.find(select_terms, {number});
    if (!row) throw missing("terms");
    return terms_.emplace(number, Terms{level_from(*row, 0), std::string(row->text(1)), terms_from(*row, 2)})
        .first->second;
  }

  std::string order_of(std::int64_t number) {
    const auto row = database_.find(select_order, {number});
    if (!row) throw missing("order");
    return unpacked_id(row->blob(0));
  }

  ReadModelDatabase& database_;
  std::unordered_map<std::int64_t, Terms> terms_{};
  std::string order_{};  // of the last one that was named
};

}  // namespace

void CommissionBalances::entries(const AsOf& as_of, const MemberId& member, const EntryPage& page,
                                 const std::function<void(const Entry&)>& visit) const {
  AccountEntries entries(database_);
  EntryNames names(database_);
  std::size_t shown = 0;
  const auto has_room = [&] { return page.limit == 0 || shown < page.limit; };
  const auto is_of_page = [&](const AccountEntry& entry) {
    return entry.occurred_at <= as_of.occurred_until && entry.occurred_at >= page.from &&
           entry.occurred_at < page.until;
  };
  visit_accounts(database_, member.value, member.value, {}, [&](const Account& account) {
    if (account.currency < page.after_currency) return true;
    const auto after = account.currency == page.after_currency ? page.after_position : domain::Position{0};
    entries.in_order(account.number, after, as_of.last_position(), [&](const AccountEntry& entry) {
      if (!is_of_page(entry)) return true;
      ++shown;
      visit(names.named(entry, account));
      return has_room();
    });
    return has_room();
  });
}

std::vector<StatementSums> CommissionBalances::statement(const AsOf& as_of, const MemberId& member,
                                                         domain::Timestamp from, domain::Timestamp until) const {
  AccountEntries entries(database_);
  std::vector<StatementSums> all;
  visit_accounts(database_, member.value, member.value, {}, [&](const Account& account) {
    StatementSums sums{.currency = {std::string(account.currency)}};
    bool has_entries = false;
    entries.all(account.number, as_of.last_position(), [&](const AccountEntry& entry) {
      if (entry.occurred_at > as_of.occurred_until || entry.occurred_at >= until) return;
      has_entries = true;
      if (entry.occurred_at < from) add_amount(sums.opening, entry.amount);
      add_amount(sums.closing, entry.amount);
    });
    if (has_entries) all.push_back(std::move(sums));
    return true;
  });
  return all;
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
