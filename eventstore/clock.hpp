// What time it is: the machine's own word, or that of a test.
#pragma once

#include "domain/time.hpp"

#include <functional>

namespace upline::eventstore {

using Clock = std::function<domain::Timestamp()>;

/// The machine's clock, UTC.
domain::Timestamp system_clock_now();

}  // namespace upline::eventstore
