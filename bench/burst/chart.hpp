// A replayed day as a picture: what was offered, sold and shed; latencies; who waits; the lag of the read models.
#pragma once

#include "bench/burst/report.hpp"

#include <string>

namespace upline::bench {

/// SVG, below 100 KB, on a white ground, with no font but the reader's own.
std::string chart(const Replay& replay);

}  // namespace upline::bench
