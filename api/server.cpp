#include "api/server.hpp"

#include "api/authentication.hpp"
#include "api/authorization.hpp"
#include "api/client_address.hpp"
#include "api/cors.hpp"
#include "api/exposure.hpp"
#include "api/job.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"
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

class Server::Service {
 public:
  explicit Service(ServerOptions options)
      : options_(std::move(options)),
        origins_(options_.allowed_origins),
        authentication_(origins_, options_.transport.warn),
        workers_(options_.workers, options_.work_queue_max) {
    const auto names = eventstore::shops_in(options_.data);
    for (const auto& name : names) open(name, names.size() == 1);
    if (shops_.empty()) {
      throw eventstore::ShopNotFound(
          fmt::format("there is no shop in {}; make one with: upline init", options_.data.string()));
    }
    refuse_to_be_exposed();
    authentication_.start();
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
    shops_.clear();
  }

 private:
  /// A shop that cannot be opened is told of and left out, unless it is the only one.
  void open(const std::string& name, bool is_the_only_one) try {
    const eventstore::ShopLocation location{options_.data, name, options_.vault_key};
    auto tokens = std::make_unique<ShopTokens>(location.folder());
    shops_.emplace(name, std::make_unique<ServedShop>(location));
    authentication_.add(name, std::move(tokens));
  } catch (const std::exception& error) {
    if (is_the_only_one || !options_.transport.warn) throw;
    options_.transport.warn(fmt::format("shop '{}' is not served: {}", name, error.what()));
  }

  void refuse_to_be_exposed() const {
    const auto reason = refuse_exposure({.listen = options_.transport.listen,
                                         .has_tls = false,
                                         .is_behind_proxy = options_.is_behind_proxy,
                                         .shops_without_tokens = authentication_.shops_without_tokens()});
    if (reason) throw ServingRefused(*reason);
  }

  void handle(Request request, Respond respond) {
    if (options_.is_behind_proxy) request.peer_address = client_address(request);
    respond = origins_.share(request, std::move(respond));
    if (auto refused = authentication_.refuse_foreign(request)) return respond(std::move(*refused));
    if (request.path == "/livez") return respond(json_response({{"status", "alive"}}));
    if (request.path == "/readyz") return respond(ready());
    if (request.path == "/v1/shops") return respond(shop_names(request));
    auto match = routes().find(request);
    if (!match) return respond(std::move(match.error()));
    const auto& route = routes().route_of(*match);
    auto caller = authentication_.caller(request, match->path["shop"], route.handler.roles);
    if (!caller) return respond(std::move(caller.error()));
    if (auto refused = refuse(*caller, route, match->path)) return respond(std::move(*refused));
    const auto shop = shops_.find(match->path["shop"]);
    if (shop == shops_.end()) {
      return respond(to_response({404, "unknown_shop", fmt::format("There is no shop {}.", match->path["shop"])}));
    }
    auto job = std::make_shared<Job>(
        Job{std::move(request), std::move(*match), *shop->second, std::move(respond), std::move(*caller)});
    std::visit(domain::Overloaded{
                   [&](const Read read) { start([read, job] { return answer_read(read, *job); }, job); },
                   [&](const ShopRead read) { start([read, job] { return read(job->shop, job->call()); }, job); },
                   [&](const Write& write) { start_write(write, job); },
               },
               routes().handler_of(job->match).action);
  }

  Response ready() const {
    if (!ending_) return json_response({{"status", "ready"}});
    return busy_response("shutting_down", "The server is shutting down.");
  }

  Response shop_names(const Request& request) const {
    static const RouteTable here({{"GET", "/v1/shops"}});
    if (auto match = here.find(request); !match) return std::move(match.error());
    auto names = authentication_.shops_of(request);
    return names ? json_response({{"shops", std::move(*names)}}) : std::move(names.error());
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
  AllowedOrigins origins_;
  Authentication authentication_;
  WorkerPool workers_;
  std::map<std::string, std::unique_ptr<ServedShop>, std::less<>> shops_;
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
