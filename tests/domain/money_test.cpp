#include "domain/money.hpp"

#include <cstdint>
#include <limits>
#include <tuple>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

namespace {

using namespace upline::domain;
__extension__ using Wide = __int128;

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();

/// 0 to the largest, small and huge numbers alike.
rc::Gen<std::int64_t> any_count() {
  return rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 100'000), rc::gen::inRange<std::int64_t>(0, largest),
                        rc::gen::element(std::int64_t{0}, std::int64_t{1}, largest));
}

std::int64_t share(std::int64_t amount, std::int64_t numerator, std::int64_t denominator) {
  return share_rounded_down(Minor{amount}, numerator, denominator).value;
}

std::int64_t capped(std::int64_t unit, std::int64_t quantity, std::int64_t limit) {
  return product_capped(Minor{unit}, Quantity{quantity}, Minor{limit}).value;
}

}  // namespace

TEST_CASE("a share is rounded down, so the remainder stays with whoever holds the amount", "[money]") {
  CHECK(share(999, 1000, basis_points_whole) == 99);
  CHECK(share(999, 500, basis_points_whole) == 49);
  CHECK(share(999, 250, basis_points_whole) == 24);
  CHECK(share(10, 1000, basis_points_whole) == 1);
  CHECK(share(9, 1000, basis_points_whole) == 0);
}

TEST_CASE("a share of nothing, and no share of anything, is nothing", "[money]") {
  CHECK(share(0, 7, 9) == 0);
  CHECK(share(largest, 0, 1) == 0);
}

TEST_CASE("the whole share of the largest amount is that amount", "[money]") {
  CHECK(share(largest, basis_points_whole, basis_points_whole) == largest);
  CHECK(share(largest, largest, largest) == largest);
  CHECK(share(largest, largest - 1, largest) == largest - 1);
}

TEST_CASE("a share equals 128-bit arithmetic and never exceeds the amount", "[money]") {
  rc::prop("over amounts, numerators and denominators of any size", [] {
    const auto amount = *any_count();
    const auto denominator = *rc::gen::suchThat(any_count(), [](std::int64_t n) { return n > 0; });
    const auto numerator = *any_count() % (denominator == largest ? largest : denominator + 1);
    const auto result = share(amount, numerator, denominator);
    RC_ASSERT(result == static_cast<std::int64_t>(static_cast<Wide>(amount) * numerator / denominator));
    RC_ASSERT(result >= 0);
    RC_ASSERT(result <= amount);
  });
}

TEST_CASE("shares of several rates that sum to the whole never exceed the amount", "[money]") {
  rc::prop("over two rates and what they leave", [] {
    const auto amount = *any_count();
    const auto first = *rc::gen::inRange<std::int64_t>(0, basis_points_whole + 1);
    const auto second = *rc::gen::inRange<std::int64_t>(0, basis_points_whole - first + 1);
    const auto third = basis_points_whole - first - second;
    const auto paid = static_cast<Wide>(share(amount, first, basis_points_whole)) +
                      share(amount, second, basis_points_whole) + share(amount, third, basis_points_whole);
    RC_ASSERT(paid <= amount);
    RC_ASSERT(paid >= static_cast<Wide>(amount) - 2);
  });
}

TEST_CASE("a product is cut at its limit, however large it would be", "[money]") {
  CHECK(capped(250, 3, 1000) == 750);
  CHECK(capped(250, 4, 1000) == 1000);
  CHECK(capped(250, 5, 1000) == 1000);
  CHECK(capped(largest, largest, 5) == 5);
  CHECK(capped(largest, largest, largest) == largest);
  CHECK(capped(largest, 1, largest) == largest);
  CHECK(capped(250, 4, 0) == 0);
  CHECK(capped(0, largest, 5) == 0);
  CHECK(capped(250, 0, 5) == 0);
}

TEST_CASE("a capped product is the smaller of the product and the limit", "[money]") {
  rc::prop("over units, quantities and limits of any size", [] {
    const auto [unit, quantity, limit] = *rc::gen::tuple(any_count(), any_count(), any_count());
    const auto product = static_cast<Wide>(unit) * quantity;
    RC_ASSERT(capped(unit, quantity, limit) == static_cast<std::int64_t>(product < limit ? product : Wide{limit}));
  });
}

TEST_CASE("a sum that does not fit 64 bits is no sum", "[money]") {
  CHECK(checked_sum(Minor{largest - 1}, Minor{1}) == Minor{largest});
  CHECK(checked_sum(Minor{largest}, Minor{smallest}) == Minor{-1});
  CHECK(checked_sum(Minor{largest}, Minor{1}) == std::nullopt);
  CHECK(checked_sum(Minor{smallest}, Minor{-1}) == std::nullopt);
}
