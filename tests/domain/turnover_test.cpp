#include "domain/turnover.hpp"

#include <limits>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::domain;

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

PaymentReceived paid(std::int64_t amount, std::string currency) {
  return {.amount = Minor{amount}, .currency = Currency{std::move(currency)}};
}

}  // namespace

TEST_CASE("a turnover counts each currency for itself", "[turnover]") {
  const auto turnover = evolve(evolve(evolve({}, paid(3, "CNY")), paid(4, "USD")), paid(5, "CNY"));
  CHECK(turnover.received.at(Currency{"CNY"}) == Minor{8});
  CHECK(turnover.received.at(Currency{"USD"}) == Minor{4});
  CHECK(with_added(turnover, Currency{"CNY"}, Minor{2}) == Minor{10});
  CHECK(with_added(turnover, Currency{"EUR"}, Minor{2}) == Minor{2});
}

TEST_CASE("a turnover that would not fit 64 bits is no number", "[turnover]") {
  const auto full = evolve({}, paid(largest, "CNY"));
  CHECK(with_added(full, Currency{"CNY"}, Minor{0}) == Minor{largest});
  CHECK_FALSE(with_added(full, Currency{"CNY"}, Minor{1}));
  CHECK(with_added(full, Currency{"USD"}, Minor{largest}) == Minor{largest});
}

TEST_CASE("a turnover is the sum of the payments", "[turnover]") {
  rc::prop("in any order", [](const std::vector<std::uint16_t>& amounts) {
    Turnover turnover;
    std::int64_t sum = 0;
    for (const auto amount : amounts) {
      turnover = evolve(std::move(turnover), paid(amount, "CNY"));
      sum += amount;
    }
    RC_ASSERT(with_added(turnover, Currency{"CNY"}, Minor{0}) == Minor{sum});
  });
}
