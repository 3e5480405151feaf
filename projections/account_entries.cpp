#include "projections/account_entries.hpp"

#include "projections/account_blocks.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

using domain::Position;

namespace {

UnusableView missing(const char* what, std::uint64_t number) {
  return UnusableView(fmt::format("the {} {} of accounts is missing", what, number));
}

}  // namespace

constexpr const char* select_accounts =
    "SELECT number, member_id, currency FROM accounts WHERE member_id BETWEEN $1 AND $2 "
    "AND (member_id > $1 OR currency > $3) ORDER BY member_id, currency";

void visit_accounts(ReadModelDatabase& database, std::string_view first_member, std::string_view last_member,
                    std::string_view after_currency, const std::function<bool(const Account&)>& visit) {
  auto row = database.query(select_accounts, {first_member, last_member, after_currency});
  while (row.next() && visit({row.integer(0), row.text(1), row.text(2)})) {
  }
}

void add_amount(domain::Minor& sum, domain::Minor amount) {
  const auto added = domain::checked_sum(sum, amount);
  if (!added) throw std::overflow_error("integer overflow: a sum of entries does not fit 64 bits");
  sum = *added;
}

constexpr const char* select_heads = "SELECT packed FROM heads WHERE number = $1";

std::optional<ReadModelDatabase::Rows> find_heads(ReadModelDatabase& database, std::int64_t number) {
  return database.find(select_heads, {number});
}

std::int64_t AccountEntries::newest_block(std::int64_t account) {
  const auto row = find_heads(database_, heads_row_of(account));
  return row ? head_of(row->blob(0).bytes, account) : 0;
}

constexpr const char* select_section = "SELECT occurred_at, order_number FROM sections WHERE number = $1";

const Section& AccountEntries::section(std::uint64_t number) {
  const auto [known, is_new] = sections_.try_emplace(number);
  if (is_new) {
    const auto row = database_.find(select_section, {number});
    if (!row) throw missing("section", number);
    known->second = {number, row->time(0), row->integer(1)};
  }
  return known->second;
}

constexpr const char* select_newest =
    "SELECT number, packed FROM newest WHERE number >= $1 AND number <= $2 ORDER BY number";

std::vector<EntryOfAccount> newest_entries(ReadModelDatabase& database) {
  std::vector<EntryOfAccount> entries;
  for (auto row = database.query(select_newest, {0, INT64_MAX}); row.next();) {
    visit_all(newest_row(row.integer(0), row.blob(1).bytes),
              [&](const EntryOfAccount& one) { entries.push_back(one); });
  }
  return entries;
}

namespace {

/// Who asks for more accounts than that asks for many.
constexpr std::size_t few_accounts = 4;

}  // namespace

void AccountEntries::load_newest() {
  newest_ = newest_entries(database_);
  std::ranges::sort(newest_, {}, [](const EntryOfAccount& one) { return std::pair(one.account, one.entry.position); });
}

void AccountEntries::visit_newest_of(std::int64_t account, Position after, Position last, const Visit& visit) {
  bool wants_more = true;
  const auto visit_one = [&](const AccountEntry& entry) {
    if (wants_more && entry.position > after && entry.position <= last) wants_more = visit(entry);
    return wants_more;
  };
  if (++accounts_asked_for_ > few_accounts) {
    if (accounts_asked_for_ == few_accounts + 1) load_newest();
    const auto found = std::ranges::equal_range(newest_, account, {}, &EntryOfAccount::account);
    for (const auto& one : found) visit_one(one.entry);
    return;
  }
  auto rows = database_.query(select_newest, {newest_row_of(after), newest_row_of(last)});
  while (wants_more && rows.next()) {
    const auto row = newest_row(rows.integer(0), rows.blob(1).bytes);
    if (const auto run = find_run(row.block, account)) visit_run(run->entries, row.section, visit_one);
  }
}

constexpr const char* select_block = "SELECT section, packed FROM blocks WHERE number = $1";

namespace {

/// One account's part of a block.
struct Run {
  ReadModelDatabase::Rows row;
  std::uint64_t section{};
  std::int64_t before{};  // the account's block before, or 0
  std::string_view entries{};
};

Run run_of(ReadModelDatabase& database, std::int64_t block, std::int64_t account) {
  auto row = database.find(select_block, {block});
  if (!row) throw missing("block", static_cast<std::uint64_t>(block));
  const auto found = find_run(row->blob(1).bytes, account);
  if (!found) throw missing("account in the block", static_cast<std::uint64_t>(block));
  const auto section = static_cast<std::uint64_t>(row->integer(0));
  return {std::move(*row), section, found->previous == 0 ? 0 : block - found->previous, found->entries};
}

}  // namespace

void AccountEntries::all(std::int64_t account, Position last, const std::function<void(const AccountEntry&)>& visit) {
  const auto visit_on = [&](const AccountEntry& entry) {
    if (entry.position <= last) visit(entry);
    return entry.position <= last;
  };
  for (auto block = newest_block(account); block != 0;) {
    const auto run = run_of(database_, block, account);
    if (run.section <= section_of(last)) visit_run(run.entries, section(run.section), visit_on);
    block = run.before;
  }
  visit_newest_of(account, Position{0}, last, visit_on);
}

/// Back to where it begins, and then on from there.
void AccountEntries::in_order(std::int64_t account, Position after, Position last, const Visit& visit) {
  std::vector<std::int64_t> blocks;
  for (auto block = newest_block(account); block != 0;) {
    const auto run = run_of(database_, block, account);
    if (run.section < section_of(after)) break;
    if (run.section <= section_of(last)) blocks.push_back(block);
    block = run.before;
  }
  bool wants_more = true;
  const auto visit_on = [&](const AccountEntry& entry) {
    if (entry.position > last) return false;
    if (entry.position > after) wants_more = visit(entry);
    return wants_more;
  };
  for (; wants_more && !blocks.empty(); blocks.pop_back()) {
    const auto run = run_of(database_, blocks.back(), account);
    visit_run(run.entries, section(run.section), visit_on);
  }
  if (wants_more) visit_newest_of(account, after, last, visit);
}

}  // namespace upline::projections
