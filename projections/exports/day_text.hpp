// Days, as files and statements write them.
#pragma once

#include "domain/time.hpp"

#include <cstddef>
#include <string>

namespace upline::projections {

/// The UTC day: `2026-01-05`. Every time from year 1 on has one.
inline std::string day_text(domain::Timestamp at) {
  constexpr std::size_t day_length = 10;
  return domain::format_rfc3339(at).substr(0, day_length);
}

}  // namespace upline::projections
