#include "projections/referral_forest.hpp"

#include "eventstore/stored_event.hpp"

#include <cassert>
#include <utility>

namespace upline::projections {

void SortedIds::add(std::string_view id) {
  assert(ends_.empty() || (*this)[static_cast<MemberIndex>(size() - 1)] < id);
  bytes_.append(id);
  ends_.push_back(bytes_.size());
}

std::string_view SortedIds::operator[](MemberIndex index) const {
  const auto begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(bytes_).substr(begin, ends_[index] - begin);
}

MemberIndex SortedIds::find(std::string_view id) const {
  MemberIndex from = 0;
  auto to = static_cast<MemberIndex>(size());
  while (from < to) {
    const auto middle = from + (to - from) / 2;
    if ((*this)[middle] < id) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from < size() && (*this)[from] == id ? from : no_member;
}

ReferralForest::ReferralForest(SortedIds ids, std::vector<MemberIndex> referrer_of)
    : ids_(std::move(ids)), referrer_of_(std::move(referrer_of)), places_(referrer_of_.size()) {
  assert(ids_.size() == referrer_of_.size() && size() < no_member);
  list_children();
  walk_down();
  count_up();
}

/// A counting sort by referrer keeps the order of ids among the children of each.
void ReferralForest::list_children() {
  first_child_.assign(size() + 1, 0);
  for (const auto referrer : referrer_of_) {
    if (referrer != no_member) ++first_child_[referrer + 1];
  }
  for (std::size_t i = 0; i < size(); ++i) {
    places_[i].direct_count = first_child_[i + 1];
    first_child_[i + 1] += first_child_[i];
  }
  children_.resize(first_child_.back());
  auto next = first_child_;
  for (MemberIndex i = 0; i < size(); ++i) {
    if (referrer_of_[i] != no_member) children_[next[referrer_of_[i]]++] = i;
  }
}

void ReferralForest::walk_down() {
  top_down_.reserve(size());
  for (MemberIndex i = 0; i < size(); ++i) {
    if (referrer_of_[i] == no_member) top_down_.push_back(i);
  }
  for (std::size_t at = 0; at < top_down_.size(); ++at) {
    for (const auto child : children(top_down_[at])) {
      places_[child].depth = places_[top_down_[at]].depth + 1;
      top_down_.push_back(child);
    }
  }
  if (top_down_.size() != size()) throw eventstore::DamagedStore("the referrals form a ring");
}

void ReferralForest::count_up() {
  for (auto at = top_down_.size(); at-- > 0;) {
    const auto member = top_down_[at];
    const auto referrer = referrer_of_[member];
    if (referrer != no_member) places_[referrer].downline_count += places_[member].downline_count + 1;
  }
}

TreeRow ReferralForest::row(MemberIndex index) const {
  const auto referrer = referrer_of_[index];
  return {ids_[index], referrer == no_member ? std::string_view{} : ids_[referrer], places_[index]};
}

std::span<const MemberIndex> ReferralForest::children(MemberIndex index) const {
  return std::span(children_).subspan(first_child_[index], first_child_[index + 1] - first_child_[index]);
}

std::vector<std::uint64_t> ReferralForest::downline_by_level(MemberIndex index) const {
  std::vector<std::uint64_t> counts;
  std::vector<MemberIndex> level{index};
  while (true) {
    std::vector<MemberIndex> below;
    for (const auto member : level) below.insert(below.end(), children(member).begin(), children(member).end());
    if (below.empty()) return counts;
    counts.push_back(below.size());
    level = std::move(below);
  }
}

}  // namespace upline::projections
