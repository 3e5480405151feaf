// The knee: the highest rate at which everybody is served in good time.
#pragma once

#include <functional>

namespace upline::bench {

/// Up by half until a rate is not sustained, then to the middle, twice. The first rate is tried twice, since the first
/// time warms up.
double find_knee(double first_rate, double last_rate, const std::function<bool(double rate)>& is_sustained);

}  // namespace upline::bench
