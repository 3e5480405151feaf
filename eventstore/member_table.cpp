#include "eventstore/member_table.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace upline::eventstore {

namespace {

using namespace domain;

constexpr std::size_t slots_min = 64;

std::uint32_t hash_of(std::string_view id) { return static_cast<std::uint32_t>(std::hash<std::string_view>()(id)); }

}  // namespace

std::string_view MemberRows::id(MemberNumber number) const {
  const auto& row = rows_[number];
  if (row.id_size == long_id) return long_ids_.at(number);
  return {row.id.data(), row.id_size};
}

/// Where the id is, or would be.
std::size_t MemberRows::slot_of(std::string_view id, std::uint32_t hash) const {
  const auto last = slots_.size() - 1;
  auto place = hash & last;
  for (; slots_[place].number != nobody; place = (place + 1) & last) {
    if (slots_[place].hash == hash && this->id(slots_[place].number) == id) break;
  }
  return place;
}

MemberNumber MemberRows::find(std::string_view id) const {
  return slots_.empty() ? nobody : slots_[slot_of(id, hash_of(id))].number;
}

MemberNumber MemberRows::name(std::string_view id) {
  if (2 * size() >= slots_.size()) grow();
  const auto hash = hash_of(id);
  auto& slot = slots_[slot_of(id, hash)];
  if (slot.number != nobody) return slot.number;
  const auto number = static_cast<MemberNumber>(size());
  auto& row = rows_.emplace_back();
  if (id.size() <= short_id_max) {
    std::ranges::copy(id, row.id.begin());
    row.id_size = static_cast<std::uint8_t>(id.size());
  } else {
    long_ids_.emplace(number, id);
    row.id_size = long_id;
  }
  slot = {hash, number};
  return number;
}

/// No two ids are the same here, so none is read.
void MemberRows::grow() {
  std::vector<Slot> larger(std::max(slots_min, 2 * slots_.size()));
  const auto last = larger.size() - 1;
  for (const auto& slot : slots_) {
    if (slot.number == nobody) continue;
    auto place = slot.hash & last;
    while (larger[place].number != nobody) place = (place + 1) & last;
    larger[place] = slot;
  }
  slots_ = std::move(larger);
}

/// Known again at last: who is half put is not.
void MemberRows::put(MemberNumber number, const KnownMember& known) {
  rows_[number].is_known = false;
  rows_[number].has_more = false;
  more_.erase(number);
  const auto* member = std::get_if<EnrolledMember>(&known.state);
  rows_[number].is_enrolled = member != nullptr;
  if (member != nullptr) put_state(number, *member);
  rows_[number].knows_purchases = known.has_purchased.has_value();
  rows_[number].has_purchased = known.has_purchased.value_or(false);
  rows_[number].knows_account = false;
  if (known.account_head) set_account_head(number, *known.account_head);
  rows_[number].is_known = true;
}

/// Naming the referrer may move all rows.
void MemberRows::put_state(MemberNumber number, const EnrolledMember& member) {
  const auto referrer = member.referrer ? name(member.referrer->value) : nobody;
  auto& row = rows_[number];
  row.enrolled_at = member.enrolled_at.microseconds;
  row.referrer = referrer;
  row.standing = member.standing;
  row.is_erased = member.is_erased;
  row.has_more = member.enrolled_under != member.referrer || member.invited_by || member.visitor;
  if (row.has_more) more_[number] = {member.enrolled_under, member.invited_by, member.visitor};
}

Member MemberRows::state(MemberNumber number) const {
  const auto& row = rows_[number];
  if (!row.is_enrolled) return NotEnrolled{};
  EnrolledMember member{.enrolled_at = {row.enrolled_at}, .standing = row.standing, .is_erased = row.is_erased};
  if (row.referrer != nobody) member.referrer = MemberId{std::string(id(row.referrer))};
  if (row.has_more) {
    const auto& more = more_.at(number);
    member.enrolled_under = more.enrolled_under;
    member.invited_by = more.invited_by;
    member.visitor = more.visitor;
  } else {
    member.enrolled_under = member.referrer;
  }
  return member;
}

KnownMember MemberRows::known(MemberNumber number) const {
  return {state(number), has_purchased(number), account_head(number)};
}

std::optional<bool> MemberRows::has_purchased(MemberNumber number) const {
  const auto& row = rows_[number];
  return row.knows_purchases ? std::optional<bool>(row.has_purchased) : std::nullopt;
}

void MemberRows::set_purchased(MemberNumber number, bool has_purchased) {
  rows_[number].knows_purchases = true;
  rows_[number].has_purchased = has_purchased;
}

std::optional<StreamHead> MemberRows::account_head(MemberNumber number) const {
  const auto& row = rows_[number];
  if (!row.knows_account) return std::nullopt;
  return StreamHead{{row.account_version}, {row.account_position}};
}

/// One with more entries than a row can count is looked up.
void MemberRows::set_account_head(MemberNumber number, const StreamHead& end) {
  auto& row = rows_[number];
  row.knows_account = end.version.value <= UINT32_MAX;
  row.account_version = static_cast<std::uint32_t>(end.version.value);
  row.account_position = end.position.value;
}

MemberNumber MemberTable::find(std::string_view id) {
  if (const auto number = young_.find(id); number != nobody && young_.is_known(number)) return number;
  const auto before = old_.find(id);
  return before != nobody && old_.is_known(before) ? put(id, old_.known(before)) : nobody;
}

MemberNumber MemberTable::put(std::string_view id, const KnownMember& known) {
  if (young_.room() >= generation_max_) {
    has_forgotten_ = true;
    old_ = std::exchange(young_, {});
  }
  const auto number = young_.name(id);
  young_.put(number, known);
  return number;
}

void MemberTable::merge(const std::vector<MemberRead>& others) {
  if (has_forgotten_ || young_.room() + others.size() > generation_max_) return;
  for (const auto& [id, known] : others) {
    const auto number = young_.name(id.value);
    if (!young_.is_known(number)) young_.put(number, known);
  }
}

void MemberTable::clear() {
  young_ = {};
  old_ = {};
  has_forgotten_ = false;
}

}  // namespace upline::eventstore
