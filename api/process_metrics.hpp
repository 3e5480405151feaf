// The process in numbers, under the names that every Prometheus dashboard knows.
#pragma once

#include "api/metric_families.hpp"

namespace upline::api {

/// What the system does not tell is left out.
void add_process_metrics(MetricFamilies& families);

}  // namespace upline::api
