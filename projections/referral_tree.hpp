// Who is a member, who referred whom, and since when.
#pragma once

#include "domain/ids.hpp"
#include "domain/member.hpp"
#include "projections/as_of.hpp"
#include "projections/projection.hpp"
#include "projections/referral_forest.hpp"
#include "projections/referral_levels.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace upline::projections {

/// A member at one moment.
struct MemberCard {
  domain::MemberId member{};
  domain::Timestamp enrolled_at{};
  domain::Position position{};  // of the enrolment
  domain::ReferralCode code{};
  domain::Standing standing{};
  std::optional<domain::MemberId> referrer{};   // once both are enrolled, as in the tree
  std::optional<domain::Timestamp> bound_at{};  // with the referrer
};

/// One step up a chain.
struct Ancestor {
  domain::MemberId member{};
  std::uint64_t level{};        // 1 is the direct referrer
  domain::Position bound_by{};  // the event that put this member above the one below
  domain::Timestamp bound_at{};
};

const Projection& referral_tree_projection();

/// The whole tree at one position of the log.
struct SettledTree {
  ReferralLevels levels{};
  domain::Position position{};
};

/// The tree at a moment has the members enrolled by then; a binding counts once both its members are in it (ledger
/// specification, "Members and referral"), and by time no earlier than any move before it in the log, so that the tree
/// has no ring at any moment.
class ReferralTree {
 public:
  explicit ReferralTree(ReadModelDatabase& database) : database_(database) {}

  /// The whole tree: about half a microsecond a member, whatever its shape.
  ReferralForest forest(const AsOf& as_of) const;

  /// The whole tree as of the last event that was taken in: about 1.5 microseconds a member. Nothing where there are
  /// more members than that.
  std::optional<SettledTree> settled(std::size_t members_max) const;

  /// Nothing where there was no such member by then.
  std::optional<MemberCard> member(const AsOf& as_of, const domain::MemberId& member) const;

  /// The referrers above a member, nearest first, at most `levels_max`. About 2 microseconds a level.
  std::vector<Ancestor> ancestors(const AsOf& as_of, const domain::MemberId& member, std::size_t levels_max) const;

  /// At most `limit` of those whom a member referred, in bytewise order, from behind `after` on; `after` is empty for
  /// the first page. About a microsecond each.
  std::vector<domain::MemberId> children(const AsOf& as_of, const domain::MemberId& member,
                                         const std::optional<domain::MemberId>& after, std::size_t limit) const;

  /// At most `limit` members from behind `after` on, in bytewise order; `after` is empty for the first page.
  std::vector<domain::MemberId> members(const AsOf& as_of, const std::optional<domain::MemberId>& after,
                                        std::size_t limit) const;

  /// At most `limit` of those who stand that many levels below a member, as members(). Costs as many look-ups as there
  /// are members down to that level.
  std::vector<domain::MemberId> level_below(const AsOf& as_of, const domain::MemberId& member, std::uint64_t level,
                                            const std::optional<domain::MemberId>& after, std::size_t limit) const;

  /// How many stand 1, 2, 3 ... levels below a member: as forest().downline_by_level(), at a cost that depends on the
  /// downline's size only, about 1.5 microseconds each.
  std::vector<std::uint64_t> downline_by_level(const AsOf& as_of, const domain::MemberId& member) const;

 private:
  ReadModelDatabase& database_;
};

}  // namespace upline::projections
