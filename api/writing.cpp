#include "api/writing.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

/// The header that names a command, so that it can be sent again.
std::string command_id_of(const Request& request) {
  const auto* key = request.header("Idempotency-Key");
  return key == nullptr ? std::string{} : *key;
}

/// What was recorded all the same (a payment that came again with another content) says where.
Response answer_rejected(const eventstore::Outcome& outcome) {
  const auto problem = problem_of(*outcome.rejection);
  if (outcome.first == domain::Position{0}) return to_response(problem);
  auto json = to_json(problem);
  json["position"] = outcome.last.value;
  auto response = json_response(json, problem.status);
  response.content_type = "application/problem+json";
  return response;
}

Response answer(const Write& write, const Job& job, const eventstore::Outcome& outcome) {
  if (outcome.failure) std::rethrow_exception(outcome.failure);
  if (outcome.rejection) return answer_rejected(outcome);
  const auto reader = job.shop.reader();
  return write.answer(*reader, job.call(), outcome);
}

}  // namespace

void submit_write(const Write& write, const SharedJob& job, WorkerPool& workers) {
  JsonBody body(job->request.body);
  auto request = write.command(job->call(), body);
  body.finish();
  request.command_id = command_id_of(job->request);
  request.actor = job->caller.actor();
  const bool taken =
      job->shop.writer().submit(std::move(request), [&write, job, &workers](eventstore::Outcome outcome) {
        respond_from(workers, std::move(job->respond), [&write, job, outcome = std::move(outcome)] {
          return answer_with([&] { return answer(write, *job, outcome); });
        });
      });
  if (!taken) job->respond(busy_response("queue_full", "The shop has too many commands waiting; try again."));
}

}  // namespace upline::api
