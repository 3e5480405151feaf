#include "domain/time.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

namespace {

using namespace upline::domain;

rc::Gen<Timestamp> any_instant() {
  return rc::gen::map(rc::gen::inRange<std::int64_t>(timestamp_min.microseconds, timestamp_max.microseconds + 1),
                      [](std::int64_t microseconds) { return Timestamp{microseconds}; });
}

std::int64_t microseconds_of(std::string_view text) {
  const auto t = parse_rfc3339(text);
  INFO(text);
  REQUIRE(t.has_value());
  return t->microseconds;
}

}  // namespace

TEST_CASE("an instant counts microseconds from 1970 in UTC", "[time]") {
  CHECK(microseconds_of("1970-01-01T00:00:00Z") == 0);
  CHECK(microseconds_of("1969-12-31T23:59:59.999999Z") == -1);
  CHECK(microseconds_of("1997-01-01T00:02:18Z") == 852'076'938'000'000);
  CHECK(microseconds_of("2000-02-29T12:00:00Z") == 951'825'600'000'000);
  CHECK(microseconds_of("2026-05-01T12:00:00.25+08:00") == 1'777'608'000'250'000);
}

TEST_CASE("the examples of RFC 3339 are read", "[time]") {
  CHECK(microseconds_of("1985-04-12T23:20:50.52Z") == 482'196'050'520'000);
  CHECK(microseconds_of("1996-12-19T16:39:57-08:00") == microseconds_of("1996-12-20T00:39:57Z"));
  CHECK(microseconds_of("1937-01-01T12:00:27.87+00:20") == microseconds_of("1937-01-01T11:40:27.87Z"));
}

TEST_CASE("an offset is taken off the local time", "[time]") {
  CHECK(microseconds_of("2026-01-01T00:00:00+23:59") == microseconds_of("2025-12-31T00:01:00Z"));
  CHECK(microseconds_of("2025-12-31T20:30:00-03:30") == microseconds_of("2026-01-01T00:00:00Z"));
  CHECK(microseconds_of("2026-01-01T00:00:00-00:00") == microseconds_of("2026-01-01T00:00:00Z"));
}

TEST_CASE("the letters T and Z may be small, as the grammar of RFC 3339 says", "[time]") {
  CHECK(microseconds_of("2026-01-01t00:00:00z") == microseconds_of("2026-01-01T00:00:00Z"));
}

TEST_CASE("each digit of a fraction has its weight, and the seventh is refused", "[time]") {
  CHECK(microseconds_of("1970-01-01T00:00:00.1Z") == 100'000);
  CHECK(microseconds_of("1970-01-01T00:00:00.000001Z") == 1);
  CHECK(microseconds_of("1970-01-01T00:00:00.000000Z") == 0);
  CHECK(microseconds_of("1970-01-01T00:00:01.123456+00:00") == 1'123'456);
  CHECK(microseconds_of("1970-01-01T00:00:01.123456000Z") == 1'123'456);
  CHECK(!parse_rfc3339("1970-01-01T00:00:00.1234567Z"));
  CHECK(!parse_rfc3339("1970-01-01T00:00:00.123456001Z"));
  CHECK(!parse_rfc3339("1970-01-01T00:00:00.1234560000Z"));
  CHECK(!parse_rfc3339("1970-01-01T00:00:00.Z"));
  CHECK(!parse_rfc3339("1970-01-01T00:00:00,5Z"));
}

TEST_CASE("an instant without an offset is no instant", "[time]") {
  CHECK(!parse_rfc3339("2026-05-01T12:00:00"));
  CHECK(!parse_rfc3339("2026-05-01T12:00:00.25"));
  CHECK(!parse_rfc3339("2026-05-01"));
}

TEST_CASE("an offset has two digits, a colon, and two digits", "[time]") {
  for (const auto* offset :
       {"+8:00", "+0800", "+08", "+08:0", "08:00", "+24:00", "+08:60", "+-8:00", "ZZ", " Z", "+08:00Z"}) {
    INFO(offset);
    CHECK(!parse_rfc3339(std::string{"2026-05-01T12:00:00"} + offset));
  }
}

TEST_CASE("a date that no calendar has is no instant", "[time]") {
  for (const auto* date : {"2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00"}) {
    INFO(date);
    CHECK(!parse_rfc3339(std::string{date} + "T00:00:00Z"));
  }
  CHECK(parse_rfc3339("2000-02-29T00:00:00Z"));
  CHECK(parse_rfc3339("2024-02-29T00:00:00Z"));
}

TEST_CASE("a time of day ends at 23:59:59, and a leap second is refused", "[time]") {
  for (const auto* time : {"24:00:00", "12:60:00", "23:59:60", "1:02:03Z", "12.00.00", "-1:00:00", "12:00:0 "}) {
    INFO(time);
    CHECK(!parse_rfc3339(std::string{"2016-12-31T"} + time + "Z"));
  }
  CHECK(parse_rfc3339("2016-12-31T23:59:59Z"));
}

TEST_CASE("text around or inside an instant is refused", "[time]") {
  for (const auto* text : {"", "Z", " 2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z ", "2026-05-01 12:00:00Z",
                           "2026/05/01T12:00:00Z", "20260501T120000Z", "+2026-05-01T12:00:00Z", "２026-05-01T12:00Z"}) {
    INFO(text);
    CHECK(!parse_rfc3339(text));
  }
  CHECK(!parse_rfc3339(std::string_view{"2026-05-01T12:00:00Z\0", 21}));
}

TEST_CASE("the years run from 1 to 9999, measured in UTC", "[time]") {
  CHECK(parse_rfc3339("0001-01-01T00:00:00Z") == timestamp_min);
  CHECK(parse_rfc3339("9999-12-31T23:59:59.999999Z") == timestamp_max);
  CHECK(!parse_rfc3339("0001-01-01T00:00:00+00:01"));
  CHECK(!parse_rfc3339("9999-12-31T23:59:59.999999-00:01"));
  CHECK(!parse_rfc3339("0000-06-01T00:00:00Z"));
  CHECK(parse_rfc3339("0000-12-31T23:59:00-00:01") == timestamp_min);
}

TEST_CASE("an instant is written in UTC, with six decimals or none", "[time]") {
  CHECK(format_rfc3339({0}) == "1970-01-01T00:00:00Z");
  CHECK(format_rfc3339({-1}) == "1969-12-31T23:59:59.999999Z");
  CHECK(format_rfc3339({852'076'938'000'000}) == "1997-01-01T00:02:18Z");
  CHECK(format_rfc3339({100'000}) == "1970-01-01T00:00:00.100000Z");
  CHECK(format_rfc3339(timestamp_min) == "0001-01-01T00:00:00Z");
  CHECK(format_rfc3339(timestamp_max) == "9999-12-31T23:59:59.999999Z");
}

TEST_CASE("a sum that passes the year 9999 is still written as a date", "[time]") {
  CHECK(format_rfc3339(timestamp_max + Duration{1}) == "10000-01-01T00:00:00Z");
  CHECK(format_rfc3339(timestamp_max + duration_max) == "10099-12-31T23:59:59.999999Z");
}

TEST_CASE("what no sum of an instant and a span reaches is written as microseconds", "[time]") {
  CHECK(format_rfc3339({INT64_MAX}) == "9223372036854775807us");
  CHECK(format_rfc3339({INT64_MIN}) == "-9223372036854775808us");
}

TEST_CASE("what is written of an instant is read back", "[time]") {
  rc::prop("format, then parse", [] {
    const auto t = *any_instant();
    RC_ASSERT(parse_rfc3339(format_rfc3339(t)) == t);
  });
}

TEST_CASE("written instants sort as text like the instants themselves", "[time]") {
  rc::prop("whole seconds", [] {
    const auto whole_second = [](Timestamp t) {
      return Timestamp{t.microseconds / microseconds_per_second * microseconds_per_second};
    };
    const auto a = whole_second(*any_instant());
    const auto b = whole_second(*any_instant());
    RC_ASSERT((format_rfc3339(a) < format_rfc3339(b)) == (a < b));
  });
}

TEST_CASE("a span is digits and one unit", "[time]") {
  CHECK(parse_duration("7d") == Duration{7 * microseconds_per_day});
  CHECK(parse_duration("12h") == Duration{microseconds_per_day / 2});
  CHECK(parse_duration("30m") == Duration{1'800 * microseconds_per_second});
  CHECK(parse_duration("45s") == Duration{45 * microseconds_per_second});
  CHECK(parse_duration("2w") == Duration{14 * microseconds_per_day});
  CHECK(parse_duration("1500us") == Duration{1'500});
  CHECK(parse_duration("0d") == Duration{0});
  CHECK(parse_duration("007d") == Duration{7 * microseconds_per_day});
}

TEST_CASE("anything but digits and one unit is no span", "[time]") {
  for (const auto* text :
       {"", "d", "7", "7 d", " 7d", "7d ", "-7d", "+7d", "7D", "1.5h", "1h30m", "7days", "7y", "0x7d"}) {
    INFO(text);
    CHECK(!parse_duration(text));
  }
}

TEST_CASE("a span ends at 100 years, and digits beyond 64 bits do not wrap around", "[time]") {
  CHECK(parse_duration("36525d") == duration_max);
  CHECK(parse_duration("3155760000000000us") == duration_max);
  CHECK(!parse_duration("36526d"));
  CHECK(!parse_duration("3155760000000001us"));
  CHECK(!parse_duration("5218w"));
  CHECK(!parse_duration("18446744073709551615s"));
  CHECK(!parse_duration("18446744073709551617d"));
}

TEST_CASE("a span is written in the largest unit that divides it", "[time]") {
  CHECK(format_duration({0}) == "0s");
  CHECK(format_duration({7 * microseconds_per_day}) == "7d");
  CHECK(format_duration({14 * microseconds_per_day}) == "14d");
  CHECK(format_duration({36 * 3'600 * microseconds_per_second}) == "36h");
  CHECK(format_duration({90 * microseconds_per_second}) == "90s");
  CHECK(format_duration({120 * microseconds_per_second}) == "2m");
  CHECK(format_duration({1'500}) == "1500us");
  CHECK(format_duration({1'500'000}) == "1500000us");
  CHECK(format_duration({-7 * microseconds_per_day}) == "-7d");
}

TEST_CASE("what is written of a span is read back", "[time]") {
  rc::prop("format, then parse", [] {
    const Duration unit{*rc::gen::element<std::int64_t>(1, microseconds_per_second, microseconds_per_day)};
    const auto count = *rc::gen::inRange<std::int64_t>(0, duration_max.microseconds / unit.microseconds + 1);
    const Duration d{count * unit.microseconds};
    RC_ASSERT(parse_duration(format_duration(d)) == d);
  });
}
