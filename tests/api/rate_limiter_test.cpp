#include "api/rate_limiter.hpp"

#include "tests/api/hand_clock.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace upline::api;
using namespace upline::tests;
using namespace std::chrono_literals;

TEST_CASE("a caller has its burst at once, then its rate", "[peak]") {
  HandClock clock;
  RateLimiter limiter({.per_second = 10, .burst = 3}, 1000, clock.source());
  for (int i = 0; i < 3; ++i) CHECK(!limiter.take("a"));
  CHECK(limiter.take("a") == 100ms);
  clock.advance(60ms);
  CHECK(limiter.take("a") == 40ms);
  clock.advance(40ms);
  CHECK(!limiter.take("a"));
  CHECK(limiter.take("a").has_value());
  clock.advance(1h);
  for (int i = 0; i < 3; ++i) CHECK(!limiter.take("a"));
  CHECK(limiter.take("a").has_value());
}

TEST_CASE("one caller's requests are not counted against another's", "[peak]") {
  HandClock clock;
  RateLimiter limiter({.per_second = 1, .burst = 1}, 1000, clock.source());
  CHECK(!limiter.take("a"));
  CHECK(limiter.take("a").has_value());
  CHECK(!limiter.take("b"));
}

TEST_CASE("a rate of 0 is no limit", "[peak]") {
  HandClock clock;
  RateLimiter limiter({}, 1000, clock.source());
  for (int i = 0; i < 10'000; ++i) REQUIRE(!limiter.take("a"));
}

TEST_CASE("a caller that keeps asking is remembered among any number of others", "[peak]") {
  HandClock clock;
  RateLimiter limiter({.per_second = 0.001, .burst = 1}, 1600, clock.source());
  CHECK(!limiter.take("a"));
  for (int i = 0; i < 100'000; ++i) {
    limiter.take("other-" + std::to_string(i));
    if (i % 40 == 0) REQUIRE(limiter.take("a").has_value());
  }
}
