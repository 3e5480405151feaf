#include "api/idempotency_key.hpp"
#include "api/media_type.hpp"
#include "api/settlement_writes.hpp"
#include "api/writing.hpp"
#include "eventstore/settlement_lines.hpp"

#include <exception>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using namespace domain;
using eventstore::Answer;

OpenSettlement opening_in(JsonBody& body) {
  OpenSettlement opening{.settlement = body.id<SettlementId>("settlement")};
  const auto cutoff = body.optional_time("cutoff");
  if (!cutoff) throw BadBody("'cutoff' is missing: a time such as 2026-11-01T00:00:00Z.", "cutoff");
  opening.terms = {.cutoff = *cutoff,
                   .minimum = {body.optional_integer("minimum_minor").value_or(0)},
                   .fee = {body.optional_integer("fee_minor").value_or(0)},
                   .tax = body.optional_text("tax").value_or("none")};
  return opening;
}

SettlementStage stage_now(const Job& job, const SettlementId& id) {
  const auto settlement = eventstore::read_settlement(job.shop.reader()->log(), id);
  if (!settlement) throw eventstore::DamagedStore("a settlement that was opened is not there");
  return settlement->stage;
}

/// To a repetition it says what it said the first time. Either way, what was cut short goes on.
Response answer(const Job& job, const OpenSettlement& opening, const eventstore::Outcome& outcome) {
  if (outcome.failure) std::rethrow_exception(outcome.failure);
  if (outcome.rejection) return answer_rejected(outcome);
  const auto& id = opening.settlement;
  const auto stage = stage_now(job, id);
  const bool was_there = outcome.answer == Answer::already_there;
  if (was_there && stage == SettlementStage::cancelled) {
    return to_response(problem_of({Reason::settlement_cancelled, id.value}));
  }
  if (stage == SettlementStage::computing) job.shop.settlements().carry_on(opening, actor_of(job));
  const auto told = was_there ? stage : SettlementStage::computing;
  auto json = outcome_json(*job.shop.reader(), outcome);
  json["settlement"] = id.value;
  json["state"] = name(told);
  auto response = json_response(json, told == SettlementStage::computing ? 202 : 200);
  response.headers.push_back(
      {"Location", fmt::format("/v1/shops/{}/settlements/{}", job.match.path["shop"], id.value)});
  if (outcome.answer == Answer::repeated) response.headers.push_back({replayed_header, "true"});
  return response;
}

}  // namespace

void submit_opening(const SharedJob& job, WorkerPool& workers) {
  refuse_other_than_json(job->request);
  JsonBody body(job->request.body);
  const auto opening = opening_in(body);
  body.finish();
  submit_command(
      {.command = opening, .actor = actor_of(*job), .dated = false}, job, workers,
      [opening](const Job& asked, const eventstore::Outcome& outcome) { return answer(asked, opening, outcome); });
}

}  // namespace upline::api
