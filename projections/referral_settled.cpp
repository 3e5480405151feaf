// From the read model to the levels of the tree as it is now.
#include "projections/checkpoint.hpp"
#include "projections/referral_tree.hpp"

#include <utility>

namespace upline::projections {

namespace {

constexpr const char* select_all_members = "SELECT member_id FROM members ORDER BY member_id";

constexpr const char* select_all_referrals =
    "SELECT member_id, referrer_id, position, bound_at FROM referrals ORDER BY member_id, position";

/// By the order of ids.
struct Bonds {
  std::vector<MemberIndex> referrer_of{};
  std::vector<Bond> bond_of{};
};

/// Both are in the order of members, so that one walk joins them; of several bindings the last one stays.
Bonds bonds_of(const SortedIds& ids, ReadModelDatabase::Rows referrals) {
  Bonds bonds{std::vector(ids.size(), no_member), std::vector<Bond>(ids.size())};
  MemberIndex index = 0;
  while (referrals.next()) {
    const auto member = referrals.text(0);
    while (index < ids.size() && ids[index] < member) ++index;
    if (index == ids.size() || ids[index] != member) continue;
    bonds.referrer_of[index] = ids.find(referrals.text(1));
    bonds.bond_of[index] = {referrals.position(2), referrals.time(3)};
  }
  return bonds;
}

/// Whom nobody referred comes first, then level by level, as places do.
ReferralLevels levels_of(SortedIds ids, Bonds bonds) {
  const auto bond_of = std::move(bonds.bond_of);
  const ReferralForest forest(std::move(ids), std::move(bonds.referrer_of));
  ReferralLevels levels(forest.size());
  std::vector<Place> place_of(forest.size(), above_all);
  for (const auto member : forest.top_down()) {
    const auto referrer = forest.referrer(member);
    place_of[member] = levels.end();
    if (referrer == no_member) {
      levels.add(forest.row(member).member, above_all, {});
    } else {
      levels.add(forest.row(member).member, place_of[referrer], bond_of[member]);
    }
  }
  levels.seal();
  return levels;
}

}  // namespace

std::optional<SettledTree> ReferralTree::settled(std::size_t members_max) const {
  const auto snapshot = database_.begin_read();
  const auto position = read_checkpoint(database_).position;
  SortedIds ids;
  auto members = database_.query(select_all_members);
  while (members.next()) {
    if (ids.size() == members_max) return std::nullopt;
    ids.add(members.text(0));
  }
  auto bonds = bonds_of(ids, database_.query(select_all_referrals));
  return SettledTree{levels_of(std::move(ids), std::move(bonds)), position};
}

}  // namespace upline::projections
