// The page that Prometheus reads: what was counted, and what stands at this moment. It is made on a thread of its own,
// at most once in a while, so that no scraper costs an order anything, and so that it is there when all else is busy.
#pragma once

#include "api/circuit_breaker.hpp"
#include "api/http.hpp"
#include "api/metrics.hpp"
#include "api/shed_counter.hpp"
#include "api/shop_reading.hpp"
#include "api/worker_pool.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

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

/// All of it, in the text format 0.0.4.
std::string metrics_text(const Metrics& metrics, const MetricSources& sources);

class MetricsPage {
 public:
  /// Both outlive it.
  MetricsPage(const Metrics& metrics, const MetricSources& sources, std::chrono::milliseconds fresh_for);

  /// From any thread, without waiting. 503 where too many ask at once.
  void answer(Respond respond);

  /// Answers who waits, and ends. What the sources ask must be there until then.
  void stop() { thread_.stop(); }

 private:
  using Clock = std::chrono::steady_clock;

  /// On the page's own thread.
  const std::string& text();

  const Metrics& metrics_;
  const MetricSources& sources_;
  std::chrono::milliseconds fresh_for_;
  Clock::time_point fresh_until_{};
  std::string text_;
  WorkerPool thread_;  // last: it uses all of the above
};

}  // namespace upline::api
