#include "api/server.hpp"

#include "api/health.hpp"
#include "api/job.hpp"
#include "api/metrics_page.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"
#include "api/same_machine.hpp"
#include "api/telemetry.hpp"
#include "api/worker_pool.hpp"
#include "api/writing.hpp"
#include "domain/overloaded.hpp"
#include "eventstore/shop.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using Json = nlohmann::ordered_json;

}  // namespace

class Server::Service {
 public:
  explicit Service(ServerOptions options)
      : options_(std::move(options)),
        telemetry_(std::make_shared<Telemetry>(options_.telemetry)),
        workers_(options_.workers, options_.work_queue_max,
                 [this](const std::string& what) { telemetry_->warn(what); }),
        sources_(metric_sources()),
        metrics_page_(telemetry_->metrics(), sources_, options_.telemetry.metrics_fresh_for) {
    options_.transport.observer = telemetry_.get();
    if (!options_.transport.warn) options_.transport.warn = [this](const auto& what) { telemetry_->warn(what); };
    const auto names = eventstore::shops_in(options_.data);
    for (const auto& name : names) open(name, names.size() == 1);
    if (shops_.empty()) {
      throw eventstore::ShopNotFound(
          fmt::format("there is no shop in {}; make one with: upline init", options_.data.string()));
    }
    transport_ = std::make_unique<Transport>(options_.transport, [this](Request request, Respond respond) {
      handle(std::move(request), std::move(respond));
    });
  }

  const ListenAddress& address() const { return transport_->address(); }

  /// What was accepted is answered while the transport drains. What is left after that is still written: its workers
  /// end before the shops that they use.
  void stop(std::chrono::milliseconds drain) {
    ending_ = true;
    transport_->stop(drain);
    workers_.stop();
    metrics_page_.stop();
    shops_.clear();
  }

 private:
  /// A shop that cannot be opened is told of and left out, unless it is the only one.
  void open(const std::string& name, bool is_the_only_one) try {
    const eventstore::WriterOptions writing{.observe = telemetry_->writer_observer(name)};
    shops_.emplace(
        name, std::make_unique<ServedShop>(eventstore::ShopLocation{options_.data, name, options_.vault_key}, writing));
  } catch (const std::exception& error) {
    if (is_the_only_one) throw;
    not_open_.push_back(name);
    options_.transport.warn(fmt::format("shop '{}' is not served: {}", name, error.what()));
  }

  void handle(Request request, Respond respond) {
    const auto seen = telemetry_->begin(request, respond);
    if (auto refused = refuse_foreign(request)) return respond(std::move(*refused));
    if (request.path == "/livez") return respond(livez(health()));
    if (request.path == "/readyz") return respond(readyz(health()));
    if (request.path == "/metrics") return metrics_page_.answer(std::move(respond));
    if (request.path == "/v1/shops" && request.method == "GET") return respond(shop_names());
    auto match = routes().find(request);
    if (!match) return respond(std::move(match.error()));
    const auto shop = shops_.find(match->path["shop"]);
    if (shop == shops_.end()) {
      return respond(to_response({404, "unknown_shop", fmt::format("There is no shop {}.", match->path["shop"])}));
    }
    telemetry_->matched(*seen, match->route, shop->first);
    auto job =
        std::make_shared<Job>(Job{std::move(request), std::move(*match), *shop->second, std::move(respond), seen});
    std::visit(domain::Overloaded{
                   [&](const Read read) { start([read, job] { return answer_read(read, *job); }, job); },
                   [&](const ShopRead read) { start([read, job] { return read(job->shop, job->call()); }, job); },
                   [&](const Write& write) { start_write(write, job); },
               },
               routes().handler_of(job->match).action);
  }

  ServerHealth health() const {
    ServerHealth health{.is_ending = ending_, .now = std::chrono::steady_clock::now()};
    for (const auto& [name, shop] : shops_) {
      health.shops.push_back({name, true, shop->writer().stats(), shop->projecting()});
    }
    for (const auto& name : not_open_) health.shops.push_back({.name = name});
    return health;
  }

  MetricSources metric_sources() {
    return {.shops =
                [this] {
                  std::vector<ShopReading> readings;
                  for (const auto& [name, shop] : shops_) readings.push_back(read_shop(name, *shop));
                  return readings;
                },
            .shops_not_open = [this] { return not_open_; },
            .work_queue = [this] { return WorkQueueReading{workers_.waiting(), workers_.queue_max()}; },
            .log_lines_dropped = [this] { return telemetry_->log().dropped(); }};
  }

  Response shop_names() const {
    auto names = Json::array();
    for (const auto& [name, shop] : shops_) names.push_back(name);
    return json_response({{"shops", std::move(names)}});
  }

  /// On a worker: makes the answer and gives it.
  void start(std::function<Response()> work, const SharedJob& job) {
    respond_from(workers_, std::move(job->respond), [work = std::move(work), job] { return answer_with(work); });
  }

  void start_write(const Write& write, const SharedJob& job) {
    const bool taken = workers_.submit([this, &write, job] {
      try {
        submit_write(write, job, workers_);
      } catch (...) {
        job->respond(answer_of(std::current_exception()));
      }
    });
    if (!taken) job->respond(busy_response("overloaded", "Too many requests are waiting; try again."));
  }

  ServerOptions options_;
  std::atomic<bool> ending_{};
  std::shared_ptr<Telemetry> telemetry_;
  WorkerPool workers_;
  std::map<std::string, std::unique_ptr<ServedShop>, std::less<>> shops_;
  std::vector<std::string> not_open_;  // those that could not be
  MetricSources sources_;
  MetricsPage metrics_page_;
  std::unique_ptr<Transport> transport_;
};

Server::Server(ServerOptions options) : service_(std::make_unique<Service>(std::move(options))) {}
Server::~Server() { stop(std::chrono::milliseconds{0}); }

const ListenAddress& Server::address() const { return service_->address(); }

void Server::stop(std::chrono::milliseconds drain) {
  if (service_) service_->stop(drain);
  service_.reset();
}

}  // namespace upline::api
