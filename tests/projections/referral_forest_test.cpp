#include "projections/referral_forest.hpp"

#include "eventstore/stored_event.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <rapidcheck/catch.h>

using namespace upline::projections;

namespace {

std::string id_of(std::size_t number) { return fmt::format("m{:07}", number); }

ReferralForest forest_of(std::vector<MemberIndex> referrer_of) {
  SortedIds ids;
  for (std::size_t i = 0; i < referrer_of.size(); ++i) ids.add(id_of(i));
  return {std::move(ids), std::move(referrer_of)};
}

/// Everybody whose chain leads to the member, by the number of steps.
std::vector<std::uint64_t> counted_by_climbing(const std::vector<MemberIndex>& referrer_of, MemberIndex member) {
  std::vector<std::uint64_t> counts;
  for (MemberIndex i = 0; i < referrer_of.size(); ++i) {
    std::size_t steps = 0;
    auto above = i;
    while (above != member && above != no_member) {
      above = referrer_of[above];
      ++steps;
    }
    if (above == no_member || steps == 0) continue;
    if (counts.size() < steps) counts.resize(steps);
    ++counts[steps - 1];
  }
  return counts;
}

}  // namespace

TEST_CASE("an empty shop has an empty tree", "[tree]") {
  CHECK(forest_of({}).size() == 0);
  CHECK(ReferralForest().size() == 0);
}

TEST_CASE("places in the tree follow from the referrers alone", "[tree]") {
  //  0 <- 3 <- 1 <- 2     4     0 <- 5
  const auto forest = forest_of({no_member, 3, 1, 0, no_member, 0});
  const auto place = [&](MemberIndex i) {
    const auto row = forest.row(i);
    return fmt::format("{} {} {} {} {}", row.member, row.referrer, row.place.depth, row.place.direct_count,
                       row.place.downline_count);
  };
  CHECK(place(0) == "m0000000  0 2 4");
  CHECK(place(1) == "m0000001 m0000003 2 1 1");
  CHECK(place(2) == "m0000002 m0000001 3 0 0");
  CHECK(place(3) == "m0000003 m0000000 1 1 2");
  CHECK(place(4) == "m0000004  0 0 0");
  CHECK(place(5) == "m0000005 m0000000 1 0 0");
  CHECK(std::ranges::equal(forest.children(0), std::vector<MemberIndex>{3, 5}));
  CHECK(forest.children(4).empty());
  CHECK(std::ranges::equal(forest.top_down(), std::vector<MemberIndex>{0, 4, 3, 5, 1, 2}));
  CHECK(forest.downline_by_level(0) == std::vector<std::uint64_t>{2, 1, 1});
  CHECK(forest.downline_by_level(4).empty());
  CHECK(forest.find("m0000003") == 3);
  CHECK(forest.find("m00000030") == no_member);
  CHECK(forest.find("") == no_member);
  CHECK(forest.find("z") == no_member);
}

TEST_CASE("a chain of 100,000 is no deeper than its numbers", "[tree]") {
  constexpr MemberIndex length = 100'000;
  const bool upwards = GENERATE(false, true);
  std::vector<MemberIndex> referrer_of(length);
  for (MemberIndex i = 0; i < length; ++i) referrer_of[i] = upwards ? i + 1 : i - 1;
  const MemberIndex top = upwards ? length - 1 : 0;
  const MemberIndex bottom = length - 1 - top;
  referrer_of[top] = no_member;
  const auto forest = forest_of(std::move(referrer_of));
  CHECK(forest.row(top).place.downline_count == length - 1);
  CHECK(forest.row(bottom).place.depth == length - 1);
  const auto levels = forest.downline_by_level(top);
  CHECK(levels.size() == length - 1);
  CHECK(std::ranges::all_of(levels, [](auto count) { return count == 1; }));
}

TEST_CASE("a fan of 1,000,000 is one level", "[tree]") {
  std::vector<MemberIndex> referrer_of(1'000'001, 0);
  referrer_of[0] = no_member;
  const auto forest = forest_of(std::move(referrer_of));
  CHECK(forest.row(0).place.direct_count == 1'000'000);
  CHECK(forest.row(0).place.downline_count == 1'000'000);
  CHECK(forest.row(1'000'000).place.depth == 1);
  CHECK(forest.downline_by_level(0) == std::vector<std::uint64_t>{1'000'000});
}

TEST_CASE("referrers in a ring are damage, not an endless walk", "[tree]") {
  CHECK_THROWS_AS(forest_of({0}), upline::eventstore::DamagedStore);
  CHECK_THROWS_AS(forest_of({no_member, 2, 3, 1, 0}), upline::eventstore::DamagedStore);
}

TEST_CASE("counts are those of climbing from every member", "[tree]") {
  rc::prop("any forest", [](const std::vector<std::uint8_t>& choices) {
    std::vector<MemberIndex> referrer_of;
    for (const auto choice : choices) {
      const auto bound = static_cast<MemberIndex>(referrer_of.size());
      referrer_of.push_back(bound == 0 || choice % 4 == 0 ? no_member : choice % bound);
    }
    const auto forest = forest_of(referrer_of);
    for (MemberIndex i = 0; i < forest.size(); ++i) {
      const auto levels = counted_by_climbing(referrer_of, i);
      std::uint64_t total = 0;
      for (const auto count : levels) total += count;
      RC_ASSERT(forest.downline_by_level(i) == levels);
      RC_ASSERT(forest.row(i).place.downline_count == total);
      RC_ASSERT(forest.row(i).place.direct_count == (levels.empty() ? 0 : levels[0]));
      RC_ASSERT(forest.children(i).size() == forest.row(i).place.direct_count);
    }
  });
}
