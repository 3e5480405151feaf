#include "api/server.hpp"

#include "api/admitted_stream.hpp"
#include "api/authorization.hpp"
#include "api/client_address.hpp"
#include "api/entity_tag.hpp"
#include "api/exposure.hpp"
#include "api/fixed_path.hpp"
#include "api/gateways.hpp"
#include "api/hot_read.hpp"
#include "api/hot_reads.hpp"
#include "api/job.hpp"
#include "api/open_files.hpp"
#include "api/openapi.hpp"
#include "api/query_names.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"
#include "api/shops.hpp"
#include "api/signature_gate.hpp"
#include "api/worker_pool.hpp"
#include "api/writing.hpp"
#include "domain/overloaded.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

/// The way of every request: who asks and whether it may, which route it means, whether there is room, and then to
/// whoever answers it.
class Server::Service {
 public:
  explicit Service(ServerOptions options)
      : options_(std::move(options)),
        telemetry_(std::make_shared<Telemetry>(options_.telemetry)),
        origins_(options_.allowed_origins),
        authentication_(origins_, [this](const std::string& what) { telemetry_->warn(what); }),
        admission_(options_.admission),
        signatures_(options_.signatures_max),
        event_streams_(std::make_shared<EventStreams>(options_.event_streams)),
        workers_(options_.workers, options_.work_queue_max,
                 [this](const std::string& what) { telemetry_->warn(what); }),
        shops_(options_.data, options_.vault_key, shop_options(), authentication_, *telemetry_),
        sources_(metric_sources()),
        metrics_page_(telemetry_->metrics(), sources_, options_.telemetry.metrics_fresh_for) {
    refuse_to_be_exposed();
    authentication_.start();
    auto& transport = options_.transport;
    transport.observer = telemetry_.get();
    if (!transport.warn) transport.warn = [this](const std::string& what) { telemetry_->warn(what); };
    // A proxy brings everybody's requests over its own connections.
    if (!options_.is_behind_proxy && !transport.client_of) transport.client_of = client_of;
    transport.connections_max = allow_connections(transport.connections_max, transport.warn);
    transport_ = std::make_unique<Transport>(
        transport, [this](Request request, Respond respond) { handle(std::move(request), std::move(respond)); });
  }

  const ListenAddress& address() const { return transport_->address(); }
  const Admission& admission() const { return admission_; }

  void reload_certificate() { transport_->reload_certificate(); }

  void send_away() {
    ending_ = true;
    transport_->send_away();
  }

  /// What was accepted is answered while the transport drains. What is left after that is still written: its workers
  /// end before the shops that they use.
  void stop(std::chrono::milliseconds drain) {
    send_away();
    transport_->stop(drain);
    workers_.stop();
    metrics_page_.stop();
    shops_.close();
  }

 private:
  ServedShopOptions shop_options() {
    auto webhooks = options_.webhooks;
    if (!webhooks.warn) webhooks.warn = [this](const std::string& what) { telemetry_->warn(what); };
    return {.writing = {.queue_max = options_.write_queue_max},
            .streams = event_streams_,
            .webhooks = std::move(webhooks),
            .settling = options_.settling,
            .warn = [this](const std::string& what) { telemetry_->warn(what); }};
  }

  void refuse_to_be_exposed() const {
    const auto reason = refuse_exposure({.listen = options_.transport.listen,
                                         .has_tls = options_.transport.tls.has_value(),
                                         .is_behind_proxy = options_.is_behind_proxy,
                                         .shops_without_tokens = authentication_.shops_without_tokens()});
    if (reason) throw ServingRefused(*reason);
  }

  void handle(Request request, Respond respond) {
    if (options_.is_behind_proxy) request.peer_address = client_address(request);
    const auto seen = telemetry_->begin(request, respond);
    respond = origins_.share(request, std::move(respond));
    if (auto refused = authentication_.refuse_foreign(request)) return respond(std::move(*refused));
    if (const auto fixed = fixed_paths_.find(request.path); fixed != fixed_paths_.end()) {
      return respond(answer_fixed(request, [&] { return fixed->second(request); }));
    }
    if (request.path == "/metrics") return answer_metrics(request, std::move(respond));
    auto match = routes().find(request);
    if (!match) return respond(std::move(match.error()));
    const auto& route = routes().route_of(*match);
    seen->route = match->route;
    const auto& shop_name = match->path["shop"];
    auto caller = authentication_.caller(request, shop_name, route.handler.roles);
    if (!caller) {  // whoever guesses tokens is slowed down
      auto limited = admission_.limit({.address = request.peer_address});
      return respond(limited ? std::move(*limited) : std::move(caller.error()));
    }
    if (auto refused = refuse(*caller, route, match->path)) return respond(std::move(*refused));
    if (auto refused = refuse_unknown_query(route.handler, match->query)) return respond(std::move(*refused));
    auto* const shop = shops_.find(shop_name);
    if (shop == nullptr && route.handler.roles.are_anybody()) return respond(refuse_unknown_signer());
    if (shop == nullptr) {
      return respond(to_response({404, "unknown_shop", fmt::format("There is no shop {}.", shop_name)}));
    }
    seen->shop = shop_name;
    seen->caller = caller->token_id;
    start(route.handler, std::make_shared<Job>(Job{std::move(request), std::move(*match), *shop, std::move(respond),
                                                   std::move(*caller), seen}));
  }

  /// From memory where that is enough.
  void start(const Endpoint& endpoint, const SharedJob& job) {
    auto limited = admission_.limit({.token = job->caller.token_id, .address = job->request.peer_address});
    if (limited) return job->respond(std::move(*limited));
    auto hot = hot_read_of(*job);
    if (!hot) return go_the_usual_way(endpoint, job);
    job->shop.hot_reads().answer(std::move(hot->read), hot->deadline,
                                 [this, &endpoint, job](std::optional<Response> answer) {
                                   if (!answer) return go_the_usual_way(endpoint, job);
                                   for (auto& header : answer->headers) {
                                     if (header.name == "ETag") header.value = tag_of(header.value, job->request);
                                   }
                                   job->respond(std::move(*answer));
                                 });
  }

  void go_the_usual_way(const Endpoint& endpoint, const SharedJob& job) {
    const auto* const write = std::get_if<JobWrite>(&endpoint.action);
    if (write != nullptr && write->refuse != nullptr) return check_signature(*write, endpoint, job);
    enter(endpoint, job);
  }

  /// What is forged is refused before it takes the room of what is not.
  void check_signature(const JobWrite& write, const Endpoint& endpoint, const SharedJob& job) {
    signatures_.pass({.check = [&write, job] { return write.refuse(*job); },
                      .go_on = [this, &endpoint, job] { enter(endpoint, job); },
                      .turn_away = [job](Response refused) { job->respond(std::move(refused)); }},
                     workers_);
  }

  void enter(const Endpoint& endpoint, const SharedJob& job) {
    if (auto shed = shed_at_a_peak(endpoint, *job)) return job->respond(std::move(*shed));
    std::visit(domain::Overloaded{
                   [&](const Read&) { start_read(endpoint, job, workers_); },
                   [&](const LiveRead&) { start_read(endpoint, job, workers_); },
                   [&](const ShopRead read) {
                     respond_from(
                         workers_, std::move(job->respond),
                         [this, read, job] { return answer_with([&] { return answer_shop_read(read, *job); }); },
                         endpoint.importance);
                   },
                   [&](const Write& write) {
                     hand_in([this, &write, job] { submit_write(write, job, workers_); }, endpoint, job);
                   },
                   [&](const JobWrite& write) {
                     start_write([this, &write, job] { write.submit(job, workers_); }, endpoint, job);
                   },
               },
               endpoint.action);
  }

  Response answer_shop_read(ShopRead read, const Job& job) {
    auto response = read(job.shop, job.call());
    if (!response.stream) return response;
    response.stream = std::make_shared<AdmittedStream>(std::move(response.stream),
                                                       [this, caller = job.caller, shop = job.match.path["shop"]] {
                                                         return authentication_.still_admits(caller, shop);
                                                       });
    return response;
  }

  std::optional<Response> shed_at_a_peak(const Endpoint& endpoint, Job& job) {
    const bool writes =
        std::holds_alternative<Write>(endpoint.action) || std::holds_alternative<JobWrite>(endpoint.action);
    return admission_.let_in(endpoint.importance, writes ? &job.shop.pen_gate() : nullptr, job.respond);
  }

  /// A small command is read where it came: that takes microseconds, and no other thread need wake for it.
  void hand_in(std::function<void()> submit, const Endpoint& endpoint, const SharedJob& job) {
    constexpr std::size_t small_body_bytes = 4096;
    if (job->request.body.size() > small_body_bytes) return start_write(std::move(submit), endpoint, job);
    answer_what_it_throws(submit, *job);
  }

  static void answer_what_it_throws(const std::function<void()>& submit, Job& job) {
    try {
      submit();
    } catch (...) {
      job.respond(answer_of(std::current_exception()));
    }
  }

  void start_write(std::function<void()> submit, const Endpoint& endpoint, const SharedJob& job) {
    const auto parse = [submit = std::move(submit), job] { answer_what_it_throws(submit, *job); };
    if (workers_.submit(parse, endpoint.importance)) return;
    job->respond(shed_response(ShedFor::workers, "overloaded", "Too many requests are waiting; try again."));
  }

  /// On a thread of the page's own, unless it is refused.
  void answer_metrics(const Request& request, Respond respond) {
    MetricsScope scope;
    auto early = answer_fixed(request, [&] {
      auto found = authentication_.metrics_scope(request);
      if (!found) return std::move(found.error());
      scope = std::move(*found);
      return Response{};
    });
    const bool is_let_in = early.status == 200;
    if (!is_let_in) return respond(std::move(early));
    metrics_page_.answer(std::move(scope), std::move(respond));
  }

  ServerHealth health() const {
    return {.is_ending = ending_,
            .shops = shops_.health(!authentication_.is_any_guarded()),
            .now = std::chrono::steady_clock::now()};
  }

  MetricSources metric_sources() {
    return {.shops = [this] { return shops_.readings(); },
            .shops_not_open = [this] { return shops_.not_open(); },
            .work_queue = [this] { return WorkQueueReading{workers_.waiting(), workers_.queue_max()}; },
            .log_lines_dropped = [this] { return telemetry_->log().dropped(); },
            .shed = [this] { return telemetry_->shed().counts(); },
            .breakers = [this] { return shops_.breakers(); },
            .event_streams = [this] { return event_streams_->places_taken(); }};
  }

  Response shop_names(const Request& request) const {
    auto names = authentication_.shops_of(request);
    return names ? json_response({{"shops", std::move(*names)}}) : std::move(names.error());
  }

  const std::map<std::string, std::function<Response(const Request&)>, std::less<>> fixed_paths_{
      {"/livez", [this](const Request&) { return livez(health()); }},
      {"/readyz", [this](const Request&) { return readyz(health()); }},
      {"/openapi.json", [](const Request&) { return openapi_response(); }},
      {"/v1/shops", [this](const Request& request) { return shop_names(request); }},
  };
  ServerOptions options_;
  std::atomic<bool> ending_{};
  std::shared_ptr<Telemetry> telemetry_;
  AllowedOrigins origins_;
  Authentication authentication_;
  Admission admission_;
  SignatureGate signatures_;
  std::shared_ptr<EventStreams> event_streams_;
  WorkerPool workers_;
  Shops shops_;
  MetricSources sources_;
  MetricsPage metrics_page_;
  std::unique_ptr<Transport> transport_;
};

Server::Server(ServerOptions options) : service_(std::make_unique<Service>(std::move(options))) {}
Server::~Server() { stop(std::chrono::milliseconds{0}); }

const ListenAddress& Server::address() const { return service_->address(); }

const Admission& Server::admission() const { return service_->admission(); }

void Server::reload_certificate() { service_->reload_certificate(); }

void Server::send_away() { service_->send_away(); }

void Server::stop(std::chrono::milliseconds drain) {
  if (service_) service_->stop(drain);
  service_.reset();
}

}  // namespace upline::api
