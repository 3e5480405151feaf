#include "api/writing.hpp"

#include "api/idempotency_key.hpp"
#include "api/media_type.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

Problem problem_of_command(const domain::Rejection& rejection) {
  if (rejection.reason != domain::Reason::command_id_reused) return problem_of(rejection);
  return {422, "idempotency_key_reused", "The key belongs to another command; take a new key for a new command.",
          idempotency_header};
}

/// What is answered from the outcome and the vault alone can be made ready before the log has it.
bool tells_all(const eventstore::Outcome& outcome) {
  return outcome.answer == eventstore::Answer::appended && outcome.left;
}

}  // namespace

std::string actor_of(const Job& job) { return job.caller.actor(); }

/// What was recorded all the same (a payment that came again with another content) says where.
Response answer_rejected(const eventstore::Outcome& outcome) {
  const auto problem = problem_of_command(*outcome.rejection);
  if (outcome.first == domain::Position{0}) return to_response(problem);
  auto json = to_json(problem);
  json["position"] = outcome.last.value;
  auto response = json_response(json, problem.status);
  response.content_type = "application/problem+json";
  return response;
}

Response answer_command(const Write& write, Reader& reader, const Call& call, const eventstore::Outcome& outcome) {
  if (outcome.failure) std::rethrow_exception(outcome.failure);
  auto response = outcome.rejection ? answer_rejected(outcome) : write.answer(reader, call, outcome);
  if (outcome.answer == eventstore::Answer::repeated) response.headers.push_back({replayed_header, "true"});
  return response;
}

void submit_write(const Write& write, const SharedJob& job, WorkerPool& workers) {
  refuse_other_than_json(job->request);
  JsonBody body(job->request.body);
  auto command = write.command(job->call(), body);
  body.finish();
  command.actor = actor_of(*job);
  submit_command(std::move(command), job, workers, [&write](const Job& asked, const eventstore::Outcome& outcome) {
    const auto reader = asked.shop.reader();
    return answer_command(write, *reader, asked.call(), outcome);
  });
}

void submit_command(eventstore::Request command, const SharedJob& job, WorkerPool& workers, AnswerOutcome answer) {
  command.command_id = idempotency_key(job->request);
  auto hold = hold_or_refuse(job->shop.keys_in_flight(), command.command_id, idempotency_header);
  const auto ready = std::make_shared<std::optional<Response>>();
  auto foreseen = [job, ready, answer](const eventstore::Outcome& outcome) {
    if (!tells_all(outcome)) return;
    auto response = answer_with([&] { return answer(*job, outcome); });
    if (response.status < 300) *ready = std::move(response);  // what went wrong is tried again
  };
  auto done = [job, &workers, ready, hold = std::move(hold),
               answer = std::move(answer)](eventstore::Outcome outcome) mutable {
    job->came_to(outcome);
    hold.reset();  // before the answer: whoever has it may send the command again at once
    if (*ready && !outcome.failure) return job->respond(std::move(**ready));
    respond_from(workers, std::move(job->respond), [job, answer, outcome = std::move(outcome)] {
      return answer_with([&] { return answer(*job, outcome); });
    });
  };
  eventstore::Submission submission{.request = std::move(command), .done = std::move(done)};
  if (submission.request.tells_order) submission.foreseen = std::move(foreseen);
  if (job->shop.writer().submit(std::move(submission))) return;
  job->respond(shed_response(ShedFor::pen_queue, "queue_full", "The shop has too many commands waiting; try again."));
}

}  // namespace upline::api
