// The page that Prometheus reads: what was counted, and what stands at this moment. It is made on a thread of its own,
// at most once in a while, so that no scraper costs an order anything, and so that it is there when all else is busy.
#pragma once

#include "api/circuit_breaker.hpp"
#include "api/http.hpp"
#include "api/metrics.hpp"
#include "api/metrics_scope.hpp"
#include "api/shed_counter.hpp"
#include "api/shop_reading.hpp"
#include "api/worker_pool.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

namespace upline::api {

/// Of a target of outgoing webhooks.
struct BreakerReading {
  std::string shop{};
  std::string target{};  // its id, not its address: that may hold a secret
  BreakerState state{};
};

struct WorkQueueReading {
  std::size_t waiting{};
  std::size_t queue_max{};
};

/// Where the page asks, each time that it is made, on its own thread. What is not set has no metric.
struct MetricSources {
  std::function<std::vector<ShopReading>()> shops{};
  std::function<std::vector<std::string>()> shops_not_open{};
  std::function<WorkQueueReading()> work_queue{};
  std::function<std::uint64_t()> log_lines_dropped{};
  std::function<std::vector<ShedCount>()> shed{};
  std::function<std::vector<BreakerReading>()> breakers{};
  std::function<std::size_t()> event_streams{};
};

/// What the scope sees, in the text format 0.0.4.
std::string metrics_text(const Metrics& metrics, const MetricSources& sources, const MetricsScope& scope = everything);

class MetricsPage {
 public:
  /// Both outlive it.
  MetricsPage(const Metrics& metrics, const MetricSources& sources, std::chrono::milliseconds fresh_for);

  /// From any thread, without waiting. 503 where too many ask at once.
  void answer(MetricsScope scope, Respond respond);

  /// Answers who waits, and ends. What the sources ask must be there until then.
  void stop() { thread_.stop(); }

 private:
  using Clock = std::chrono::steady_clock;

  /// On the page's own thread.
  const std::string& text(const MetricsScope& scope);
  void refresh();

  const Metrics& metrics_;
  const MetricSources& sources_;
  std::chrono::milliseconds fresh_for_;
  Clock::time_point fresh_until_{};
  std::vector<prometheus::MetricFamily> families_;
  std::map<MetricsScope, std::string> texts_;  // of those families, for whoever asked
  WorkerPool thread_;                          // last: it uses all of the above
};

}  // namespace upline::api
