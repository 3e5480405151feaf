// Metrics that are read when they are asked for, rather than counted as things happen.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

namespace upline::api {

using MetricFamilies = std::vector<prometheus::MetricFamily>;
using MetricLabels = std::vector<prometheus::ClientMetric::Label>;

/// A family to be filled; it stands last.
class MetricFamilyBuilder {
 public:
  MetricFamilyBuilder(std::string name, std::string help, prometheus::MetricType type)
      : family_{std::move(name), std::move(help), type, {}} {}

  /// Any number will do that is exact in a double.
  template <class Number>
  void add(MetricLabels labels, Number number) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = static_cast<double>(number);
    metric.counter.value = static_cast<double>(number);
    family_.metric.push_back(std::move(metric));
  }

  /// A family without a member is left out.
  void finish(MetricFamilies& families) && {
    if (!family_.metric.empty()) families.push_back(std::move(family_));
  }

 private:
  prometheus::MetricFamily family_;
};

inline MetricFamilyBuilder gauge_family(std::string name, std::string help) {
  return {std::move(name), std::move(help), prometheus::MetricType::Gauge};
}
inline MetricFamilyBuilder counter_family(std::string name, std::string help) {
  return {std::move(name), std::move(help), prometheus::MetricType::Counter};
}

}  // namespace upline::api
