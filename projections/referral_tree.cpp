#include "projections/referral_tree.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

using domain::MemberId;
using domain::RecordedEvent;
using domain::Standing;

namespace {

constexpr std::array tables{
    OwnedTable{.name = "members",
               .select_all = "SELECT * FROM members ORDER BY member_id",
               .key_columns = 1,
               .delete_all = "DELETE FROM members"},
    OwnedTable{.name = "standings",
               .select_all = "SELECT * FROM standings ORDER BY member_id, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM standings"},
    OwnedTable{.name = "referrals",
               .select_all = "SELECT * FROM referrals ORDER BY member_id, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM referrals"},
};

constexpr const char* insert_referral =
    "INSERT INTO referrals (member_id, position, referrer_id, bound_at, counts_from, moved) "
    "VALUES ($1, $2, $3, $4, $5, $6)";

constexpr const char* insert_member =
    "INSERT INTO members (member_id, enrolled_at, position, code) VALUES ($1, $2, $3, $4)";

// No row where there is no such member.
constexpr const char* insert_standing =
    "INSERT INTO standings (member_id, position, standing, occurred_at) "
    "SELECT member_id, $1, $2, $3 FROM members WHERE member_id = $4";

constexpr const char* select_last_move = "SELECT MAX(m.counts_from) FROM referrals m WHERE m.moved = 1";

enum class Binding : std::uint8_t { first = 0, move = 1 };

class ReferralTreeIntake final : public Intake {
 public:
  explicit ReferralTreeIntake(ReadModelDatabase& database) : database_(database) {}

  void apply(const RecordedEvent& event) override {
    std::visit(domain::Overloaded{
                   [&](const domain::MemberEnrolled& e) { enrol(event, e); },
                   [&](const domain::ReferrerBound& e) { bind(event, e.referrer, Binding::first); },
                   [&](const domain::MemberMoved& e) { bind(event, e.referrer, Binding::move); },
                   [&](const domain::MemberSuspended&) { set_standing(event, Standing::suspended); },
                   [&](const domain::MemberResumed&) { set_standing(event, Standing::active); },
                   [&](const domain::MemberClosed&) { set_standing(event, Standing::closed); },
                   [&](const domain::MemberErased&) { set_standing(event, Standing::closed); },
                   [](const auto&) {},
               },
               event.event);
  }

  void flush() override {}

 private:
  void enrol(const RecordedEvent& event, const domain::MemberEnrolled& e) {
    database_.run(insert_member, {event.stream.id, event.occurred_at, event.position, e.code});
    if (e.referrer) bind(event, *e.referrer, Binding::first);
  }

  /// The moves before it may be dated later.
  void bind(const RecordedEvent& event, const MemberId& referrer, Binding binding) {
    const auto counts_from = std::max(event.occurred_at, last_move());
    database_.run(insert_referral, {event.stream.id, event.position, referrer, event.occurred_at, counts_from,
                                    static_cast<int>(binding)});
    if (binding == Binding::move) last_move_ = counts_from;
  }

  void set_standing(const RecordedEvent& event, Standing standing) {
    database_.run_on_one_row(insert_standing,
                             {event.position, static_cast<int>(standing), event.occurred_at, event.stream.id});
  }

  /// When the latest of the moves counts from.
  domain::Timestamp last_move() {
    if (!last_move_) {
      const auto row = database_.find(select_last_move);
      last_move_ = row.value().optional_time(0).value_or(domain::timestamp_min);
    }
    return *last_move_;
  }

  ReadModelDatabase& database_;
  std::optional<domain::Timestamp> last_move_{};
};

class ReferralTreeProjection final : public Projection {
 public:
  std::string_view name() const override { return "referral_tree"; }
  int version() const override { return 3; }
  std::span<const OwnedTable> tables() const override { return projections::tables; }
  std::unique_ptr<Intake> begin(ReadModelDatabase& database) const override {
    return std::make_unique<ReferralTreeIntake>(database);
  }
};

}  // namespace

const Projection& referral_tree_projection() {
  static const ReferralTreeProjection projection;
  return projection;
}

constexpr const char* select_members_by_then =
    "SELECT member_id FROM members WHERE enrolled_at <= $1 AND position <= $2 ORDER BY member_id";

constexpr const char* select_referrals_by_then =
    "SELECT member_id, referrer_id FROM referrals WHERE counts_from <= $1 AND position <= $2 ORDER BY member_id, "
    "position";

ReferralForest ReferralTree::forest(const AsOf& as_of) const {
  const auto snapshot = database_.begin_read();
  SortedIds ids;
  auto members = database_.query(select_members_by_then, {as_of.occurred_until, as_of.last_position()});
  while (members.next()) ids.add(members.text(0));

  // Both queries are in the order of members, so that one walk joins them; of several bindings the last one stays.
  std::vector<MemberIndex> referrer_of(ids.size(), no_member);
  auto referrals = database_.query(select_referrals_by_then, {as_of.occurred_until, as_of.last_position()});
  MemberIndex index = 0;
  while (referrals.next()) {
    const auto member = referrals.text(0);
    while (index < ids.size() && ids[index] < member) ++index;
    if (index < ids.size() && ids[index] == member) referrer_of[index] = ids.find(referrals.text(1));
  }
  return {std::move(ids), std::move(referrer_of)};
}

// A member's binding as of then, where both members are enrolled by then.
constexpr const char* select_referrer =
    "SELECT r.referrer_id, r.position, r.bound_at FROM referrals r "
    "JOIN members m ON m.member_id = r.member_id AND m.enrolled_at <= $1 AND m.position <= $2 "
    "JOIN members a ON a.member_id = r.referrer_id AND a.enrolled_at <= $1 AND a.position <= $2 "
    "WHERE r.member_id = $3 AND r.position = (SELECT MAX(l.position) FROM referrals l "
    "WHERE l.member_id = $3 AND l.counts_from <= $1 AND l.position <= $2)";

constexpr const char* select_member =
    "SELECT enrolled_at, position, code, (SELECT standing FROM standings s "
    "WHERE s.member_id = m.member_id AND s.occurred_at <= $1 AND s.position <= $2 ORDER BY s.position DESC LIMIT 1) "
    "FROM members m WHERE enrolled_at <= $1 AND position <= $2 AND member_id = $3";

std::optional<MemberCard> ReferralTree::member(const AsOf& as_of, const MemberId& member) const {
  const auto snapshot = database_.begin_read();
  auto row = database_.query(select_member, {as_of.occurred_until, as_of.last_position(), member});
  if (!row.next()) return std::nullopt;
  MemberCard card{.member = member,
                  .enrolled_at = row.time(0),
                  .position = row.position(1),
                  .code = {std::string(row.text(2))},
                  .standing = row.is_null(3) ? Standing::active : static_cast<Standing>(row.integer(3))};
  auto referrer = database_.query(select_referrer, {as_of.occurred_until, as_of.last_position(), member});
  if (!referrer.next()) return card;
  card.referrer = MemberId{std::string(referrer.text(0))};
  card.bound_at = referrer.time(2);
  return card;
}

std::vector<Ancestor> ReferralTree::ancestors(const AsOf& as_of, const MemberId& member, std::size_t levels_max) const {
  const auto snapshot = database_.begin_read();
  std::vector<Ancestor> ancestors;
  while (ancestors.size() < levels_max) {
    const auto& below = ancestors.empty() ? member : ancestors.back().member;
    auto row = database_.query(select_referrer, {as_of.occurred_until, as_of.last_position(), below});
    if (!row.next()) break;
    ancestors.push_back({.member = {std::string(row.text(0))},
                         .level = ancestors.size() + 1,
                         .bound_by = row.position(1),
                         .bound_at = row.time(2)});
  }
  return ancestors;
}

// Those whose binding as of then is to this member, where both are enrolled by then.
constexpr const char* select_children =
    "SELECT r.member_id FROM referrals r "
    "JOIN members m ON m.member_id = r.member_id AND m.enrolled_at <= $1 AND m.position <= $2 "
    "WHERE r.counts_from <= $1 AND r.position <= $2 AND r.referrer_id = $3 AND r.member_id > $4 "
    "AND EXISTS (SELECT 1 FROM members a WHERE a.member_id = $3 AND a.enrolled_at <= $1 AND a.position <= $2) "
    "AND NOT EXISTS (SELECT 1 FROM referrals l WHERE l.member_id = r.member_id "
    "AND l.position > r.position AND l.position <= $2 AND l.counts_from <= $1) "
    "ORDER BY r.member_id LIMIT $5";

std::vector<MemberId> ReferralTree::children(const AsOf& as_of, const MemberId& member,
                                             const std::optional<MemberId>& after, std::size_t limit) const {
  const std::string_view first = after ? std::string_view(after->value) : "";
  auto rows = database_.query(select_children, {as_of.occurred_until, as_of.last_position(), member, first, limit});
  std::vector<MemberId> children;
  while (rows.next()) children.push_back({std::string(rows.text(0))});
  return children;
}

constexpr const char* select_members =
    "SELECT member_id FROM members WHERE enrolled_at <= $1 AND position <= $2 AND member_id > $3 "
    "ORDER BY member_id LIMIT $4";

namespace {

std::string_view text_of(const std::optional<MemberId>& after) {
  return after ? std::string_view(after->value) : std::string_view();
}

std::vector<MemberId> ids_in(ReadModelDatabase::Rows rows) {
  std::vector<MemberId> ids;
  while (rows.next()) ids.push_back({std::string(rows.text(0))});
  return ids;
}

}  // namespace

std::vector<MemberId> ReferralTree::members(const AsOf& as_of, const std::optional<MemberId>& after,
                                            std::size_t limit) const {
  return ids_in(database_.query(select_members, {as_of.occurred_until, as_of.last_position(), text_of(after), limit}));
}

namespace {

/// Everybody below $3 as of then, with their levels.
std::string of_downline(const char* condition, const char* select) {
  return fmt::format(
      "WITH RECURSIVE downline (member_id, level) AS ("
      "SELECT member_id, 0 FROM members WHERE enrolled_at <= $1 AND position <= $2 AND member_id = $3 "
      "UNION ALL "
      "SELECT r.member_id, d.level + 1 FROM downline d "
      "JOIN referrals r ON r.referrer_id = d.member_id AND r.counts_from <= $1 AND r.position <= $2 "
      "JOIN members m ON m.member_id = r.member_id AND m.enrolled_at <= $1 AND m.position <= $2 "
      "WHERE {} NOT EXISTS (SELECT 1 FROM referrals l WHERE l.member_id = r.member_id "
      "AND l.position > r.position AND l.position <= $2 AND l.counts_from <= $1)) {}",
      condition, select);
}

}  // namespace

std::vector<MemberId> ReferralTree::level_below(const AsOf& as_of, const MemberId& member, std::uint64_t level,
                                                const std::optional<MemberId>& after, std::size_t limit) const {
  static const auto select_level =
      of_downline("d.level < $4 AND",
                  "SELECT member_id FROM downline WHERE level = $4 AND member_id > $5 ORDER BY member_id LIMIT $6");
  return ids_in(database_.query(select_level.c_str(),
                                {as_of.occurred_until, as_of.last_position(), member, level, text_of(after), limit}));
}

std::vector<std::uint64_t> ReferralTree::downline_by_level(const AsOf& as_of, const MemberId& member) const {
  static const auto select_counts =
      of_downline("", "SELECT level, COUNT(*) FROM downline WHERE level > 0 GROUP BY level ORDER BY level");
  auto rows = database_.query(select_counts.c_str(), {as_of.occurred_until, as_of.last_position(), member});
  std::vector<std::uint64_t> counts;
  while (rows.next()) counts.push_back(static_cast<std::uint64_t>(rows.integer(1)));
  return counts;
}

}  // namespace upline::projections
