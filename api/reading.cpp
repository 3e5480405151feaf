#include "api/reading.hpp"

#include "api/entity_tag.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using domain::Position;

constexpr std::size_t position_max = static_cast<std::size_t>(INT64_MAX);

/// What a read waits for. Without a position of its own it is what the log held when the request came, so that whoever
/// was answered by a write finds it in the next read; that is not worth a refusal when it does not come in time.
struct Wait {
  Position until{};
  bool is_asked_for{};
  std::chrono::steady_clock::time_point deadline{};
};

/// The time runs from when the request came, wherever it has waited since.
Wait wait_of(const Job& job, Position head) {
  const auto call = job.call();
  const std::chrono::milliseconds at_most{call.number("wait_ms", wait_ms_default, wait_ms_max)};
  Wait wait{.until = head, .deadline = job.came + at_most};
  if (call.query("min_position") != nullptr) {
    wait.until = {call.number("min_position", 0, position_max)};
    wait.is_asked_for = true;
  }
  if (const auto past = call.past_position(); past && *past <= head) {
    wait.until = std::max(wait.until, *past);
    wait.is_asked_for = true;
  }
  return wait;
}

Response not_there_yet(Position reached, Position wanted) {
  const Problem problem{
      503, "not_there_yet",
      fmt::format("The books have reached position {}, not yet {}; ask again.", reached.value, wanted.value)};
  auto json = to_json(problem);
  json["position"] = reached.value;
  auto response = json_response(json, problem.status);
  response.content_type = "application/problem+json";
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

bool has_tag(const Endpoint& endpoint, const Call& call) {
  if (std::holds_alternative<LiveRead>(endpoint.action)) return false;
  if (endpoint.caching == Caching::never) return false;
  return endpoint.caching == Caching::by_position || call.query("as_of") != nullptr;
}

/// Asks the read models, which have been carried to `state`.
Response ask(const Endpoint& endpoint, const Job& job, const Projected& state) {
  const auto reader = job.shop.reader();
  // Where a projection fails, each reader tries for itself, so that its own failure is told, and no other's.
  if (state.is_well) {
    reader->models.catch_up_to(state.position);
  } else {
    reader->models.catch_up();
  }
  if (const auto* live = std::get_if<LiveRead>(&endpoint.action)) return (*live)(job.shop, *reader, job.call());
  return std::get<Read>(endpoint.action)(*reader, job.call());
}

void add_headers(Response& response, const Endpoint& endpoint, const Job& job, const Projected& state) {
  response.headers.push_back({"Upline-Position", std::to_string(state.position.value)});
  if (!state.is_well || state.tag.empty() || response.status >= 400 || !has_tag(endpoint, job.call())) return;
  response.headers.push_back({"ETag", tag_of(state.tag, job.request)});
  response.headers.push_back({"Cache-Control", "private, no-cache"});
}

Response answer(const Endpoint& endpoint, const Job& job, const Wait& wait) {
  const auto state = job.shop.projected();
  if (wait.is_asked_for && state.is_well && state.position < wait.until) {
    return not_there_yet(state.position, wait.until);
  }
  const bool is_known = state.is_well && !state.tag.empty() && has_tag(endpoint, job.call()) &&
                        has_already(job.request, tag_of(state.tag, job.request));
  auto response = is_known ? Response{304, {}, {}, {}} : answer_with([&] { return ask(endpoint, job, state); });
  add_headers(response, endpoint, job, state);
  return response;
}

/// On a worker. The head is read here, since it takes the log.
Response answer_failing(const Endpoint& endpoint, const Job& job, const Wait& wait) {
  const auto head = job.shop.reader()->log().head().position;
  if (wait.is_asked_for && wait.until > head) return not_there_yet(head, wait.until);
  return answer(endpoint, job, wait);
}

void finish(const Endpoint& endpoint, const SharedJob& job, const Wait& wait) {
  job->respond(answer_with([&] {
    return job->shop.projected().is_well ? answer(endpoint, *job, wait) : answer_failing(endpoint, *job, wait);
  }));
}

void submit(WorkerPool& workers, const Endpoint& endpoint, const SharedJob& job, std::function<void()> work) {
  if (workers.submit(std::move(work), endpoint.importance)) return;
  job->respond(
      shed_response(ShedFor::workers, "overloaded", "The server has more to do than it can take on; try again."));
}

void answer_or_park(const Endpoint& endpoint, const SharedJob& job, WorkerPool& workers) {
  const auto wait = wait_of(*job, job->shop.reader()->log().head().position);
  const auto state = job->shop.projected();
  const bool has_to_wait = state.is_well && state.position < wait.until && ParkedReads::Clock::now() < wait.deadline;
  if (!has_to_wait) return finish(endpoint, job, wait);
  const auto resume = [&endpoint, job, &workers, wait] {
    submit(workers, endpoint, job, [&endpoint, job, wait] { finish(endpoint, job, wait); });
  };
  if (job->shop.when_projected(wait.until, wait.deadline, resume)) return;
  job->respond(
      shed_response(ShedFor::waiting_reads, "overloaded", "Too many reads wait for their position; try again."));
}

}  // namespace

void start_read(const Endpoint& endpoint, const SharedJob& job, WorkerPool& workers) {
  submit(workers, endpoint, job, [&endpoint, job, &workers] {
    try {
      answer_or_park(endpoint, job, workers);
    } catch (...) {
      job->respond(answer_of(std::current_exception()));
    }
  });
}

}  // namespace upline::api
