#include "api/telemetry.hpp"

#include "api/observed_routes.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

constexpr std::array<std::string_view, 8> methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"};

std::string known_method(const std::string& method) {
  return std::ranges::find(methods, method) != methods.end() ? method : "other";
}

bool is_problem(const Response& response) { return response.content_type == "application/problem+json"; }

/// So that a person can quote it. Every problem is one object, to_response made it.
void add_request_id(Response& response, const std::string& id) {
  response.headers.push_back({"X-Request-Id", id});
  auto& body = response.body;
  constexpr std::string_view end = "}\n";
  if (is_problem(response) && body.ends_with(end)) {
    body.replace(body.size() - end.size(), end.size(), fmt::format(",\"request_id\":\"{}\"}}\n", id));
  }
}

/// Out of the type that every problem begins with; empty for other answers.
std::string_view code_of(const Response& response) {
  constexpr std::string_view begin = R"({"type":"urn:upline:problem:)";
  const std::string_view body = response.body;
  if (!is_problem(response) || !body.starts_with(begin)) return {};
  const auto rest = body.substr(begin.size());
  return rest.substr(0, rest.find('"'));
}

/// What a broken world says of itself. Other details may quote the request, and are not for the log.
std::string failure_of(const Response& response) {
  if (!response.trouble.empty()) return response.trouble;
  if (response.status < 500 || !is_problem(response)) return {};
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  return json.is_object() ? json.value("detail", "") : std::string{};
}

std::string sentence_of(const std::exception_ptr& trouble) {
  if (!trouble) return {};
  try {
    std::rethrow_exception(trouble);
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// There was no room for it: at a peak there are thousands a second, and each is counted. A batch of which a part was
/// done is worth its line.
bool is_shed(const Response& response) { return response.shed && (response.status == 429 || response.status == 503); }

LogLevel level_of(const RouteName& route, const Response& response, bool is_slow) {
  const bool has_broken_line = response.status < 500 && !response.trouble.empty();  // of a batch
  if (response.status == 500 || has_broken_line) return LogLevel::error;
  if (is_for_monitoring(route)) return response.status < 500 ? LogLevel::debug : LogLevel::warn;
  if (is_shed(response)) return LogLevel::debug;
  return response.status > 500 || is_slow ? LogLevel::warn : LogLevel::info;
}

/// The way of an answer past the telemetry.
class ToldRespond {
 public:
  ToldRespond(std::shared_ptr<Telemetry> telemetry, SharedObservation seen, Respond respond)
      : telemetry_(std::move(telemetry)), seen_(std::move(seen)), respond_(std::move(respond)) {}
  ToldRespond(ToldRespond&&) noexcept = default;
  ToldRespond& operator=(ToldRespond&&) = delete;
  ~ToldRespond() {
    if (!seen_) return;
    try {
      finish({.status = 500});
    } catch (const std::exception&) {
      // No memory to tell it with; the transport answers all the same.
    }
  }

  void operator()(Response response) {
    add_request_id(response, seen_->trace.request_id());
    finish(response);
    respond_(std::move(response));
  }

 private:
  /// Counted before it is given: whoever has the answer finds it counted.
  void finish(const Response& response) {
    const auto seen = std::exchange(seen_, nullptr);
    telemetry_->count(*seen, response);
    telemetry_->tell(*seen, response);
  }

  std::shared_ptr<Telemetry> telemetry_;
  SharedObservation seen_;
  Respond respond_;
};

}  // namespace

Telemetry::Telemetry(const TelemetryOptions& options)
    : slow_request_(options.slow_request), log_(options.log), metrics_(observed_routes()) {}

SharedObservation Telemetry::begin(const Request& request, Respond& respond) {
  auto seen = std::make_shared<Observation>();
  seen->trace = trace_of(request);
  seen->began = std::chrono::steady_clock::now();
  seen->method = known_method(request.method);
  seen->route = own_route(request.path);
  metrics_.request_began();
  respond = ToldRespond(shared_from_this(), seen, std::move(respond));
  return seen;
}

void Telemetry::count(const Observation& seen, const Response& response) {
  if (response.shed) shed_.count(metrics_.routes()[seen.route].importance, *response.shed);
  metrics_.request_ended(seen.route, response.status, std::chrono::steady_clock::now() - seen.began, seen.shop);
}

void Telemetry::tell(const Observation& seen, const Response& response) {
  const auto took = std::chrono::steady_clock::now() - seen.began;
  const auto& route = metrics_.routes()[seen.route];
  const bool is_slow = took >= slow_request_;
  const auto level = level_of(route, response, is_slow);
  if (!log_.takes(level)) return;
  const auto message = fmt::format("{}{} {} {}", is_slow ? "slow: " : "", seen.method, route.path, response.status);
  const auto failure = failure_of(response);
  std::vector<LogField> fields{
      {"method", seen.method, true},
      {"route", route.path, true},
      {"status", std::int64_t{response.status}, true},
      {"duration_ms", std::chrono::duration<double, std::milli>(took).count()},
      {"bytes", static_cast<std::int64_t>(response.body.size())},
  };
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) fields.push_back({name, value});
  };
  add("code", code_of(response));
  add("detail", failure);
  add("shop", seen.shop);
  add("class", route.importance);
  add("caller", seen.caller);
  add("request_id", seen.trace.request_id());
  add("trace_id", seen.trace.trace_id);
  add("parent_id", seen.trace.parent_id);
  log_.write(level, message, fields);
}

std::function<void(const eventstore::WrittenBatch&)> Telemetry::writer_observer(const std::string& shop) {
  return [this, shop, count = metrics_.writer_observer(shop), said = std::string(),
          said_of_erasure = std::string()](const eventstore::WrittenBatch& batch) mutable {
    count(batch);
    const LogField field{"shop", shop};
    const auto tell = [&](std::string& before, std::string now, LogLevel level, const char* begins, const char* ends) {
      if (now == before) return;
      log_.write(now.empty() ? LogLevel::info : level, now.empty() ? std::string(ends) : begins + now, {&field, 1});
      before = std::move(now);
    };
    tell(said, sentence_of(batch.trouble), LogLevel::error,
         "the shop cannot be written to: ", "the shop is written to again");
    tell(said_of_erasure, sentence_of(batch.unfinished_erasure), LogLevel::warn, "", "all who were erased are gone");
  };
}

void Telemetry::connection_refused(ShedFor reason) {
  metrics_.connection_refused();
  shed_.count({}, {reason});
}

void Telemetry::request_refused(const Problem& problem) {
  metrics_.request_refused(problem.code);
  const std::array<LogField, 2> fields{
      LogField{"status", std::int64_t{problem.status}},
      LogField{"code", problem.code},
  };
  log_.write(LogLevel::info, "a request was refused unread", fields);
}

}  // namespace upline::api
