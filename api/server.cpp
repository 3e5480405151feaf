#include "api/server.hpp"

#include "api/endpoint.hpp"
#include "api/routes.hpp"
#include "api/served_shop.hpp"
#include "api/worker_pool.hpp"
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

/// A request with the place in the routes that it goes to; outlives the I/O thread's call.
struct Job {
  Request request;
  RouteMatch match;
  ServedShop& shop;
  Respond respond;

  Call call() const { return {request, match}; }
};
using SharedJob = std::shared_ptr<Job>;

Response unavailable(const std::exception& error) { return busy_response("unavailable", error.what()); }

/// What a handler threw, as an answer. A broken world is told apart from a mistake, and tells no secret.
Response answer_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const BadBody& e) {
    return to_response({400, "invalid_body", e.what(), e.field()});
  } catch (const Refused& e) {
    return to_response(e.problem());
  } catch (const eventstore::StoreBusy& e) {
    return unavailable(e);
  } catch (const eventstore::StoreUnwritable& e) {
    return to_response({503, "store_unwritable", e.what()});
  } catch (const eventstore::DamagedStore& e) {
    return to_response({500, "damaged_store", fmt::format("The shop's files are damaged: {}.", e.what())});
  } catch (const projections::ProjectionStopped& e) {
    return to_response({500, "projection_stopped", e.what()});
  } catch (const std::exception& e) {
    return to_response({500, "internal_error", e.what()});
  }
}

Response answer_with(const std::function<Response()>& work) {
  try {
    return work();
  } catch (...) {
    return answer_of(std::current_exception());
  }
}

std::optional<domain::Position> min_position(const Call& call) {
  if (call.query("min_position") == nullptr) return std::nullopt;
  return domain::Position{call.number("min_position", 0, static_cast<std::size_t>(INT64_MAX))};
}

/// A page in a browser may reach a server on this machine: through a name that leads here, or from another origin. As
/// long as there are no tokens, both are refused.
std::optional<Response> refuse_foreign(const Request& request) {
  const auto is_local = [](std::string_view host) {
    const auto end = host.starts_with('[') ? host.find(']') + 1 : host.find(':');
    const auto name = host.substr(0, end);
    const bool is_number = name.find_first_not_of("0123456789.") == std::string_view::npos;
    return name == "localhost" || name == "[::1]" || (is_number && name.starts_with("127."));
  };
  const auto* host = request.header("Host");
  if (host != nullptr && !is_local(*host)) {
    return to_response({403, "foreign_host", "The server answers for this machine only."});
  }
  const auto* origin = request.header("Origin");
  if (origin == nullptr) return std::nullopt;
  const auto scheme = origin->find("://");
  if (scheme != std::string::npos && is_local(std::string_view(*origin).substr(scheme + 3))) return std::nullopt;
  return to_response({403, "foreign_origin", "Pages of other origins are not answered."});
}

/// The header that names a command, so that it can be sent again.
std::string command_id_of(const Request& request) {
  const auto* key = request.header("Idempotency-Key");
  return key == nullptr ? std::string{} : *key;
}

}  // namespace

class Server::Service {
 public:
  explicit Service(ServerOptions options)
      : options_(std::move(options)), workers_(options_.workers, options_.work_queue_max) {
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
    std::visit(domain::Overloaded{
                   [&](const Read read) { start([this, read, job] { return run(read, *job); }, job); },
                   [&](const ShopRead read) { start([read, job] { return read(job->shop, job->call()); }, job); },
                   [&](const Write& write) { start_write(write, job); },
               },
               routes().handler_of(job->match));
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
    respond_from(workers_, std::move(job->respond), [work = std::move(work), job] { return answer_with(work); });
  }

  Response run(Read read, const Job& job) {
    const auto wanted = min_position(job.call());
    const auto reader = job.shop.reader();
    const auto head = reader->log().head().position;
    if (wanted && *wanted > head) {
      return busy_response("not_there_yet",
                           fmt::format("The log has reached position {}, not yet {}.", head.value, wanted->value));
    }
    reader->models.catch_up();
    return read(*reader, job.call());
  }

  void start_write(const Write& write, const SharedJob& job) {
    const bool taken = workers_.submit([this, &write, job] {
      try {
        submit(write, job);
      } catch (...) {
        job->respond(answer_of(std::current_exception()));
      }
    });
    if (!taken) job->respond(busy_response("overloaded", "Too many requests are waiting; try again."));
  }

  void submit(const Write& write, const SharedJob& job) {
    JsonBody body(job->request.body);
    auto request = write.command(job->call(), body);
    body.finish();
    request.command_id = command_id_of(job->request);
    request.actor = "http";
    const bool taken = job->shop.writer().submit(std::move(request), [this, &write, job](eventstore::Outcome outcome) {
      start([&write, job, outcome = std::move(outcome)] { return answer(write, *job, outcome); }, job);
    });
    if (!taken) job->respond(busy_response("queue_full", "The shop has too many commands waiting; try again."));
  }

  /// What was recorded all the same (a payment that came again with another content) says where.
  static Response answer_rejected(const eventstore::Outcome& outcome) {
    const auto problem = problem_of(*outcome.rejection);
    if (outcome.first == domain::Position{0}) return to_response(problem);
    auto json = to_json(problem);
    json["position"] = outcome.last.value;
    auto response = json_response(json, problem.status);
    response.content_type = "application/problem+json";
    return response;
  }

  static Response answer(const Write& write, const Job& job, const eventstore::Outcome& outcome) {
    if (outcome.failure) std::rethrow_exception(outcome.failure);
    if (outcome.rejection) return answer_rejected(outcome);
    const auto reader = job.shop.reader();
    return write.answer(*reader, job.call(), outcome);
  }

  ServerOptions options_;
  std::atomic<bool> ending_{};
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
