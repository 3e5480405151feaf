#include "projections/account_entries_writer.hpp"

#include "projections/account_blocks.hpp"
#include "projections/packed_id.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

using domain::RecordedEvent;

/// As account_of() names them.
constexpr KnownNumbers::Statements known_accounts{
    .last = "SELECT COALESCE((SELECT number * 250 + length(packed) / 4 FROM heads ORDER BY number DESC LIMIT 1), 0)",
    .all = "SELECT currency || ' ' || member_id, number FROM accounts"};
constexpr const char* select_account = "SELECT number FROM accounts WHERE member_id = $1 AND currency = $2";
static_assert(heads_a_row == 250);
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
  new_accounts_.push_back(number);
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
  load_newest();
  entries_->push_back({account_of(event.stream.id, e.currency.code),
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
  load_newest();
  entries_->push_back({account_of(event.stream.id, e.currency.code),
                       {.position = event.position,
                        .version = event.version,
                        .amount = {-e.amount.value},
                        .occurred_at = event.occurred_at,
                        .available_at = e.available_at,
                        .order = order_of(e.order),
                        .terms = terms_of({.level = e.level, .plan = e.plan.value}),
                        .refund = e.refund.value}});
}

void AccountEntriesWriter::load_newest() {
  if (entries_) return;
  entries_ = newest_entries(database_);
  std::ranges::sort(*entries_, {}, [](const EntryOfAccount& one) { return one.entry.position; });
  written_ = entries_->size();
}

/// Whatever was written before: a section is closed by the first entry behind it.
void AccountEntriesWriter::flush() {
  if (!entries_) return;
  open_heads();
  auto rest = std::span<const EntryOfAccount>(*entries_);
  while (!rest.empty()) {
    const auto section = section_of(rest.front().entry.position);
    const auto is_behind = [&](const EntryOfAccount& one) { return section_of(one.entry.position) > section; };
    const auto count = static_cast<std::size_t>(std::ranges::find_if(rest, is_behind) - rest.begin());
    if (count == rest.size()) break;
    close(section, rest.first(count));
    rest = rest.subspan(count);
  }
  entries_->erase(entries_->begin(), entries_->end() - static_cast<std::ptrdiff_t>(rest.size()));
  write_newest();
  accounts_.forget_many();
}

constexpr const char* upsert_newest =
    "INSERT INTO newest (number, packed) VALUES ($1, $2) ON CONFLICT (number) DO UPDATE SET packed = excluded.packed";

/// From the row on in which something is new.
void AccountEntriesWriter::write_newest() {
  auto rest = std::span<const EntryOfAccount>(*entries_);
  if (written_ == rest.size()) return;
  const auto row_of = [](const EntryOfAccount& one) { return newest_row_of(one.entry.position); };
  auto row = row_of(rest[written_]);
  rest = {std::ranges::lower_bound(rest, row, {}, row_of), rest.end()};
  while (!rest.empty()) {
    row = row_of(rest.front());
    const auto end = std::ranges::upper_bound(rest, row, {}, row_of);
    database_.run(upsert_newest, {row, Blob{pack_newest({rest.begin(), end})}});
    rest = {end, rest.end()};
  }
  written_ = entries_->size();
}

constexpr const char* insert_section = "INSERT INTO sections (number, occurred_at, order_number) VALUES ($1, $2, $3)";
constexpr const char* delete_newest = "DELETE FROM newest";

void AccountEntriesWriter::close(std::uint64_t number, std::span<const EntryOfAccount> entries) {
  const auto& first = entries.front().entry;
  const Section section{number, first.occurred_at, first.order};
  database_.run(insert_section, {section.number, section.occurred_at, section.order});
  write_blocks(section, entries);
  if (written_ > 0) database_.run(delete_newest);
  written_ = 0;
}

namespace {

constexpr const char* upsert_heads =
    "INSERT INTO heads (number, packed) VALUES ($1, $2) ON CONFLICT (number) DO UPDATE SET packed = excluded.packed";

/// The newest blocks of accounts, which are asked for in ascending order.
class Heads {
 public:
  explicit Heads(ReadModelDatabase& database) : database_(database) {}

  /// The account's newest block is this one from here on. The one before, or 0.
  std::int64_t exchange(std::int64_t account, std::int64_t block) {
    if (const auto row = heads_row_of(account); row != row_) load(row);
    const auto before = head_of(packed_, account);
    set_head(packed_, account, block);
    return before;
  }

  void write() {
    if (row_) database_.run(upsert_heads, {*row_, Blob{packed_}});
  }

 private:
  void load(std::int64_t row) {
    write();
    row_ = row;
    packed_.clear();
    if (const auto stored = find_heads(database_, row)) packed_ = stored->blob(0).bytes;
  }

  ReadModelDatabase& database_;
  std::optional<std::int64_t> row_{};
  std::string packed_{};
};

}  // namespace

/// New accounts have their places, so that the last row tells how many accounts there are.
void AccountEntriesWriter::open_heads() {
  if (new_accounts_.empty()) return;
  Heads heads(database_);
  for (const auto account : new_accounts_) heads.exchange(account, 0);
  heads.write();
  new_accounts_.clear();
}

constexpr const char* select_last_block = "SELECT number FROM blocks ORDER BY number DESC LIMIT 1";
constexpr const char* insert_block = "INSERT INTO blocks (number, section, packed) VALUES ($1, $2, $3)";

void AccountEntriesWriter::write_blocks(const Section& section, std::span<const EntryOfAccount> entries) {
  const auto last = database_.find(select_last_block);
  auto number = last ? last->integer(0) + 1 : 1;
  Heads heads(database_);
  BlockPacker block(section);
  const auto write = [&] {
    database_.run(insert_block, {number++, section.number, Blob{block.bytes()}});
    block.clear();
  };
  visit_by_account(entries, [&](std::span<const EntryOfAccount* const> of_account) {
    const auto before = heads.exchange(of_account.front()->account, number);
    block.add(of_account, before == 0 ? 0 : number - before);
    if (block.is_full()) write();
  });
  if (!block.is_empty()) write();
  heads.write();
}

}  // namespace upline::projections
