// The metrics of the shops: queues, lag, orders, stock.
#pragma once

#include "api/metric_families.hpp"
#include "api/shop_reading.hpp"

#include <span>

namespace upline::api {

void add_shop_metrics(MetricFamilies& families, std::span<const ShopReading> shops);

}  // namespace upline::api
