#include "projections/referral_live_tree.hpp"

#include "domain/overloaded.hpp"
#include "eventstore/stored_event.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <ranges>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

std::optional<TreeChange> tree_change_of(const domain::RecordedEvent& event) {
  TreeChange change{.member = event.stream.id, .bond = {event.position, event.occurred_at}};
  return std::visit(domain::Overloaded{
                        [&](const domain::MemberEnrolled& e) {
                          if (e.referrer) change.referrer = e.referrer->value;
                          return std::optional(std::move(change));
                        },
                        [&](const domain::ReferrerBound& e) {
                          change.referrer = e.referrer.value;
                          return std::optional(std::move(change));
                        },
                        [&](const domain::MemberMoved& e) {
                          change.referrer = e.referrer.value;
                          return std::optional(std::move(change));
                        },
                        [](const auto&) { return std::optional<TreeChange>(); },
                    },
                    event.event);
}

void LiveTree::apply(const TreeChange& change) {
  const auto referrer = change.referrer ? find(*change.referrer) : above_all;
  if (referrer == nowhere) {
    throw eventstore::DamagedStore(fmt::format("position {}: the referrer is no member", change.bond.by.value));
  }
  const auto known = find(change.member);
  if (known != nowhere) take_down(known);
  hang(known == nowhere ? enrol(change) : known, referrer, change.referrer ? change.bond : Bond{});
}

Place LiveTree::enrol(const TreeChange& change) {
  const auto place = static_cast<Place>(levels_->end() + added_.size());
  added_.push_back({.id = change.member});
  added_places_.emplace(change.member, place);
  return place;
}

void LiveTree::hang(Place member, Place referrer, const Bond& bond) {
  if (is_settled(member)) {
    moved_.insert(std::ranges::lower_bound(moved_, member, {}, &Moved::place), {member, referrer, bond});
  } else {
    auto& added = added_[member - levels_->end()];
    added.referrer = referrer;
    added.bond = bond;
  }
  edges_.insert(edge_for(referrer, id(member)), {referrer, member});
}

void LiveTree::take_down(Place member) {
  if (!is_settled(member) || find_moved(member) != nullptr) edges_.erase(edge_for(referrer(member), id(member)));
  std::erase_if(moved_, [member](const Moved& moved) { return moved.place == member; });
}

/// Where it stands, or would.
std::vector<LiveTree::Edge>::const_iterator LiveTree::edge_for(Place referrer, std::string_view id) const {
  return std::ranges::partition_point(edges_, [&](const Edge& edge) {
    return edge.referrer != referrer ? edge.referrer < referrer : this->id(edge.member) < id;
  });
}

const LiveTree::Moved* LiveTree::find_moved(Place place) const {
  const auto hit = std::ranges::lower_bound(moved_, place, {}, &Moved::place);
  return hit != moved_.end() && hit->place == place ? &*hit : nullptr;
}

Place LiveTree::find(std::string_view id) const {
  const auto place = levels_->find(id);
  if (place != nowhere || added_.empty()) return place;
  const auto added = added_places_.find(std::string(id));
  return added == added_places_.end() ? nowhere : added->second;
}

const Bond& LiveTree::bond(Place place) const {
  if (!is_settled(place)) return of_added(place).bond;
  const auto* const moved = find_moved(place);
  return moved == nullptr ? levels_->bond(place) : moved->bond;
}

namespace {

void append(std::vector<Places>& to, Places places) {
  if (places.first == places.end) return;
  if (!to.empty() && to.back().end == places.first) {
    to.back().end = places.end;
  } else {
    to.push_back(places);
  }
}

std::size_t members_in(const std::vector<Places>& all) {
  std::size_t sum = 0;
  for (const auto& places : all) sum += places.size();
  return sum;
}

/// The first that is not before `place`. A sweep that goes down a long chain passes few of them.
template <class Iterator, class Of>
Iterator seek(Iterator hint, Iterator begin, Iterator end, Place place, Of of) {
  const bool is_there =
      (hint == begin || std::invoke(of, *(hint - 1)) < place) && (hint == end || std::invoke(of, *hint) >= place);
  return is_there ? hint : std::ranges::lower_bound(begin, end, place, {}, of);
}

}  // namespace

/// Without those who moved away.
void LiveTree::settled_below(Places above, Sweep& sweep, std::vector<Places>& to) const {
  if (!is_settled(above.first)) return;
  auto below = levels_->below({above.first, std::min(above.end, levels_->end())});
  sweep.moved = seek(sweep.moved, moved_.begin(), moved_.end(), below.first, &Moved::place);
  for (; sweep.moved != moved_.end() && sweep.moved->place < below.end; ++sweep.moved) {
    append(to, {below.first, sweep.moved->place});
    below.first = sweep.moved->place + 1;
  }
  append(to, below);
}

void LiveTree::all_below(Places above, Sweep& sweep, std::vector<Places>& to) const {
  settled_below(above, sweep, to);
  sweep.edge = seek(sweep.edge, edges_.begin(), edges_.end(), above.first, &Edge::referrer);
  for (; sweep.edge != edges_.end() && sweep.edge->referrer < above.end; ++sweep.edge) {
    append(to, {sweep.edge->member, sweep.edge->member + 1});
  }
}

std::vector<Places> LiveTree::all_below(const std::vector<Places>& above, Sweep& sweep) const {
  std::vector<Places> below;
  for (const auto& places : above) all_below(places, sweep, below);
  return below;
}

std::vector<std::uint64_t> LiveTree::downline_by_level(Place place) const {
  std::vector<std::uint64_t> counts;
  auto at = sweep();
  std::vector<Places> level{{place, place + 1}};
  std::vector<Places> below;
  while (true) {
    below.clear();
    for (const auto& places : level) all_below(places, at, below);
    if (below.empty()) return counts;
    counts.push_back(members_in(below));
    if (counts.size() > size()) throw eventstore::DamagedStore("the referrals form a ring");
    std::swap(level, below);
  }
}

/// In the order of their ids: those of the levels and those who came since are sorted, each for itself.
std::vector<Place> LiveTree::children_behind(Place place, std::string_view after, std::size_t limit) const {
  const auto is_behind = [&](Place member) { return id(member) > after; };
  auto at = sweep();
  std::vector<Places> pieces;
  settled_below({place, place + 1}, at, pieces);
  std::vector<Place> old;
  for (const auto& places : pieces) {
    const auto all = std::views::iota(places.first, places.end);
    const auto first = std::ranges::partition_point(all, std::not_fn(is_behind));
    const auto count = std::min<std::size_t>(limit - old.size(), static_cast<std::size_t>(all.end() - first));
    old.insert(old.end(), first, first + static_cast<std::ptrdiff_t>(count));
  }
  std::vector<Place> since;
  for (auto edge = edge_for(place, after); edge != edges_.end() && edge->referrer == place; ++edge) {
    if (since.size() == limit) break;
    if (is_behind(edge->member)) since.push_back(edge->member);
  }
  if (since.empty()) return old;
  std::vector<Place> both;
  std::ranges::merge(
      old, since, std::back_inserter(both), {}, [this](Place member) { return id(member); },
      [this](Place member) { return id(member); });
  if (both.size() > limit) both.resize(limit);
  return both;
}

std::optional<std::vector<std::string_view>> LiveTree::level_below(Place place, std::uint64_t level,
                                                                   std::string_view after, std::size_t limit) const {
  std::vector<Place> members;
  if (level == 1) {
    members = children_behind(place, after, limit);
  } else {
    auto at = sweep();
    std::vector<Places> found{{place, place + 1}};
    for (std::uint64_t i = 0; i < level && !found.empty(); ++i) found = all_below(found, at);
    if (members_in(found) > searched_max) return std::nullopt;
    for (const auto& places : found) {
      for (auto member = places.first; member < places.end; ++member) {
        if (id(member) > after) members.push_back(member);
      }
    }
    std::ranges::sort(members, [this](Place left, Place right) { return id(left) < id(right); });
    if (members.size() > limit) members.resize(limit);
  }
  std::vector<std::string_view> ids;
  ids.reserve(members.size());
  for (const auto member : members) ids.push_back(id(member));
  return ids;
}

ReferralLevels LiveTree::settled() const {
  constexpr auto all = std::numeric_limits<std::size_t>::max();
  ReferralLevels levels(size());
  std::vector<Place> by_place{above_all};
  by_place.reserve(size() + 1);
  for (std::size_t at = 0; at < by_place.size(); ++at) {
    const auto below = children_behind(by_place[at], "", all);
    for (const auto member : below) levels.add(id(member), static_cast<Place>(at), bond(member));
    by_place.insert(by_place.end(), below.begin(), below.end());
  }
  if (by_place.size() != size() + 1) throw eventstore::DamagedStore("the referrals form a ring");
  levels.seal();
  return levels;
}

}  // namespace upline::projections
