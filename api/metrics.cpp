#include "api/metrics.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace upline::api {

namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

const Buckets request_seconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
const Buckets write_seconds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};
const Buckets batch_sizes{1, 2, 4, 8, 16, 32, 64, 128, 256, 512};

auto& histograms(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}
auto& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
auto& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

double in_seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

/// Of one shop, touched by its writer alone.
class BatchCounters {
 public:
  BatchCounters(std::string shop, prometheus::Family<prometheus::Counter>& commands, prometheus::Histogram& sizes,
                prometheus::Histogram& durations, prometheus::Histogram& commits)
      : shop_(std::move(shop)), commands_(commands), sizes_(sizes), durations_(durations), commits_(commits) {}

  void count(const eventstore::WrittenBatch& batch) {
    for (const auto& outcome : batch.outcomes) counter_of(outcome).Increment();
    if (!batch.outcomes.empty()) {
      sizes_.Observe(static_cast<double>(batch.outcomes.size()));
      durations_.Observe(in_seconds(batch.took));
    }
    if (batch.commit_took) commits_.Observe(in_seconds(*batch.commit_took));
  }

 private:
  using Key = std::pair<eventstore::Answer, std::optional<domain::Reason>>;

  prometheus::Counter& counter_of(const eventstore::Outcome& outcome) {
    const Key key{outcome.answer, outcome.rejection ? std::optional(outcome.rejection->reason) : std::nullopt};
    auto& counter = counter_of_[key];
    if (counter == nullptr) {
      const auto code = key.second ? domain::code(*key.second) : std::string_view{};
      counter = &commands_.Add(
          {{"shop", shop_}, {"outcome", std::string(name(outcome.answer))}, {"code", std::string(code)}});
    }
    return *counter;
  }

  std::string shop_;
  prometheus::Family<prometheus::Counter>& commands_;
  prometheus::Histogram& sizes_;
  prometheus::Histogram& durations_;
  prometheus::Histogram& commits_;
  std::map<Key, prometheus::Counter*> counter_of_;
};

}  // namespace

std::string_view name(Importance importance) {
  switch (importance) {
    case Importance::report:
      return "report";
    case Importance::lookup:
      return "lookup";
    case Importance::order:
      return "order";
    case Importance::payment:
      return "payment";
  }
  std::unreachable();
}

Metrics::Metrics(std::vector<RouteName> routes)
    : routes_(std::move(routes)),
      registry_(std::make_unique<prometheus::Registry>()),
      durations_(histograms(*registry_, "upline_http_request_duration_seconds",
                            "From the end of a request's body to its answer, in seconds.")),
      in_flight_(gauge(*registry_, "upline_http_requests_in_flight", "Requests that are not answered yet.")),
      connections_open_(gauge(*registry_, "upline_http_connections_open", "Connections that are open.")),
      connections_accepted_(
          counters(*registry_, "upline_http_connections_accepted_total", "Connections that were opened.").Add({})),
      connections_refused_(
          counters(*registry_, "upline_http_connections_refused_total", "Connections beyond the limit.").Add({})),
      requests_refused_(counters(*registry_, "upline_http_requests_refused_total",
                                 "Requests that no route saw: malformed, too large, too slow.")),
      commands_(counters(*registry_, "upline_commands_total", "Commands by what they came to.")),
      batch_commands_(histograms(*registry_, "upline_batch_commands", "Commands that were written together.")),
      batch_durations_(histograms(*registry_, "upline_batch_duration_seconds",
                                  "Deciding, appending and committing a batch, with the wait for the pen.")),
      commit_durations_(
          histograms(*registry_, "upline_commit_duration_seconds", "Commits, until all is on the disk.")) {
  durations_of_shop_.emplace("", ByRoute(routes_.size()));
}

Metrics::~Metrics() = default;

void Metrics::request_began() { in_flight_.Increment(); }

void Metrics::request_ended(std::size_t route, unsigned status, std::chrono::nanoseconds took,
                            const std::string& shop) {
  const auto status_class = std::clamp(status / 100, 1U, 5U) - 1;
  const auto observed = durations_of_shop_.find(shop);
  const bool is_observed = observed != durations_of_shop_.end();
  auto& by_route = is_observed ? observed->second : durations_of_shop_.at("");
  auto* known = by_route[route][status_class].load(std::memory_order_acquire);
  (known != nullptr ? *known : duration(route, status_class, is_observed ? shop : std::string(), by_route))
      .Observe(in_seconds(took));
  in_flight_.Decrement();
}

/// The same one for all who ask at once: the family knows its labels.
prometheus::Histogram& Metrics::duration(std::size_t route, std::size_t status_class, const std::string& shop,
                                         ByRoute& known) {
  const auto& about = routes_[route];
  prometheus::Labels labels{{"method", about.method},
                            {"route", about.path},
                            {"class", std::string(about.importance)},
                            {"status", fmt::format("{}xx", status_class + 1)}};
  if (!shop.empty()) labels.emplace("shop", shop);
  auto& made = durations_.Add(labels, request_seconds);
  known[route][status_class].store(&made, std::memory_order_release);
  return made;
}

void Metrics::connection_opened() {
  connections_accepted_.Increment();
  connections_open_.Increment();
}

void Metrics::connection_closed() { connections_open_.Decrement(); }

void Metrics::connection_refused() { connections_refused_.Increment(); }

void Metrics::request_refused(const std::string& code) { requests_refused_.Add({{"code", code}}).Increment(); }

std::function<void(const eventstore::WrittenBatch&)> Metrics::writer_observer(const std::string& shop) {
  durations_of_shop_.emplace(shop, ByRoute(routes_.size()));
  const prometheus::Labels labels{{"shop", shop}};
  auto counters = std::make_shared<BatchCounters>(shop, commands_, batch_commands_.Add(labels, batch_sizes),
                                                  batch_durations_.Add(labels, write_seconds),
                                                  commit_durations_.Add(labels, write_seconds));
  return [counters](const eventstore::WrittenBatch& batch) { counters->count(batch); };
}

std::vector<prometheus::MetricFamily> Metrics::collect() const { return registry_->Collect(); }

}  // namespace upline::api
