#include "domain/time.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace upline::domain {

namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::sys_time;

constexpr std::size_t date_length = 10;        // 1997-01-01
constexpr std::size_t time_of_day_length = 8;  // 00:02:18
constexpr std::size_t date_and_time_length = date_length + 1 + time_of_day_length;
constexpr std::size_t fraction_digits_kept = 6;
constexpr std::size_t fraction_digits_max = 9;
constexpr std::int64_t microseconds_per_minute = 60 * microseconds_per_second;
constexpr std::int64_t microseconds_per_hour = 60 * microseconds_per_minute;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Needs at most nine digits.
constexpr std::optional<int> number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// Needs date_length characters.
std::optional<sys_days> parse_date(std::string_view text) {
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5, 2));
  const auto day = number(text.substr(8, 2));
  if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

/// Microseconds since midnight. Needs time_of_day_length characters.
std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
  const auto hour = number(text.substr(0, 2));
  const auto minute = number(text.substr(3, 2));
  const auto second = number(text.substr(6, 2));
  if (!hour || !minute || !second || text[2] != ':' || text[5] != ':') return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return *hour * microseconds_per_hour + *minute * microseconds_per_minute + *second * microseconds_per_second;
}

/// Takes `.25` off the front of `rest` and answers its microseconds; 0 where no fraction stands. Nothing where a part
/// of a microsecond would be lost: some programs write nine digits, of which the last three are noughts.
std::optional<std::int64_t> take_fraction(std::string_view& rest) {
  if (rest.empty() || rest.front() != '.') return 0;
  rest.remove_prefix(1);
  std::size_t digits = 0;
  std::int64_t value = 0;
  for (; digits < rest.size() && is_digit(rest[digits]); ++digits) {
    if (digits == fraction_digits_max) return std::nullopt;
    if (digits >= fraction_digits_kept && rest[digits] != '0') return std::nullopt;
    if (digits < fraction_digits_kept) value = value * 10 + (rest[digits] - '0');
  }
  if (digits == 0) return std::nullopt;
  rest.remove_prefix(digits);
  for (; digits < fraction_digits_kept; ++digits) value *= 10;
  return value;
}

/// `Z`, `+08:00` or `-03:30`, as microseconds east of UTC. RFC 3339's `-00:00` (offset unknown) is UTC.
std::optional<std::int64_t> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = number(text.substr(1, 2));
  const auto minutes = number(text.substr(4, 2));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::int64_t offset = *hours * microseconds_per_hour + *minutes * microseconds_per_minute;
  return text[0] == '-' ? -offset : offset;
}

void append_padded(std::string& out, std::int64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

struct Unit {
  std::string_view name{};
  std::int64_t microseconds{};
};

constexpr Unit week{"w", 7 * microseconds_per_day};
constexpr Unit microsecond{"us", 1};

/// The units that a span is written in, largest first.
constexpr std::array written_units{Unit{"d", microseconds_per_day}, Unit{"h", microseconds_per_hour},
                                   Unit{"m", microseconds_per_minute}, Unit{"s", microseconds_per_second}, microsecond};

std::optional<Unit> find_unit(std::string_view name) {
  if (name == week.name) return week;
  for (const Unit& unit : written_units) {
    if (name == unit.name) return unit;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  if (text.size() <= date_and_time_length) return std::nullopt;
  if (text[date_length] != 'T' && text[date_length] != 't') return std::nullopt;
  const auto date = parse_date(text.substr(0, date_length));
  const auto time_of_day = parse_time_of_day(text.substr(date_length + 1, time_of_day_length));
  auto rest = text.substr(date_and_time_length);
  const auto fraction = take_fraction(rest);
  const auto offset = parse_offset(rest);
  if (!date || !time_of_day || !fraction || !offset) return std::nullopt;
  const std::int64_t midnight = microseconds{date->time_since_epoch()}.count();
  const Timestamp t{midnight + *time_of_day + *fraction - *offset};
  if (t < timestamp_min || t > timestamp_max) return std::nullopt;
  return t;
}

std::string format_rfc3339(Timestamp t) {
  // A sum of an instant and a span may pass the year 9999; what lies beyond any such sum has no date to write.
  if (t < timestamp_min || t > timestamp_max + duration_max) return std::to_string(t.microseconds) + "us";
  const sys_time<microseconds> instant{microseconds{t.microseconds}};
  const auto midnight = std::chrono::floor<days>(instant);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss time_of_day{instant - midnight};
  std::string text;
  text.reserve(sizeof "1997-01-01T00:02:18.000000Z");
  append_padded(text, int{date.year()}, 4);
  append_padded(text += '-', unsigned{date.month()}, 2);
  append_padded(text += '-', unsigned{date.day()}, 2);
  append_padded(text += 'T', time_of_day.hours().count(), 2);
  append_padded(text += ':', time_of_day.minutes().count(), 2);
  append_padded(text += ':', time_of_day.seconds().count(), 2);
  const std::int64_t fraction = time_of_day.subseconds().count();
  if (fraction != 0) append_padded(text += '.', fraction, fraction_digits_kept);
  return text += 'Z';
}

std::optional<Duration> parse_duration(std::string_view text) {
  std::uint64_t count{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{}) return std::nullopt;
  const auto unit = find_unit(text.substr(static_cast<std::size_t>(end - text.data())));
  if (!unit) return std::nullopt;
  if (count > static_cast<std::uint64_t>(duration_max.microseconds / unit->microseconds)) return std::nullopt;
  return Duration{static_cast<std::int64_t>(count) * unit->microseconds};
}

std::string format_duration(Duration d) {
  if (d == Duration{0}) return "0s";
  for (const Unit& unit : written_units) {
    if (d.microseconds % unit.microseconds != 0) continue;
    return std::to_string(d.microseconds / unit.microseconds).append(unit.name);
  }
  std::unreachable();
}

}  // namespace upline::domain
