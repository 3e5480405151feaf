// The requests of a real day, and the same day compressed: how many buyers a second come, and when.
#pragma once

#include "bench/load/generator.hpp"

#include <chrono>
#include <filesystem>
#include <vector>

namespace upline::bench {

/// Requests of each minute.
using Curve = std::vector<double>;

/// A table `minute,requests`. Throws where a row is none, and where there is no request at all.
Curve read_curve(const std::filesystem::path& file);

/// The whole curve within `lasts`, one phase a minute (or several minutes, so that none is shorter than 50 ms). The
/// busiest phase has `peak_per_second`.
std::vector<Phase> compressed(const Curve& curve, std::chrono::duration<double> lasts, double peak_per_second);

/// How many buyers come in all.
double buyers_in(const std::vector<Phase>& phases);

}  // namespace upline::bench
