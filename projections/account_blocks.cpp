#include "projections/account_blocks.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

namespace upline::projections {

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

}  // namespace

void visit_by_account(std::span<const EntryOfAccount> entries, const VisitAccount& visit) {
  std::vector<const EntryOfAccount*> sorted(entries.size());
  std::ranges::transform(entries, sorted.begin(), [](const auto& one) { return &one; });
  std::ranges::sort(sorted, {}, [](const auto* one) { return std::pair(one->account, one); });
  for (auto first = sorted.cbegin(); first != sorted.cend();) {
    const auto account = (*first)->account;
    const auto end = std::find_if(first, sorted.cend(), [&](const auto* one) { return one->account != account; });
    visit({first, end});
    first = end;
  }
}

void BlockPacker::add(std::span<const EntryOfAccount* const> of_account, std::int64_t previous) {
  entries_.clear();
  const auto beginning = before_all(section_);
  const auto* before = &beginning;
  for (const auto* one : of_account) {
    projections::add(entries_, one->entry, *before);
    before = &one->entry;
  }
  const auto account = of_account.front()->account;
  packed_.add(static_cast<std::uint64_t>(account - account_));
  packed_.add(static_cast<std::uint64_t>(previous));
  packed_.add_text(entries_.bytes());
  account_ = account;
}

void BlockPacker::clear() {
  packed_.clear();
  account_ = 0;
}

std::optional<RunOfAccount> find_run(std::string_view block, std::int64_t account) {
  std::uint64_t at = 0;
  const auto wanted = static_cast<std::uint64_t>(account);
  for (Unpacker unpacker(block); at < wanted && !unpacker.at_end();) {
    at += unpacker.next();
    const auto previous = static_cast<std::int64_t>(unpacker.next());
    const auto entries = unpacker.next_text();
    if (at == wanted) return RunOfAccount{previous, entries};
  }
  return std::nullopt;
}

namespace {

constexpr std::size_t head_bytes = 4;

std::size_t place_of(std::int64_t account) {
  return static_cast<std::size_t>((account - 1) % heads_a_row) * head_bytes;
}

}  // namespace

std::int64_t head_of(std::string_view heads, std::int64_t account) {
  const auto place = place_of(account);
  if (heads.size() < place + head_bytes) return 0;
  std::int64_t block = 0;
  for (std::size_t i = head_bytes; i > 0; --i) block = block << 8U | static_cast<std::uint8_t>(heads[place + i - 1]);
  return block;
}

void set_head(std::string& heads, std::int64_t account, std::int64_t block) {
  if (block > std::numeric_limits<std::uint32_t>::max()) throw std::overflow_error("too many blocks of accounts");
  const auto place = place_of(account);
  if (heads.size() < place + head_bytes) heads.resize(place + head_bytes);
  for (std::size_t i = 0; i < head_bytes; ++i, block >>= 8U) heads[place + i] = static_cast<char>(block & 0xff);
}

void visit_run(std::string_view entries, const Section& section,
               const std::function<bool(const AccountEntry&)>& visit) {
  auto entry = before_all(section);
  for (Unpacker unpacker(entries); !unpacker.at_end();) {
    read_next(unpacker, entry);
    if (!visit(entry)) return;
  }
}

std::string pack_newest(std::span<const EntryOfAccount> entries) {
  const auto& first = entries.front().entry;
  const Section section{section_of(first.position), first.occurred_at, first.order};
  BlockPacker block(section);
  visit_by_account(entries, [&](std::span<const EntryOfAccount* const> of_account) { block.add(of_account, 0); });
  Packer beginning;
  beginning.add_signed(section.occurred_at.microseconds);
  beginning.add(static_cast<std::uint64_t>(section.order));
  return beginning.bytes() + block.bytes();
}

NewestRow newest_row(std::int64_t number, std::string_view packed) {
  const domain::Position first{static_cast<std::uint64_t>(number) * newest_positions};
  Unpacker unpacker(packed);
  NewestRow row{.section = {.number = section_of(first)}};
  row.section.occurred_at = {unpacker.next_signed()};
  row.section.order = static_cast<std::int64_t>(unpacker.next());
  row.block = unpacker.rest();
  return row;
}

void visit_all(const NewestRow& row, const std::function<void(const EntryOfAccount&)>& visit) {
  EntryOfAccount one;
  for (Unpacker unpacker(row.block); !unpacker.at_end();) {
    one.account += static_cast<std::int64_t>(unpacker.next());
    unpacker.next();
    visit_run(unpacker.next_text(), row.section, [&](const AccountEntry& entry) {
      one.entry = entry;
      visit(one);
      return true;
    });
  }
}

}  // namespace upline::projections
