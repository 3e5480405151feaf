// All members in the order of their depth, and below one referrer by id: whoever stands a level below a member has a
// place in one range, and so have all those below a range. So a downline is counted level by level without looking at
// anybody in it, in time that depends on its depth only. About 36 bytes a member beside the id.
#pragma once

#include "domain/ids.hpp"
#include "domain/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace upline::projections {

/// Number of a member in that order, from 1.
using Place = std::uint32_t;
constexpr Place above_all = 0;  // where those without a referrer hang; nobody's
constexpr Place nowhere = UINT32_MAX;

/// From `first` on, before `end`.
struct Places {
  Place first{};
  Place end{};
  std::size_t size() const { return end - first; }
};

/// What put a member below its referrer; nothing for those without one.
struct Bond {
  domain::Position by{};
  domain::Timestamp at{};
  bool operator==(const Bond&) const = default;
};

class ReferralLevels {
 public:
  /// Nobody yet.
  ReferralLevels() : ReferralLevels(0) { seal(); }
  /// With room for so many.
  explicit ReferralLevels(std::size_t members);

  /// The next place, below a referrer that is not before that of the one added last; ids ascend below each. Throws
  /// std::length_error where there are more than four billion, or their ids take as many bytes.
  void add(std::string_view id, Place referrer, const Bond& bond);
  /// After the last one: from here on it can be asked.
  void seal();

  /// The places taken, that of nobody included.
  Place end() const { return static_cast<Place>(referrers_.size()); }

  /// nowhere where there is none such. Three cache misses among a million.
  Place find(std::string_view id) const;
  std::string_view id(Place place) const {
    return {ids_.data() + id_ends_[place - 1], id_ends_[place] - id_ends_[place - 1]};
  }
  Place referrer(Place place) const { return referrers_[place]; }
  const Bond& bond(Place place) const { return bonds_[place]; }

  /// Whom all those referred, in the order of their referrers.
  Places below(Places places) const { return {first_below_[places.first], first_below_[places.end]}; }

 private:
  std::size_t slot_of(std::string_view id) const;

  std::vector<Place> referrers_{};        // alone, so that a walk up meets few lines of the processor's cache
  std::vector<std::uint32_t> id_ends_{};  // in ids_, where the next one's begins
  std::vector<Bond> bonds_{};
  std::vector<Place> first_below_{};  // one more than members
  std::string ids_{};
  std::vector<Place> slots_{};  // by hash, the next free one after it; above_all is free
};

}  // namespace upline::projections
