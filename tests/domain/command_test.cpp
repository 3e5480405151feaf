#include "domain/command.hpp"

#include <catch2/catch.hpp>

using namespace upline::domain;

namespace {

constexpr Timestamp noon{1'777'636'800'000'000};

std::optional<Reason> refusal(Timestamp occurred_at, Timestamp now) {
  const auto checked = check_time(ResumeMember{MemberId{"m"}, occurred_at}, now);
  return checked ? std::nullopt : std::optional(checked.error().reason);
}

constexpr Timestamp after(std::int64_t microseconds) { return {noon.microseconds + microseconds}; }

}  // namespace

TEST_CASE("a command may run five minutes ahead of the clock, and no microsecond more", "[command]") {
  constexpr std::int64_t five_minutes = 300'000'000;
  CHECK(clock_skew_max == Duration{five_minutes});
  CHECK_FALSE(refusal(noon, noon));
  CHECK_FALSE(refusal(after(five_minutes), noon));
  CHECK(refusal(after(five_minutes + 1), noon) == Reason::occurred_in_future);
}

TEST_CASE("a command may tell of any time in the past, from the year 1 on", "[command]") {
  CHECK_FALSE(refusal(timestamp_min, noon));
  CHECK(refusal(Timestamp{timestamp_min.microseconds - 1}, noon) == Reason::invalid_time);
  CHECK(refusal(Timestamp{INT64_MIN}, noon) == Reason::invalid_time);
}

TEST_CASE("an impossible time is that before it is a future one", "[command]") {
  CHECK(refusal(Timestamp{timestamp_max.microseconds + 1}, noon) == Reason::invalid_time);
  CHECK(refusal(Timestamp{INT64_MAX}, timestamp_max) == Reason::invalid_time);
  CHECK(refusal(timestamp_max, noon) == Reason::occurred_in_future);
  CHECK_FALSE(refusal(timestamp_max, timestamp_max));
}

TEST_CASE("every command says when it occurred", "[command]") {
  CHECK(occurred_at(OpenShop{Currency{"CNY"}, noon}) == noon);
  CHECK(occurred_at(ImportKeys{ProductId{"p"}, BatchId{"b"}, {}, true, 0, noon}) == noon);
  CHECK(occurred_at(RefundOrder{.refund = RefundId{"r"}, .occurred_at = noon}) == noon);
}
