#include "api/metrics_scope.hpp"

#include <algorithm>
#include <string_view>

#include <prometheus/metric_family.h>

namespace upline::api {

namespace {

/// Of the process, and nothing of what it does for whom.
bool tells_nothing_of_shops(std::string_view name) {
  return name == "upline_build_info" || name == "upline_log_lines_dropped_total" || name.starts_with("process_");
}

bool is_visible(const std::string& family, const prometheus::ClientMetric& metric, const MetricsScope& scope) {
  const auto shop = std::ranges::find(metric.label, "shop", &prometheus::ClientMetric::Label::name);
  if (shop != metric.label.end()) return scope.sees_all_shops || scope.shops.contains(shop->value);
  return scope.sees_whole_server || tells_nothing_of_shops(family);
}

}  // namespace

void keep_visible(std::vector<prometheus::MetricFamily>& families, const MetricsScope& scope) {
  for (auto& family : families) {
    std::erase_if(family.metric, [&](const auto& metric) { return !is_visible(family.name, metric, scope); });
  }
  // A family without a series has no lines.
  std::erase_if(families, [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
}

}  // namespace upline::api
