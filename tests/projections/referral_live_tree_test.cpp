#include "projections/referral_live_tree.hpp"

#include "eventstore/stored_event.hpp"
#include "projections/referral_forest.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <rapidcheck/catch.h>

using namespace upline;
using namespace upline::projections;

namespace {

using Ids = std::vector<std::string>;

/// The same tree in the plainest way: who is below whom.
class PlainTree {
 public:
  void apply(const TreeChange& change) { referrer_of_[change.member] = change.referrer.value_or(""); }

  Ids above(std::string member) const {
    Ids ids;
    while (!(member = referrer_of_.at(member)).empty()) ids.push_back(member);
    return ids;
  }

  /// Level by level, each by id.
  std::vector<Ids> below(const std::string& member) const {
    std::vector<Ids> levels;
    for (Ids level{member}; !level.empty(); levels.push_back(level)) {
      Ids next;
      for (const auto& [id, referrer] : referrer_of_) {
        if (std::ranges::find(level, referrer) != level.end()) next.push_back(id);
      }
      level = std::move(next);
      if (level.empty()) break;
    }
    return levels;
  }

  const std::map<std::string, std::string>& members() const { return referrer_of_; }

 private:
  std::map<std::string, std::string> referrer_of_{};
};

TreeChange change(std::string member, std::optional<std::string> referrer, std::uint64_t position = 7) {
  return {std::move(member), std::move(referrer), {{position}, {static_cast<std::int64_t>(position) * 1000}}};
}

Ids above(const LiveTree& tree, const std::string& member) {
  Ids ids;
  for (auto at = tree.referrer(tree.find(member)); at != above_all; at = tree.referrer(at)) {
    ids.emplace_back(tree.id(at));
  }
  return ids;
}

Ids page(const LiveTree& tree, const std::string& member, std::uint64_t level, const std::string& after,
         std::size_t limit) {
  const auto found = tree.level_below(tree.find(member), level, after, limit).value();
  return {found.begin(), found.end()};
}

/// What a page of `all` from behind `after` on has.
Ids page_of(const Ids& all, const std::string& after, std::size_t limit) {
  Ids ids;
  for (const auto& id : all) {
    if (id > after && ids.size() < limit) ids.push_back(id);
  }
  return ids;
}

void must_be_the_same(const LiveTree& tree, const PlainTree& plain) {
  REQUIRE(tree.size() == plain.members().size());
  for (const auto& [member, referrer] : plain.members()) {
    INFO(member);
    const auto below = plain.below(member);
    REQUIRE(above(tree, member) == plain.above(member));
    std::vector<std::uint64_t> counts;
    for (const auto& level : below) counts.push_back(level.size());
    REQUIRE(tree.downline_by_level(tree.find(member)) == counts);
    for (std::uint64_t level = 1; level <= below.size() + 1; ++level) {
      const auto all = level <= below.size() ? below[level - 1] : Ids{};
      REQUIRE(page(tree, member, level, "", 1000) == all);
      REQUIRE(page(tree, member, level, "m3", 2) == page_of(all, "m3", 2));
    }
  }
}

LiveTree settled(const LiveTree& tree) { return LiveTree(std::make_shared<const ReferralLevels>(tree.settled())); }

/// A member of the tree, drawn.
const std::string& any_of(const PlainTree& plain) {
  const auto at = *rc::gen::inRange<std::size_t>(0, plain.members().size());
  return std::next(plain.members().begin(), static_cast<std::ptrdiff_t>(at))->first;
}

/// An enrolment mostly; else somebody is bound or moved, never below itself.
std::optional<TreeChange> any_change(const PlainTree& plain, std::uint64_t position) {
  const bool is_empty = plain.members().empty();
  if (is_empty || *rc::gen::inRange(0, 4) != 0) {
    const auto member = fmt::format("m{}", *rc::gen::inRange(0, 100'000));
    if (plain.members().contains(member)) return std::nullopt;
    const bool is_alone = is_empty || *rc::gen::inRange(0, 5) == 0;
    return change(member, is_alone ? std::nullopt : std::optional(any_of(plain)), position);
  }
  const auto& member = any_of(plain);
  const auto& referrer = any_of(plain);
  const auto chain = plain.above(referrer);
  if (member == referrer || std::ranges::find(chain, member) != chain.end()) return std::nullopt;
  return change(member, referrer, position);
}

}  // namespace

TEST_CASE("a tree without members knows nobody", "[tree][live]") {
  const LiveTree tree;
  CHECK(tree.size() == 0);
  CHECK(tree.find("alice") == nowhere);
  CHECK(tree.find("") == nowhere);
  CHECK(tree.settled().end() == 1);
}

TEST_CASE("after any enrolments, bindings and moves the live tree is the tree of the last of each",
          "[tree][live][property]") {
  rc::prop("settled at any moment or never", [] {
    PlainTree plain;
    LiveTree tree;
    const auto steps = *rc::gen::inRange<std::uint64_t>(1, 60);
    for (std::uint64_t position = 1; position <= steps; ++position) {
      if (const auto next = any_change(plain, position)) {
        plain.apply(*next);
        tree.apply(*next);
      }
      if (*rc::gen::inRange(0, 8) == 0) tree = settled(tree);
    }
    must_be_the_same(tree, plain);
    must_be_the_same(settled(tree), plain);
  });
}

TEST_CASE("a bond says what put a member there last, and is kept when the tree is settled", "[tree][live]") {
  LiveTree tree;
  tree.apply(change("alice", std::nullopt, 1));
  tree.apply(change("bob", std::nullopt, 2));
  tree.apply(change("carol", "bob", 3));
  for (int turn = 0; turn < 2; ++turn) {
    CHECK(tree.bond(tree.find("alice")) == Bond{});
    CHECK(tree.bond(tree.find("bob")) == Bond{});
    CHECK(tree.bond(tree.find("carol")) == Bond{{3}, {3000}});
    tree = settled(tree);
  }
  tree.apply(change("carol", "alice", 4));
  tree.apply(change("bob", "carol", 5));
  for (int turn = 0; turn < 2; ++turn) {
    CHECK(tree.bond(tree.find("carol")) == Bond{{4}, {4000}});
    CHECK(tree.bond(tree.find("bob")) == Bond{{5}, {5000}});
    CHECK(above(tree, "bob") == Ids{"carol", "alice"});
    tree = settled(tree);
  }
}

TEST_CASE("a copy stays as it is while the tree goes on", "[tree][live]") {
  LiveTree tree;
  tree.apply(change("alice", std::nullopt));
  tree = settled(tree);
  tree.apply(change("bob", "alice"));
  const auto copy = tree;
  tree.apply(change("carol", "bob"));
  CHECK(copy.size() == 2);
  CHECK(copy.downline_by_level(copy.find("alice")) == std::vector<std::uint64_t>{1});
  CHECK(tree.downline_by_level(tree.find("alice")) == std::vector<std::uint64_t>{1, 1});
  CHECK(tree.unsettled() == 2);
  CHECK(settled(tree).unsettled() == 0);
}

TEST_CASE("a referrer who is no member is a damaged log", "[tree][live]") {
  LiveTree tree;
  CHECK_THROWS_AS(tree.apply(change("bob", "alice")), eventstore::DamagedStore);
  CHECK(tree.size() == 0);
}

TEST_CASE("a level that would have to be sorted is left to others, the children of one member never are",
          "[tree][live]") {
  LiveTree tree;
  tree.apply(change("root", std::nullopt));
  tree.apply(change("leader", "root"));
  for (std::size_t i = 0; i <= LiveTree::searched_max; ++i) tree.apply(change(fmt::format("m{:06}", i), "leader"));
  for (const auto& now : {tree, settled(tree)}) {
    CHECK(!now.level_below(now.find("root"), 2, "", 10));
    CHECK(page(now, "leader", 1, "m000007", 3) == Ids{"m000008", "m000009", "m000010"});
    CHECK(page(now, "leader", 2, "", 3).empty());
  }
}

TEST_CASE("a chain of 100,000 is counted through all its levels, settled or not", "[tree][live]") {
  constexpr std::size_t length = 100'000;
  const auto id = [](std::size_t i) { return fmt::format("m{}", i); };
  LiveTree tree;
  tree.apply(change(id(0), std::nullopt));
  for (std::size_t i = 1; i < length; ++i) {
    tree.apply(change(id(i), id(i - 1)));
    if (i % 20'000 == 0) tree = settled(tree);
  }
  const std::vector<std::uint64_t> one_each(length - 1, 1);
  CHECK(tree.downline_by_level(tree.find(id(0))) == one_each);
  CHECK(settled(tree).downline_by_level(1) == one_each);
  CHECK(page(tree, id(0), length - 1, "", 10) == Ids{id(length - 1)});
  CHECK(page(tree, id(0), length, "", 10).empty());
}
