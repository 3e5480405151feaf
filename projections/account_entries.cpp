#include "projections/account_entries.hpp"

#include "projections/packed.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

using domain::Position;

namespace {

/// An entry is written as the difference to the one before, the first as that to the section's beginning.
AccountEntry before_all(const Section& section) {
  return {.position = {section.number * section_positions}, .occurred_at = section.occurred_at, .order = section.order};
}

void add(Packer& packer, const AccountEntry& entry, const AccountEntry& before) {
  packer.add(entry.position.value - before.position.value);
  packer.add(entry.version.value - before.version.value);
  packer.add_signed(entry.amount.value);
  packer.add_signed(entry.occurred_at.microseconds - before.occurred_at.microseconds);
  packer.add_duration(entry.available_at.microseconds - entry.occurred_at.microseconds);
  packer.add_signed(entry.order - before.order);
  packer.add(static_cast<std::uint64_t>(entry.terms));
  packer.add_signed(entry.base.value);
  if (entry.amount.value < 0) packer.add_text(entry.refund);
}

/// Carries the entry on to the next one.
void read_next(Unpacker& unpacker, AccountEntry& entry) {
  entry.position.value += unpacker.next();
  entry.version.value += unpacker.next();
  entry.amount = {unpacker.next_signed()};
  entry.occurred_at.microseconds += unpacker.next_signed();
  entry.available_at = {entry.occurred_at.microseconds + unpacker.next_duration()};
  entry.order += unpacker.next_signed();
  entry.terms = static_cast<std::int64_t>(unpacker.next());
  entry.base = {unpacker.next_signed()};
  entry.refund = entry.amount.value < 0 ? unpacker.next_text() : std::string_view();
}

UnusableView missing(const char* what, std::uint64_t number) {
  return UnusableView(fmt::format("the {} {} of accounts is missing", what, number));
}

}  // namespace

void pack(std::span<const AccountEntry* const> entries, const Section& section, std::string& packed) {
  Packer packer;
  const auto beginning = before_all(section);
  const auto* before = &beginning;
  for (const auto* entry : entries) {
    add(packer, *entry, *before);
    before = entry;
  }
  packed = packer.bytes();
}

AccountEntry entry_from(const ReadModelDatabase::Rows& row) {
  return {.position = row.position(0),
          .version = {static_cast<std::uint64_t>(row.integer(1))},
          .amount = row.minor(2),
          .occurred_at = row.time(3),
          .available_at = row.time(4),
          .order = row.integer(5),
          .terms = row.integer(6),
          .base = row.minor(7),
          .refund = std::string(row.text(8))};
}

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

constexpr const char* select_newest = "SELECT newest FROM account_runs WHERE account = $1";

std::int64_t AccountEntries::newest_run(std::int64_t account) {
  const auto row = database_.find(select_newest, {account});
  return row ? row->integer(0) : 0;
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

constexpr const char* select_open =
    "SELECT position, version, amount_minor, occurred_at, available_at, order_number, terms, base_minor, refund_id "
    "FROM entries WHERE account = $1 AND position > $2 AND position <= $3 ORDER BY position";

bool AccountEntries::visit_open(std::int64_t account, Position after, Position last, const Visit& visit) {
  auto rows = database_.query(select_open, {account, after, last});
  while (rows.next()) {
    if (!visit(entry_from(rows))) return false;
  }
  return true;
}

bool AccountEntries::visit_run(const ReadModelDatabase::Rows& run, Position after, Position last, const Visit& visit) {
  auto entry = before_all(section(static_cast<std::uint64_t>(run.integer(0))));
  for (Unpacker unpacker(run.blob(2).bytes); !unpacker.at_end();) {
    read_next(unpacker, entry);
    if (entry.position > last) return true;
    if (entry.position > after && !visit(entry)) return false;
  }
  return true;
}

constexpr const char* select_run = "SELECT section, previous, packed FROM runs WHERE number = $1";

namespace {

ReadModelDatabase::Rows found_run(ReadModelDatabase& database, const char* sql, std::int64_t run) {
  auto row = database.find(sql, {run});
  if (!row) throw missing("run", static_cast<std::uint64_t>(run));
  return std::move(*row);
}

}  // namespace

void AccountEntries::all(std::int64_t account, Position last, const std::function<void(const AccountEntry&)>& visit) {
  const auto visit_on = [&](const AccountEntry& entry) {
    visit(entry);
    return true;
  };
  for (auto run = newest_run(account); run != 0;) {
    const auto row = found_run(database_, select_run, run);
    if (static_cast<std::uint64_t>(row.integer(0)) <= section_of(last)) visit_run(row, Position{0}, last, visit_on);
    run = row.integer(1);
  }
  visit_open(account, Position{0}, last, visit_on);
}

constexpr const char* select_place = "SELECT section, previous FROM runs WHERE number = $1";

/// Back to where it begins, without what the runs hold, and then on from there.
void AccountEntries::in_order(std::int64_t account, Position after, Position last, const Visit& visit) {
  std::vector<std::int64_t> runs;
  for (auto run = newest_run(account); run != 0;) {
    const auto row = found_run(database_, select_place, run);
    const auto number = static_cast<std::uint64_t>(row.integer(0));
    if (number < section_of(after)) break;
    if (number <= section_of(last)) runs.push_back(run);
    run = row.integer(1);
  }
  for (; !runs.empty(); runs.pop_back()) {
    if (!visit_run(found_run(database_, select_run, runs.back()), after, last, visit)) return;
  }
  visit_open(account, after, last, visit);
}

}  // namespace upline::projections
