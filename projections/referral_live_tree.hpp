// The referral tree of now: the levels of some moment, and beside them whoever came or moved since. Any member's place
// is asked for in times that do not depend on how many stand below; each of those who came since costs some 50
// nanoseconds more, so that they are settled into new levels from time to time.
#pragma once

#include "domain/event.hpp"
#include "projections/referral_levels.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace upline::projections {

/// An enrolment, a binding or a move.
struct TreeChange {
  std::string member{};
  std::optional<std::string> referrer{};
  Bond bond{};  // its position and time also where there is no referrer
};

/// Nothing where the event changes no tree.
std::optional<TreeChange> tree_change_of(const domain::RecordedEvent& event);

/// Copies share the levels.
class LiveTree {
 public:
  LiveTree() : LiveTree(std::make_shared<const ReferralLevels>()) {}
  explicit LiveTree(std::shared_ptr<const ReferralLevels> levels) : levels_(std::move(levels)) {}

  /// Throws DamagedStore where the referrer is no member.
  void apply(const TreeChange& change);

  std::size_t size() const { return levels_->end() - 1 + added_.size(); }
  /// How many came or moved since the levels were made.
  std::size_t unsettled() const { return added_.size() + moved_.size(); }
  /// The same tree with everybody in the levels. Some 0.1 microseconds a member. Throws DamagedStore for a ring.
  ReferralLevels settled() const;

  /// nowhere where there is none such.
  Place find(std::string_view id) const;
  std::string_view id(Place place) const { return is_settled(place) ? levels_->id(place) : of_added(place).id; }
  /// above_all where there is none.
  Place referrer(Place place) const {
    if (!is_settled(place)) return of_added(place).referrer;
    const auto* const moved = moved_.empty() ? nullptr : find_moved(place);
    return moved == nullptr ? levels_->referrer(place) : moved->referrer;
  }
  const Bond& bond(Place place) const;

  /// How many stand 1, 2, 3 ... levels below. Some nanoseconds a level.
  std::vector<std::uint64_t> downline_by_level(Place place) const;

  /// At most `limit` of those who stand that many levels below, in bytewise order, from behind `after` on. Nothing for
  /// a level that would have to be sorted whole and has more than searched_max members.
  std::optional<std::vector<std::string_view>> level_below(Place place, std::uint64_t level, std::string_view after,
                                                           std::size_t limit) const;
  static constexpr std::size_t searched_max = 4096;

 private:
  struct Added {
    std::string id{};
    Place referrer{};
    Bond bond{};
  };
  /// One of the levels who hangs elsewhere by now.
  struct Moved {
    Place place{};
    Place referrer{};
    Bond bond{};
  };
  /// From a referrer to one who came or moved below it.
  struct Edge {
    Place referrer{};
    Place member{};
  };
  /// Where in the sorted edges and moves a sweep through the levels was last: the next range is often near.
  struct Sweep {
    std::vector<Edge>::const_iterator edge;
    std::vector<Moved>::const_iterator moved;
  };

  bool is_settled(Place place) const { return place < levels_->end(); }
  const Added& of_added(Place place) const { return added_[place - levels_->end()]; }
  const Moved* find_moved(Place place) const;
  Place enrol(const TreeChange& change);
  void hang(Place member, Place referrer, const Bond& bond);
  void take_down(Place member);
  std::vector<Edge>::const_iterator edge_for(Place referrer, std::string_view id) const;

  Sweep sweep() const { return {edges_.begin(), moved_.begin()}; }
  void settled_below(Places above, Sweep& sweep, std::vector<Places>& to) const;
  void all_below(Places above, Sweep& sweep, std::vector<Places>& to) const;
  std::vector<Places> all_below(const std::vector<Places>& above, Sweep& sweep) const;
  std::vector<Place> children_behind(Place place, std::string_view after, std::size_t limit) const;

  std::shared_ptr<const ReferralLevels> levels_;
  std::vector<Added> added_{};  // their places follow those of the levels
  std::unordered_map<std::string, Place> added_places_{};
  std::vector<Moved> moved_{};  // by place
  std::vector<Edge> edges_{};   // by referrer, then by id
};

}  // namespace upline::projections
