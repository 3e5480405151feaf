// What the server tells of itself while it works: a line and a count for each request, an id that both and the answer
// bear, and a line for what goes wrong outside of any request.
#pragma once

#include "api/log.hpp"
#include "api/metrics.hpp"
#include "api/observation.hpp"
#include "api/shed_counter.hpp"
#include "api/transport_observer.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace upline::api {

struct TelemetryOptions {
  LogOptions log{};
  std::chrono::milliseconds slow_request{1000};       // from here on it is worth a warning
  std::chrono::milliseconds metrics_fresh_for{1000};  // a scrape within that time gets the same page
};

class Telemetry final : public TransportObserver, public std::enable_shared_from_this<Telemetry> {
 public:
  explicit Telemetry(const TelemetryOptions& options);

  Metrics& metrics() { return metrics_; }
  Log& log() { return log_; }
  const ShedCounter& shed() const { return shed_; }

  /// From here on the request is in flight, and `respond` tells of its answer, gives it the request's id and passes it
  /// on. Destroyed uncalled, it tells of a 500.
  SharedObservation begin(const Request& request, Respond& respond);

  /// Counts a shop's batches, and says once what keeps them from being written. For its writer alone.
  std::function<void(const eventstore::WrittenBatch&)> writer_observer(const std::string& shop);

  void warn(const std::string& sentence) { log_.write(LogLevel::warn, sentence); }

  void connection_opened() override { metrics_.connection_opened(); }
  void connection_closed() override { metrics_.connection_closed(); }
  void connection_refused(ShedFor reason) override;
  void request_shed(ShedFor reason) override { shed_.count({}, {reason}); }
  void request_refused(const Problem& problem) override;

  /// Called once per request, by the respond that begin() made.
  void count(const Observation& seen, const Response& response);
  void tell(const Observation& seen, const Response& response);

 private:
  std::chrono::milliseconds slow_request_;
  Log log_;
  Metrics metrics_;
  ShedCounter shed_;
};

}  // namespace upline::api
