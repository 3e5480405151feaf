#include "cli/tree_drawing.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline;
using projections::MemberIndex;
using projections::no_member;
using projections::ReferralForest;

namespace {

/// Members and their referrers; `""` for none.
ReferralForest forest_of(const std::map<std::string, std::string>& referrers) {
  projections::SortedIds ids;
  for (const auto& [member, referrer] : referrers) ids.add(member);
  std::vector<MemberIndex> referrer_of;
  for (const auto& [member, referrer] : referrers) {
    referrer_of.push_back(referrer.empty() ? no_member : ids.find(referrer));
  }
  return {std::move(ids), std::move(referrer_of)};
}

int exponent_of(const domain::Currency& currency) { return currency.code == "JPY" ? 0 : 2; }

struct Bought {
  std::string member;
  std::string currency;
  std::int64_t sales{};
  std::int64_t refunded{};
};

std::string drawing(const ReferralForest& forest, const std::vector<Bought>& purchases = {},
                    cli::DrawingLimits limits = {}, const std::string& below = {}) {
  cli::TreeVolumes volumes(forest);
  for (const auto& bought : purchases) {
    volumes.add({.member = bought.member,
                 .currency = bought.currency,
                 .sales = {bought.sales},
                 .refunded = {bought.refunded},
                 .orders = 1});
  }
  volumes.sum_up();
  std::ostringstream out;
  const auto top = below.empty() ? std::nullopt : std::optional(forest.find(below));
  cli::draw_tree(out, forest, volumes, top, limits, exponent_of);
  return out.str();
}

std::map<std::string, std::string> chain(std::size_t length) {
  std::map<std::string, std::string> referrers;
  for (std::size_t i = 0; i < length; ++i) {
    referrers[fmt::format("m{:06}", i)] = i == 0 ? "" : fmt::format("m{:06}", i - 1);
  }
  return referrers;
}

}  // namespace

TEST_CASE("a tree of nobody is said in one line", "[tree]") {
  CHECK(drawing(forest_of({})) == "0 members, 0 without a referrer\n");
}

TEST_CASE("a member alone has nothing below", "[tree]") {
  CHECK(drawing(forest_of({{"a", ""}})) == "1 member, 1 without a referrer\n\na  bought nothing\n");
}

TEST_CASE("volumes are what was bought less what was refunded, by currency, and add up over the downline", "[tree]") {
  const auto forest = forest_of({{"a", ""}, {"b", "a"}, {"c", "b"}, {"d", "b"}});
  CHECK(drawing(forest, {{"a", "CNY", 100, 0},
                         {"b", "CNY", 1000, 999},
                         {"c", "CNY", 500, 500},
                         {"d", "CNY", 7, 0},
                         {"d", "JPY", 1200, 0}}) ==
        "4 members, 1 without a referrer\n"
        "\n"
        "a  bought 1.00 CNY; 3 below, 1 of them direct, who bought 0.08 CNY + 1200 JPY\n"
        "└─ b  bought 0.01 CNY; 2 below, all of them direct, who bought 0.07 CNY + 1200 JPY\n"
        "   ├─ c  bought 5.00 CNY, all refunded\n"
        "   └─ d  bought 0.07 CNY + 1200 JPY\n");
}

TEST_CASE("what was bought and all refunded is not nothing", "[tree]") {
  const auto forest = forest_of({{"a", ""}, {"b", "a"}, {"c", "a"}});
  CHECK(drawing(forest, {{"b", "CNY", 100, 100}, {"b", "JPY", 7, 7}, {"c", "CNY", 20, 20}}) ==
        "3 members, 1 without a referrer\n"
        "\n"
        "a  bought nothing; 2 below, all of them direct, who bought 1.20 CNY + 7 JPY, all refunded\n"
        "├─ b  bought 1.00 CNY + 7 JPY, all refunded\n"
        "└─ c  bought 0.20 CNY, all refunded\n");
  CHECK_THAT(drawing(forest, {{"b", "CNY", 100, 100}, {"b", "JPY", 7, 0}}), Catch::Contains("b  bought 7 JPY\n"));
}

TEST_CASE("those with the largest downlines come first, then by their ids", "[tree]") {
  const auto forest =
      forest_of({{"a", ""}, {"b", ""}, {"c", "b"}, {"d", "b"}, {"e", "b"}, {"f", "d"}, {"g", ""}, {"h", "g"}});
  CHECK(drawing(forest) ==
        "8 members, 3 without a referrer\n"
        "\n"
        "b  bought nothing; 4 below, 3 of them direct, who bought nothing\n"
        "├─ d  bought nothing; 1 below, who bought nothing\n"
        "│  └─ f  bought nothing\n"
        "├─ c  bought nothing\n"
        "└─ e  bought nothing\n"
        "\n"
        "g  bought nothing; 1 below, who bought nothing\n"
        "└─ h  bought nothing\n"
        "\n"
        "a  bought nothing\n");
}

TEST_CASE("what the width leaves out is counted", "[tree]") {
  const auto forest = forest_of({{"a", ""}, {"b", "a"}, {"c", "a"}, {"d", "a"}, {"e", "b"}, {"f", "c"}, {"g", ""}});
  CHECK(drawing(forest, {}, {.depth = 1, .width = 1}) ==
        "7 members, 2 without a referrer\n"
        "\n"
        "a  bought nothing; 5 below, 3 of them direct, who bought nothing\n"
        "├─ b  bought nothing; 1 below, who bought nothing\n"
        "└─ ... and 2 more, with 1 below\n"
        "\n"
        "... and 1 more without a referrer\n");
}

TEST_CASE("below one member nothing else is drawn", "[tree]") {
  const auto forest = forest_of({{"a", ""}, {"b", "a"}, {"c", "b"}, {"d", "a"}});
  CHECK(drawing(forest, {}, {}, "b") == "b  bought nothing; 1 below, who bought nothing\n└─ c  bought nothing\n");
  CHECK(drawing(forest, {}, {.depth = 0, .width = 5}, "b") == "b  bought nothing; 1 below, who bought nothing\n");
}

TEST_CASE("a purchase of somebody who is not in the tree yet is left out", "[tree]") {
  CHECK(drawing(forest_of({{"a", ""}}), {{"later", "CNY", 100, 0}}).ends_with("\na  bought nothing\n"));
}

TEST_CASE("a chain of 100,000 is drawn as deep as asked, and its volumes add up to the end", "[tree]") {
  const auto text = drawing(forest_of(chain(100'000)), {{"m099999", "CNY", 100, 0}}, {.depth = 50, .width = 5});
  CHECK(
      text.starts_with("100,000 members, 1 without a referrer\n\n"
                       "m000000  bought nothing; 99,999 below, 1 of them direct, who bought 1.00 CNY\n"));
  CHECK(std::ranges::count(text, '\n') == 2 + 51);
}
