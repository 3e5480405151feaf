#include "api/circuit_breaker.hpp"

#include <catch2/catch.hpp>

using namespace upline::api;
using namespace upline::domain;

namespace {

constexpr Timestamp at(std::int64_t seconds) { return {seconds * microseconds_per_second}; }
constexpr Duration seconds(std::int64_t count) { return {count * microseconds_per_second}; }

/// Three failures on end; pauses of 10, 20, 40, 40 ... seconds, of which chance 1 makes the whole.
CircuitBreaker breaker() { return {3, {seconds(10), seconds(40)}}; }

CircuitBreaker opened_at(Timestamp now) {
  auto made = breaker();
  for (int i = 0; i < 3; ++i) made.failed(now, 1);
  return made;
}

}  // namespace

TEST_CASE("a closed breaker lets everything through, and opens after so many failures on end", "[webhook]") {
  auto made = breaker();
  made.failed(at(0), 1);
  made.failed(at(0), 1);
  CHECK(made.state() == BreakerState::closed);
  CHECK(made.lets_through(at(0)));
  made.failed(at(0), 1);
  CHECK(made.state() == BreakerState::open);
  CHECK_FALSE(made.lets_through(at(0)));
}

TEST_CASE("a success between failures keeps the breaker closed", "[webhook]") {
  auto made = breaker();
  for (int i = 0; i < 9; ++i) {
    made.failed(at(0), 1);
    made.failed(at(0), 1);
    made.succeeded();
  }
  CHECK(made.state() == BreakerState::closed);
}

TEST_CASE("an open breaker lets one attempt through after its pause, and no second beside it", "[webhook]") {
  auto made = opened_at(at(0));
  CHECK_FALSE(made.lets_through({at(10).microseconds - 1}));
  CHECK(made.lets_through(at(10)));
  CHECK(made.state() == BreakerState::half_open);
  CHECK_FALSE(made.lets_through(at(10)));
  CHECK_FALSE(made.lets_through(at(1000)));
}

TEST_CASE("the one attempt decides: success closes, failure opens for longer, up to the bound", "[webhook]") {
  auto made = opened_at(at(0));
  REQUIRE(made.lets_through(at(10)));
  made.failed(at(11), 1);
  CHECK(made.state() == BreakerState::open);
  CHECK_FALSE(made.lets_through(at(30)));
  REQUIRE(made.lets_through(at(31)));
  made.failed(at(31), 1);
  CHECK_FALSE(made.lets_through(at(70)));
  REQUIRE(made.lets_through(at(71)));
  made.failed(at(71), 1);
  REQUIRE(made.lets_through(at(111)));
  made.succeeded();
  CHECK(made.state() == BreakerState::closed);
  for (int i = 0; i < 3; ++i) made.failed(at(200), 1);
  CHECK_FALSE(made.lets_through(at(209)));
  CHECK(made.lets_through(at(210)));
}

TEST_CASE("what was on its way when the breaker opened does not make its pause longer", "[webhook]") {
  auto made = opened_at(at(0));
  made.failed(at(9), 1);
  CHECK(made.lets_through(at(10)));
}

TEST_CASE("back-off doubles up to its bound, and chance takes up to half of it away", "[webhook]") {
  const Backoff backoff{seconds(1), seconds(3600)};
  CHECK(backoff.after(1, 1) == seconds(1));
  CHECK(backoff.after(2, 1) == seconds(2));
  CHECK(backoff.after(11, 1) == seconds(1024));
  CHECK(backoff.after(13, 1) == seconds(3600));
  CHECK(backoff.after(4'000'000'000, 1) == seconds(3600));
  CHECK(backoff.after(3, 0) == seconds(2));
  CHECK(backoff.after(3, 0.5) == seconds(3));
}
