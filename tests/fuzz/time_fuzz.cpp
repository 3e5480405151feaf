// libFuzzer: what parses as an instant or a span is written as text that parses to the same, and is written the same.
#include "domain/time.hpp"

#include <cstdlib>

namespace {

using namespace upline::domain;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_instant(std::string_view text) {
  const auto t = parse_rfc3339(text);
  if (!t) return;
  require(*t >= timestamp_min && *t <= timestamp_max);
  const auto written = format_rfc3339(*t);
  require(parse_rfc3339(written) == t);
  require(format_rfc3339(*parse_rfc3339(written)) == written);
}

void check_span(std::string_view text) {
  const auto d = parse_duration(text);
  if (!d) return;
  require(*d >= Duration{0} && *d <= duration_max);
  require(parse_duration(format_duration(*d)) == d);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_instant(text);
  check_span(text);
  return 0;
}
