#include "api/server.hpp"

#include "api/authentication.hpp"
#include "api/authorization.hpp"
#include "api/client_address.hpp"
#include "api/cors.hpp"
#include "api/exposure.hpp"
#include "api/fixed_path.hpp"
#include "api/gateways.hpp"
#include "api/job.hpp"
#include "api/openapi.hpp"
#include "api/query_names.hpp"
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
        admission_(options_.admission),
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
    if (const auto fixed = fixed_paths_.find(request.path); fixed != fixed_paths_.end()) {
      return respond(answer_fixed(request, [&] { return fixed->second(request); }));
    }
    auto match = routes().find(request);
    if (!match) return respond(std::move(match.error()));
    const auto& route = routes().route_of(*match);
    const bool is_signed = route.handler.credential == Credential::signature;
    auto caller = is_signed ? Caller{} : authentication_.caller(request, match->path["shop"]);
    if (!caller) return respond(std::move(caller.error()));
    if (!is_signed) {
      if (auto refused = refuse(*caller, route, match->path)) return respond(std::move(*refused));
    }
    if (auto refused = refuse_unknown_query(route.handler, match->query)) return respond(std::move(*refused));
    const auto shop = shops_.find(match->path["shop"]);
    if (shop == shops_.end() && is_signed) return respond(refuse_unknown_signer());
    if (shop == shops_.end()) {
      return respond(to_response({404, "unknown_shop", fmt::format("There is no shop {}.", match->path["shop"])}));
    }
    auto job = std::make_shared<Job>(
        Job{std::move(request), std::move(*match), *shop->second, std::move(respond), std::move(*caller)});
    if (auto shed = shed_at_a_peak(route.handler, *job)) return job->respond(std::move(*shed));
    std::visit(
        domain::Overloaded{
            [&](const Read read) { start([read, job] { return answer_read(read, *job); }, job); },
            [&](const ShopRead read) { start([read, job] { return read(job->shop, job->call()); }, job); },
            [&](const Write& write) { start_write([this, &write, job] { submit_write(write, job, workers_); }, job); },
            [&](const JobWrite& write) { start_write([this, &write, job] { write.submit(job, workers_); }, job); },
        },
        route.handler.action);
  }

  std::optional<Response> shed_at_a_peak(const Endpoint& endpoint, Job& job) {
    auto limited =
        admission_.limit({.token = job.caller.token_id, .address = job.request.peer_address}, endpoint.importance);
    if (limited) return limited;
    const bool writes =
        std::holds_alternative<Write>(endpoint.action) || std::holds_alternative<JobWrite>(endpoint.action);
    return admission_.let_in(endpoint.importance, writes ? &job.shop.pen_gate() : nullptr, job.respond);
  }

  Response ready() const {
    if (!ending_) return json_response({{"status", "ready"}});
    return busy_response("shutting_down", "The server is shutting down.");
  }

  Response shop_names(const Request& request) const {
    auto names = authentication_.shops_of(request);
    return names ? json_response({{"shops", std::move(*names)}}) : std::move(names.error());
  }

  /// On a worker: makes the answer and gives it.
  void start(std::function<Response()> work, const SharedJob& job) {
    respond_from(
        workers_, std::move(job->respond), [work = std::move(work), job] { return answer_with(work); },
        routes().handler_of(job->match).importance);
  }

  void start_write(std::function<void()> submit, const SharedJob& job) {
    const auto parse = [submit = std::move(submit), job] {
      try {
        submit();
      } catch (...) {
        job->respond(answer_of(std::current_exception()));
      }
    };
    const bool taken = workers_.submit(parse, routes().handler_of(job->match).importance);
    if (!taken) job->respond(busy_response("overloaded", "Too many requests are waiting; try again."));
  }

  const std::map<std::string, std::function<Response(const Request&)>, std::less<>> fixed_paths_{
      {"/livez", [](const Request&) { return json_response({{"status", "alive"}}); }},
      {"/readyz", [this](const Request&) { return ready(); }},
      {"/openapi.json", [](const Request&) { return openapi_response(); }},
      {"/v1/shops", [this](const Request& request) { return shop_names(request); }},
  };
  ServerOptions options_;
  std::atomic<bool> ending_{};
  Admission admission_;
  AllowedOrigins origins_;
  Authentication authentication_;
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
