#include "projections/known_numbers.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace upline::projections {

namespace {

constexpr std::size_t kept_max = 200'000;

/// Looking up one text costs as much as reading some eight in their order.
constexpr std::int64_t texts_a_look_up = 8;

constexpr std::size_t slots_min = 64;

std::uint32_t hash_of(std::string_view text) { return static_cast<std::uint32_t>(std::hash<std::string_view>()(text)); }

}  // namespace

std::string_view NumbersOfTexts::text_of(const Slot& slot) const {
  const auto* text = texts_.data() + slot.text;
  std::uint32_t size{};
  std::memcpy(&size, text - sizeof(size), sizeof(size));
  return {text, size};
}

/// Where the text is, or would be.
std::size_t NumbersOfTexts::slot_of(std::string_view text, std::uint32_t hash) const {
  const auto last = slots_.size() - 1;
  auto place = hash & last;
  for (; slots_[place].text != 0; place = (place + 1) & last) {
    if (slots_[place].hash == hash && text_of(slots_[place]) == text) break;
  }
  return place;
}

std::optional<std::int64_t> NumbersOfTexts::find(std::string_view text) const {
  if (slots_.empty()) return std::nullopt;
  const auto& slot = slots_[slot_of(text, hash_of(text))];
  return slot.text == 0 ? std::nullopt : std::optional(slot.number);
}

void NumbersOfTexts::add(std::string_view text, std::int64_t number) {
  if (2 * size_ >= slots_.size()) grow();
  const auto hash = hash_of(text);
  auto& slot = slots_[slot_of(text, hash)];
  if (slot.text != 0) return;
  const auto size = static_cast<std::uint32_t>(text.size());
  texts_.append(reinterpret_cast<const char*>(&size), sizeof(size));
  slot = {static_cast<std::uint32_t>(texts_.size()), hash, number};
  texts_.append(text);
  ++size_;
}

void NumbersOfTexts::grow() {
  auto before = std::exchange(slots_, std::vector<Slot>(std::max(slots_min, 2 * slots_.size())));
  for (const auto& slot : before) {
    if (slot.text != 0) slots_[slot_of(text_of(slot), slot.hash)] = slot;
  }
}

bool KnownNumbers::has_all() {
  if (last_) return has_all_;
  last_ = database_.find(statements_.last).value().integer(0);
  has_all_ = *last_ == 0;
  return has_all_;
}

/// Reads all of them where that is cheaper than to go on looking up.
void KnownNumbers::note_looked_up() {
  ++looked_up_;
  if (static_cast<std::size_t>(*last_) > kept_max || looked_up_ * texts_a_look_up < *last_) return;
  for (auto row = database_.query(statements_.all); row.next();) numbers_.add(row.text(0), row.integer(1));
  has_all_ = true;
}

std::int64_t KnownNumbers::give(std::string_view text, std::int64_t count) {
  const auto first = *last_ + 1;
  *last_ += count;
  numbers_.add(text, first);
  return first;
}

void KnownNumbers::forget_many() {
  if (numbers_.size() <= kept_max) return;
  numbers_.clear();
  has_all_ = false;
}

}  // namespace upline::projections
