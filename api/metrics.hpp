// What the server counts while it works. Counting is a few atomic operations: it opens no file and waits for nobody.
#pragma once

#include "api/access.hpp"
#include "eventstore/writer.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
struct MetricFamily;
template <class T>
class Family;
}  // namespace prometheus

namespace upline::api {

/// What requests are counted under. There are as many as the tables have rows, however odd the requests are.
struct RouteName {
  std::string method{};
  std::string path{};  // the template
  std::string_view importance{};
};

/// `report`, `lookup`, `order`, `payment`.
std::string_view name(Importance importance);

class Metrics {
 public:
  explicit Metrics(std::vector<RouteName> routes);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  const std::vector<RouteName>& routes() const { return routes_; }

  void request_began();
  /// `route` is a place in routes(). `shop` is one whose writer is observed, or empty.
  void request_ended(std::size_t route, unsigned status, std::chrono::nanoseconds took, const std::string& shop = {});

  void connection_opened();
  void connection_closed();
  void connection_refused();
  void request_refused(const std::string& code);

  /// Counts a shop's batches. To be called by its writer alone; not beyond the life of this. Made before any request.
  std::function<void(const eventstore::WrittenBatch&)> writer_observer(const std::string& shop);

  std::vector<prometheus::MetricFamily> collect() const;

 private:
  static constexpr std::size_t status_classes = 5;  // 1xx to 5xx
  using ByStatus = std::array<std::atomic<prometheus::Histogram*>, status_classes>;

  using ByRoute = std::vector<ByStatus>;

  prometheus::Histogram& duration(std::size_t route, std::size_t status_class, const std::string& shop, ByRoute& known);

  std::vector<RouteName> routes_;
  std::unique_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Histogram>& durations_;
  std::map<std::string, ByRoute> durations_of_shop_;  // a null until such an answer was given
  prometheus::Gauge& in_flight_;
  prometheus::Gauge& connections_open_;
  prometheus::Counter& connections_accepted_;
  prometheus::Counter& connections_refused_;
  prometheus::Family<prometheus::Counter>& requests_refused_;
  prometheus::Family<prometheus::Counter>& commands_;
  prometheus::Family<prometheus::Histogram>& batch_commands_;
  prometheus::Family<prometheus::Histogram>& batch_durations_;
  prometheus::Family<prometheus::Histogram>& commit_durations_;
};

}  // namespace upline::api
