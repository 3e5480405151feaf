// The knee: the highest rate at which everybody is served in good time.
#pragma once

#include <functional>

namespace upline::bench {

/// Up by half until a rate is not sustained, then to the middle, twice. Every rate has a second chance, since somebody
/// else's work on the machine is no knee. The first rate is tried once beforehand, which warms up. Throws where not
/// even that is sustained.
double find_knee(double first_rate, double last_rate, const std::function<bool(double rate)>& is_sustained);

}  // namespace upline::bench
