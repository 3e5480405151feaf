#include "api/server.hpp"

#include "api/hot_reads.hpp"
#include "api/job.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"
#include "api/same_machine.hpp"
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
        admission_(options_.admission),
        workers_(options_.workers, options_.work_queue_max) {
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
  const Admission& admission() const { return admission_; }

  /// What was accepted is answered while the transport drains. What is left after that is still written: its workers
  /// end before the shops that they use.
  void stop(std::chrono::milliseconds drain) {
    ending_ = true;
    transport_->stop(drain);
    workers_.stop();
    shops_.clear();
  }

 private:
  /// A shop that cannot be opened is told of and left out, unless it is the only one.
  void open(const std::string& name, bool is_the_only_one) try {
    shops_.emplace(name,
                   std::make_unique<ServedShop>(eventstore::ShopLocation{options_.data, name, options_.vault_key}));
  } catch (const std::exception& error) {
    if (is_the_only_one || !options_.transport.warn) throw;
    options_.transport.warn(fmt::format("shop '{}' is not served: {}", name, error.what()));
  }

  void handle(Request request, Respond respond) {
    if (auto refused = refuse_foreign(request)) return respond(std::move(*refused));
    if (request.path == "/livez") return respond(json_response({{"status", "alive"}}));
    if (request.path == "/readyz") return respond(ready());
    if (request.path == "/v1/shops" && request.method == "GET") return respond(shop_names());
    auto match = routes().find(request);
    if (!match) return respond(std::move(match.error()));
    const auto shop = shops_.find(match->path["shop"]);
    if (shop == shops_.end()) {
      return respond(to_response({404, "unknown_shop", fmt::format("There is no shop {}.", match->path["shop"])}));
    }
    auto job = std::make_shared<Job>(Job{std::move(request), std::move(*match), *shop->second, std::move(respond)});
    if (auto limited = limit(*job)) return job->respond(std::move(*limited));
    auto hot = hot_read_of(*job);
    if (!hot) return go_the_usual_way(job);
    job->shop.hot_reads().answer(std::move(*hot), [this, job](std::optional<Response> answer) {
      answer ? job->respond(std::move(*answer)) : go_the_usual_way(job);
    });
  }

  void go_the_usual_way(const SharedJob& job) {
    const auto& endpoint = routes().handler_of(job->match);
    if (auto shed = shed_at_a_peak(endpoint, *job)) return job->respond(std::move(*shed));
    std::visit(domain::Overloaded{
                   [&](const Read read) { start([read, job] { return answer_read(read, *job); }, job); },
                   [&](const ShopRead read) { start([read, job] { return read(job->shop, job->call()); }, job); },
                   [&](const Write& write) { start_write(write, job); },
               },
               endpoint.action);
  }

  std::optional<Response> limit(const Job& job) {
    return admission_.limit({.address = job.request.peer_address}, routes().handler_of(job.match).importance);
  }

  std::optional<Response> shed_at_a_peak(const Endpoint& endpoint, Job& job) {
    auto* const pen = std::holds_alternative<Write>(endpoint.action) ? &job.shop.pen_gate() : nullptr;
    return admission_.let_in(endpoint.importance, pen, job.respond);
  }

  Response ready() const {
    if (!ending_) return json_response({{"status", "ready"}});
    return busy_response("shutting_down", "The server is shutting down.");
  }

  Response shop_names() const {
    auto names = Json::array();
    for (const auto& [name, shop] : shops_) names.push_back(name);
    return json_response({{"shops", std::move(names)}});
  }

  /// On a worker: makes the answer and gives it.
  void start(std::function<Response()> work, const SharedJob& job) {
    respond_from(
        workers_, std::move(job->respond), [work = std::move(work), job] { return answer_with(work); },
        routes().handler_of(job->match).importance);
  }

  void start_write(const Write& write, const SharedJob& job) {
    const auto parse = [this, &write, job] {
      try {
        submit_write(write, job, workers_);
      } catch (...) {
        job->respond(answer_of(std::current_exception()));
      }
    };
    const bool taken = workers_.submit(parse, routes().handler_of(job->match).importance);
    if (!taken) job->respond(busy_response("overloaded", "Too many requests are waiting; try again."));
  }

  ServerOptions options_;
  std::atomic<bool> ending_{};
  Admission admission_;
  WorkerPool workers_;
  std::map<std::string, std::unique_ptr<ServedShop>, std::less<>> shops_;
  std::unique_ptr<Transport> transport_;
};

Server::Server(ServerOptions options) : service_(std::make_unique<Service>(std::move(options))) {}
Server::~Server() { stop(std::chrono::milliseconds{0}); }

const ListenAddress& Server::address() const { return service_->address(); }

const Admission& Server::admission() const { return service_->admission(); }

void Server::stop(std::chrono::milliseconds drain) {
  if (service_) service_->stop(drain);
  service_.reset();
}

}  // namespace upline::api
