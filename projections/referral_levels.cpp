#include "projections/referral_levels.hpp"

#include <bit>
#include <cassert>
#include <functional>
#include <limits>
#include <stdexcept>

namespace upline::projections {

ReferralLevels::ReferralLevels(std::size_t members) {
  constexpr std::size_t usual_id_bytes = 12;
  referrers_.reserve(members + 1);
  id_ends_.reserve(members + 1);
  bonds_.reserve(members + 1);
  first_below_.reserve(members + 2);
  ids_.reserve(members * usual_id_bytes);
  referrers_.push_back(above_all);
  id_ends_.push_back(0);
  bonds_.emplace_back();
}

void ReferralLevels::add(std::string_view id, Place referrer, const Bond& bond) {
  assert(referrer < end() && referrer >= referrers_.back());
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  if (referrers_.size() + 1 >= most || ids_.size() + id.size() >= most) {
    throw std::length_error("the tree has more members than fit into memory");
  }
  // Whom those before this referrer referred have all been added.
  while (first_below_.size() <= referrer) first_below_.push_back(end());
  ids_.append(id);
  referrers_.push_back(referrer);
  id_ends_.push_back(static_cast<std::uint32_t>(ids_.size()));
  bonds_.push_back(bond);
}

void ReferralLevels::seal() {
  first_below_.resize(std::size_t{end()} + 1, end());
  // Between a third and two thirds of the slots are taken.
  slots_.assign(std::bit_ceil(referrers_.size() * 3 / 2 + 1), above_all);
  for (Place place = 1; place < end(); ++place) slots_[slot_of(id(place))] = place;
}

/// Its own, or the free one where it would stand.
std::size_t ReferralLevels::slot_of(std::string_view id) const {
  const auto mask = slots_.size() - 1;
  auto slot = std::hash<std::string_view>{}(id)&mask;
  while (slots_[slot] != above_all && this->id(slots_[slot]) != id) slot = (slot + 1) & mask;
  return slot;
}

Place ReferralLevels::find(std::string_view id) const {
  const auto place = slots_[slot_of(id)];
  return place == above_all ? nowhere : place;
}

}  // namespace upline::projections
