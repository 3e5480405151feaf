#include "projections/account_entries_writer.hpp"

#include "projections/packed_id.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

using domain::RecordedEvent;

/// As account_of() names them.
constexpr KnownNumbers::Statements known_accounts{.last = "SELECT COALESCE(MAX(account), 0) FROM account_runs",
                                                  .all = "SELECT currency || ' ' || member_id, number FROM accounts"};
constexpr const char* select_account = "SELECT number FROM accounts WHERE member_id = $1 AND currency = $2";
constexpr const char* insert_runs_of_account = "INSERT INTO account_runs (account, newest) VALUES ($1, 0)";
constexpr const char* insert_account = "INSERT INTO accounts (member_id, currency, number) VALUES ($1, $2, $3)";

AccountEntriesWriter::AccountEntriesWriter(ReadModelDatabase& database)
    : database_(database), accounts_(database, known_accounts) {}

std::int64_t AccountEntriesWriter::account_of(std::string_view member, std::string_view currency) {
  key_.assign(currency).append(1, ' ').append(member);
  const auto look_up = [&]() -> std::optional<std::int64_t> {
    const auto row = database_.find(select_account, {member, currency});
    return row ? std::optional(row->integer(0)) : std::nullopt;
  };
  if (const auto known = accounts_.find(key_, look_up)) return *known;
  const auto number = accounts_.give(key_);
  database_.run(insert_runs_of_account, {number});
  database_.run(insert_account, {member, currency, number});
  return number;
}

constexpr const char* select_last_order = "SELECT number, order_id FROM orders ORDER BY number DESC LIMIT 1";
constexpr const char* insert_order = "INSERT INTO orders (number, order_id) VALUES ($1, $2)";

std::int64_t AccountEntriesWriter::order_of(const domain::OrderId& order) {
  if (!last_order_) {
    const auto row = database_.find(select_last_order);
    last_order_ = row ? LastOrder{row->integer(0), std::string(row->blob(1).bytes)} : LastOrder{};
  }
  const PackedId packed(order.value);
  if (last_order_->packed == packed.bytes()) return last_order_->number;
  last_order_->packed = packed.bytes();
  database_.run(insert_order, {++last_order_->number, packed});
  return last_order_->number;
}

constexpr const char* select_terms =
    "SELECT number FROM terms WHERE plan_id = $1 AND plan_version = $2 AND level = $3 AND rate_kind = $4 "
    "AND rate_value = $5";
constexpr const char* insert_terms =
    "INSERT INTO terms (plan_id, plan_version, level, rate_kind, rate_value) VALUES ($1, $2, $3, $4, $5)";

std::int64_t AccountEntriesWriter::find_or_add_terms(const Terms& terms) {
  const auto find = [&] {
    return database_.find(select_terms,
                          {terms.plan, terms.plan_version, terms.level.value, terms.rate_kind, terms.rate_value});
  };
  if (const auto known = find()) return known->integer(0);
  database_.run(insert_terms, {terms.plan, terms.plan_version, terms.level.value, terms.rate_kind, terms.rate_value});
  return find().value().integer(0);
}

std::int64_t AccountEntriesWriter::terms_of(const Terms& terms) {
  key_.clear();
  fmt::format_to(std::back_inserter(key_), "{} {} {} {} {}", terms.level.value, terms.plan_version, terms.rate_kind,
                 terms.rate_value, terms.plan);
  const auto [known, is_new] = terms_.try_emplace(key_);
  if (is_new) known->second = find_or_add_terms(terms);
  return known->second;
}

void AccountEntriesWriter::add(const RecordedEvent& event, const domain::CommissionAccrued& e) {
  entries_.push_back({account_of(event.stream.id, e.currency.code),
                      {.position = event.position,
                       .version = event.version,
                       .amount = e.amount,
                       .occurred_at = event.occurred_at,
                       .available_at = e.available_at,
                       .order = order_of(e.order),
                       .terms = terms_of({.level = e.level,
                                          .plan = e.plan.value,
                                          .plan_version = e.plan_version.value,
                                          .rate_kind = static_cast<int>(e.rate.kind),
                                          .rate_value = e.rate.value}),
                       .base = e.base}});
}

void AccountEntriesWriter::add(const RecordedEvent& event, const domain::CommissionReversed& e) {
  entries_.push_back({account_of(event.stream.id, e.currency.code),
                      {.position = event.position,
                       .version = event.version,
                       .amount = {-e.amount.value},
                       .occurred_at = event.occurred_at,
                       .available_at = e.available_at,
                       .order = order_of(e.order),
                       .terms = terms_of({.level = e.level, .plan = e.plan.value}),
                       .refund = e.refund.value}});
}

/// Whatever was written before: a section is closed by the first entry behind it.
void AccountEntriesWriter::flush() {
  auto open = entries_.empty() ? std::nullopt : open_section();
  for (auto rest = std::span<const NewEntry>(entries_); !rest.empty();) {
    const auto section = section_of(rest.front().entry.position);
    const auto is_behind = [&](const NewEntry& added) { return section_of(added.entry.position) > section; };
    const auto count = static_cast<std::size_t>(std::ranges::find_if(rest, is_behind) - rest.begin());
    if (open && *open < section) close(*open, {});
    if (count < rest.size()) {
      close(section, rest.first(count));
      open.reset();
    } else {
      insert(rest);
    }
    rest = rest.subspan(count);
  }
  entries_.clear();
  accounts_.forget_many();
}

constexpr const char* select_first_open = "SELECT position FROM entries ORDER BY position LIMIT 1";

std::optional<std::uint64_t> AccountEntriesWriter::open_section() {
  const auto row = database_.find(select_first_open);
  return row ? std::optional(section_of(row->position(0))) : std::nullopt;
}

constexpr const char* insert_entry =
    "INSERT INTO entries (position, account, version, amount_minor, occurred_at, available_at, order_number, terms, "
    "base_minor, refund_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

void AccountEntriesWriter::insert(std::span<const NewEntry> entries) {
  for (const auto& [account, entry] : entries) {
    database_.run(insert_entry,
                  {entry.position, account, entry.version.value, entry.amount, entry.occurred_at, entry.available_at,
                   entry.order, entry.terms, entry.base, entry.refund.empty() ? SqlValue() : SqlValue(entry.refund)});
  }
}

constexpr const char* insert_section = "INSERT INTO sections (number, occurred_at, order_number) VALUES ($1, $2, $3)";

void AccountEntriesWriter::close(std::uint64_t number, std::span<const NewEntry> unwritten) {
  auto entries = taken_out();
  entries.insert(entries.end(), unwritten.begin(), unwritten.end());
  const auto& first = entries.front().entry;
  const Section section{number, first.occurred_at, first.order};
  database_.run(insert_section, {section.number, section.occurred_at, section.order});
  write_runs(section, entries);
}

constexpr const char* select_entries =
    "SELECT position, version, amount_minor, occurred_at, available_at, order_number, terms, base_minor, refund_id, "
    "account FROM entries ORDER BY position";
constexpr const char* delete_entries = "DELETE FROM entries";

std::vector<AccountEntriesWriter::NewEntry> AccountEntriesWriter::taken_out() {
  std::vector<NewEntry> entries;
  for (auto row = database_.query(select_entries); row.next();) entries.push_back({row.integer(9), entry_from(row)});
  if (!entries.empty()) database_.run(delete_entries);
  return entries;
}

constexpr const char* select_last_run = "SELECT number FROM runs ORDER BY number DESC LIMIT 1";
constexpr const char* select_newest_run = "SELECT newest FROM account_runs WHERE account = $1";
constexpr const char* update_newest_run = "UPDATE account_runs SET newest = $1 WHERE account = $2";
constexpr const char* insert_run =
    "INSERT INTO runs (number, account, section, previous, packed) VALUES ($1, $2, $3, $4, $5)";

void AccountEntriesWriter::write_runs(const Section& section, std::vector<NewEntry>& entries) {
  std::ranges::sort(entries, {}, [](const NewEntry& one) { return std::pair(one.account, one.entry.position); });
  const auto last = database_.find(select_last_run);
  auto number = last ? last->integer(0) : 0;
  std::vector<const AccountEntry*> of_account;
  std::string packed;
  for (auto first = entries.begin(); first != entries.end();) {
    const auto account = first->account;
    of_account.clear();
    for (; first != entries.end() && first->account == account; ++first) of_account.push_back(&first->entry);
    pack(of_account, section, packed);
    const auto previous = database_.find(select_newest_run, {account}).value().integer(0);
    database_.run(insert_run, {++number, account, section.number, previous, Blob{packed}});
    database_.run_on_one_row(update_newest_run, {number, account});
  }
}

}  // namespace upline::projections
