// Who is named by the journal's transactions of a period.
#include "projections/journal.hpp"
#include "projections/journal_movements.hpp"

#include <string>
#include <vector>

namespace upline::projections {

using Rows = ReadModelDatabase::Rows;

namespace {

/// A bit for each number.
class Marks {
 public:
  void mark(std::size_t number) {
    if (number >= bits_.size()) bits_.resize(2 * number + 1);
    bits_[number] = true;
  }
  bool has(std::int64_t number) const {
    const auto at = static_cast<std::size_t>(number);
    return at < bits_.size() && bits_[at];
  }

 private:
  std::vector<bool> bits_{};
};

/// Orders for their buyers, and members' accounts.
struct Named {
  Marks orders{};
  Marks accounts{};
};

bool dates(const JournalPeriod& period, domain::Timestamp at) { return at >= period.from && at < period.until; }

void mark(Named& named, const JournalPeriod& period, const MovementRow& row) {
  const bool occurred = dates(period, row.occurred_at);
  const bool became_available = row.available_at && dates(period, *row.available_at);
  const auto behind = static_cast<std::uint64_t>(first_number_behind(period.last));
  for (const auto& movement : row.movements) {
    if (movement.number >= behind) return;
    if (movement.is_commission()) {
      if (occurred || became_available) named.accounts.mark(movement.pending());
    } else if (occurred) {
      row.member ? named.accounts.mark(*row.member) : named.orders.mark(static_cast<std::size_t>(row.about));
    }
  }
}

/// The next row that is marked; its name is in column 0, its number in column 1.
bool next_marked(Rows& rows, const Marks& marks) {
  while (rows.next()) {
    if (marks.has(rows.integer(1))) return true;
  }
  return false;
}

}  // namespace

constexpr const char* select_movements =
    "SELECT number, about, occurred_at, available_in, member, packed FROM movements "
    "WHERE (occurred_at < $1 OR occurred_at + available_in < $1) AND number < $2";

constexpr const char* select_paid_out =
    "SELECT p.member FROM payouts p JOIN settlements s ON s.number = p.settlement "
    "WHERE s.fixed_at >= $1 AND s.fixed_at < $2 AND s.fixed_position * 8 < $3 "
    "OR s.cancelled_at >= $1 AND s.cancelled_at < $2 AND s.cancelled_position * 8 < $3";

constexpr const char* select_buyers = "SELECT buyer, number FROM orders ORDER BY buyer";
constexpr const char* select_members =
    "SELECT name, number FROM accounts WHERE kind = 4 UNION ALL "
    "SELECT name, number + 1 FROM accounts WHERE kind = 4 ORDER BY name";

void Journal::payees(const JournalPeriod& period, const std::function<void(std::string_view)>& visit) const {
  Named named;
  const auto behind = first_number_behind(period.last);
  MovementRow row;
  for (auto rows = database_.query(select_movements, {period.until, behind}); rows.next();) {
    read(rows, 0, row);
    mark(named, period, row);
  }
  for (auto rows = database_.query(select_paid_out, {period.from, period.until, behind}); rows.next();) {
    named.accounts.mark(account_at(rows, 0));
  }
  auto buyers = database_.query(select_buyers);
  auto members = database_.query(select_members);
  bool has_buyer = next_marked(buyers, named.orders);
  bool has_member = next_marked(members, named.accounts);
  for (std::string last; has_buyer || has_member;) {
    const bool is_buyer = has_buyer && (!has_member || buyers.text(0) <= members.text(0));
    auto& from = is_buyer ? buyers : members;
    if (from.text(0) != last) visit(last = from.text(0));
    (is_buyer ? has_buyer : has_member) = next_marked(from, is_buyer ? named.orders : named.accounts);
  }
}

}  // namespace upline::projections
