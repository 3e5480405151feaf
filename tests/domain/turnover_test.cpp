#include "domain/turnover.hpp"

#include <limits>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::domain;

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

OrderPlaced order(std::int64_t amount, std::string currency) {
  return {MemberId{"m"}, ProductId{"p"}, Quantity{1}, Minor{amount}, Currency{std::move(currency)}};
}

}  // namespace

TEST_CASE("a turnover counts each currency for itself", "[turnover]") {
  const auto turnover = evolve(evolve(evolve({}, order(3, "CNY")), order(4, "USD")), order(5, "CNY"));
  CHECK(turnover.due.at(Currency{"CNY"}) == Minor{8});
  CHECK(turnover.due.at(Currency{"USD"}) == Minor{4});
  CHECK(with_added(turnover, Currency{"CNY"}, Minor{2}) == Minor{10});
  CHECK(with_added(turnover, Currency{"EUR"}, Minor{2}) == Minor{2});
}

TEST_CASE("a turnover that would not fit 64 bits is no number", "[turnover]") {
  const auto full = evolve({}, order(largest, "CNY"));
  CHECK(with_added(full, Currency{"CNY"}, Minor{0}) == Minor{largest});
  CHECK_FALSE(with_added(full, Currency{"CNY"}, Minor{1}));
  CHECK(with_added(full, Currency{"USD"}, Minor{largest}) == Minor{largest});
}

TEST_CASE("a turnover is the sum of the amounts due", "[turnover]") {
  rc::prop("in any order", [](const std::vector<std::uint16_t>& amounts) {
    Turnover turnover;
    std::int64_t sum = 0;
    for (const auto amount : amounts) {
      turnover = evolve(std::move(turnover), order(amount, "CNY"));
      sum += amount;
    }
    RC_ASSERT(with_added(turnover, Currency{"CNY"}, Minor{0}) == Minor{sum});
  });
}
