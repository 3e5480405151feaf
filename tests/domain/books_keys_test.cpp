#include "domain/books_keys.hpp"

#include <algorithm>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::domain;

namespace {

BookedKeys imported(std::size_t count) {
  BookedKeys keys;
  REQUIRE(keys.import({BatchId{"b"}, 1, std::vector<SealedKey>(count)}) == std::nullopt);
  return keys;
}

BookedKeys released(std::size_t count, const std::vector<KeyRange>& ranges) {
  auto keys = imported(count);
  for (const auto& range : ranges) REQUIRE(keys.release(range) == std::nullopt);
  return keys;
}

}  // namespace

TEST_CASE("keys that were released piece by piece leave as one range", "[books]") {
  for (const auto& pieces : {std::vector<KeyRange>{{1, 1}, {2, 1}, {3, 1}},
                             {{3, 1}, {2, 1}, {1, 1}},
                             {{1, 1}, {3, 1}, {2, 1}},
                             {{3, 1}, {1, 1}, {2, 1}}}) {
    auto keys = released(4, pieces);
    CHECK(keys.deliver({1, 3}, KeySource::sale) == std::nullopt);
    CHECK(keys.counts() == KeyCounts{.imported = 4, .unreleased = 1, .delivered = 3});
  }
}

TEST_CASE("a range leaves from the middle of the keys for sale, and the rest stays", "[books]") {
  auto keys = released(5, {{1, 5}});
  REQUIRE(keys.deliver({3, 1}, KeySource::sale) == std::nullopt);
  CHECK(keys.deliver({2, 2}, KeySource::sale) == "2 keys from 2 on delivered twice, or before the release");
  CHECK(keys.deliver({3, 1}, KeySource::sale) == "key 3 delivered twice, or before the release");
  CHECK(keys.deliver({1, 2}, KeySource::sale) == std::nullopt);
  CHECK(keys.deliver({4, 2}, KeySource::sale) == std::nullopt);
  CHECK(keys.counts() == KeyCounts{.imported = 5, .delivered = 5});
}

TEST_CASE("every key leaves once, in whatever order and pieces", "[books]") {
  rc::prop("and a second time never", [] {
    constexpr std::uint64_t count = 12;
    auto keys = imported(count);
    std::vector<int> places(count + 1, 0);  // 0 unreleased, 1 for sale, 2 delivered
    for (const auto& [first, length] : *rc::gen::container<std::vector<std::pair<std::uint64_t, std::uint64_t>>>(
             rc::gen::pair(rc::gen::inRange<std::uint64_t>(1, count + 1), rc::gen::inRange<std::uint64_t>(1, 4)))) {
      const KeyRange range{first, std::min(length, count + 1 - first)};
      const int from = *rc::gen::inRange(0, 2);
      const auto begin = places.begin() + static_cast<std::ptrdiff_t>(first);
      const auto end = begin + static_cast<std::ptrdiff_t>(range.count);
      const bool may_move = std::all_of(begin, end, [&](int place) { return place == from; });
      const auto found = from == 0 ? keys.release(range) : keys.deliver(range, KeySource::sale);
      RC_ASSERT(found.has_value() != may_move);
      if (may_move) std::fill(begin, end, from + 1);
    }
    const auto in_place = [&](int place) { return static_cast<std::uint64_t>(std::ranges::count(places, place)); };
    const KeyCounts expected{
        .imported = count, .unreleased = in_place(0) - 1, .released = in_place(1), .delivered = in_place(2)};
    RC_ASSERT(keys.counts() == expected);
  });
}
