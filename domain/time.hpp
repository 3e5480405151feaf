// Instants and spans: whole microseconds, UTC. The domain never asks a clock; time arrives inside the command.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace upline::domain {

/// Microseconds in a span of time.
struct Duration {
  std::int64_t microseconds{};
  auto operator<=>(const Duration&) const = default;
};

/// Microseconds since 1970-01-01T00:00:00Z, without leap seconds.
struct Timestamp {
  std::int64_t microseconds{};
  auto operator<=>(const Timestamp&) const = default;
};

constexpr std::int64_t microseconds_per_second = 1'000'000;
constexpr std::int64_t microseconds_per_day = 86'400 * microseconds_per_second;

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z: every instant that a file or a command may name.
constexpr Timestamp timestamp_min{-62'135'596'800'000'000};
constexpr Timestamp timestamp_max{253'402'300'799'999'999};

/// 100 years of 365.25 days: the longest span that a plan or a policy may name. The sum of it and any
/// Timestamp in range fits 64 bits.
constexpr Duration duration_max{36'525 * microseconds_per_day};
static_assert(timestamp_max.microseconds < INT64_MAX - duration_max.microseconds);

constexpr Timestamp operator+(Timestamp t, Duration d) { return {t.microseconds + d.microseconds}; }

/// Reads an RFC 3339 instant with an offset: `1997-01-01T00:02:18Z`, `2026-05-01T12:00:00.25+08:00`. Fractions of up
/// to six digits. Nothing else: a missing offset, a leap second, an impossible date or an instant outside
/// timestamp_min..timestamp_max is no instant.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

/// `1997-01-01T00:02:18Z`; microseconds are written, all six digits, only where they are not zero.
std::string format_rfc3339(Timestamp t);

/// Reads a span such as `7d`, `12h`, `30m`, `45s`, `2w`: digits and one unit, 0 to duration_max.
std::optional<Duration> parse_duration(std::string_view text);

/// The span in the largest unit that divides it: `7d`, `36h`, `0s`; below a second in microseconds: `1500us`.
std::string format_duration(Duration d);

}  // namespace upline::domain
