#include "api/settlements.hpp"

#include "api/page.hpp"
#include "api/past_state.hpp"
#include "api/settlement_writes.hpp"
#include "eventstore/settlement_json.hpp"
#include "eventstore/settlement_lines.hpp"
#include "projections/past_settlements.hpp"
#include "projections/settling.hpp"

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace upline::api {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

/// What one page looks at, where most of it is not shown: the answer is then a short page with a `next`.
constexpr std::size_t looked_at_max = 10'000;

std::optional<Settlement> find_settlement(Reader& reader, const Call& call, const SettlementId& id) {
  if (call.query("as_of") == nullptr) return eventstore::read_settlement(reader.log(), id);
  auto past = projections::past_settlements(reader.log(), reader.models.payouts(), call.as_of(reader), id);
  const auto found = past.known.find(id);
  return found == past.known.end() ? std::nullopt : std::optional(std::move(found->second));
}

/// Throws Refused, 404.
Settlement known_settlement(Reader& reader, const Call& call, const SettlementId& id) {
  auto settlement = find_settlement(reader, call, id);
  if (!settlement) refuse_unknown("unknown_settlement", fmt::format("There is no settlement {}.", id.value));
  return std::move(*settlement);
}

Response show(Reader& reader, const Call& call) {
  const auto id = call.id<SettlementId>("settlement");
  const auto settlement = known_settlement(reader, call, id);
  auto json = eventstore::settlement_json(id, settlement);
  if (settlement.stage == SettlementStage::abandoned || settlement.stage == SettlementStage::cancelled) {
    json["reason"] = eventstore::ending_reason(reader.log(), id, counting(call, reader));
  }
  return json_response(json);
}

Response list(Reader& reader, const Call& call) {
  const auto all = call.query("as_of") == nullptr ? eventstore::read_settlements(reader.log())
                                                  : projections::past_settlements(reader.log(), reader.models.payouts(),
                                                                                  call.as_of(reader), std::nullopt);
  const auto after = call.optional_id<SettlementId>("after");
  Page page(call);
  for (auto at = after ? all.known.upper_bound(*after) : all.known.begin(); at != all.known.end(); ++at) {
    if (!page.add(eventstore::settlement_json(at->first, at->second), at->first.value)) break;
  }
  Json json = Json::object();
  page.put_into(json, "settlements");
  return json_response(json);
}

// Lines

constexpr std::array line_states{"computing", "abandoned", "scheduled", "paid", "failed", "returned", "cancelled"};

/// `CNY:alice`, the line that was seen last.
eventstore::LineCursor line_cursor(const Call& call) {
  const auto after = pair_cursor(call).value_or(PairCursor{});
  return {.member = {after.second}, .currency = {after.first}};
}

std::string cursor_text(std::string_view member, std::string_view currency) {
  return fmt::format("{}:{}", currency, member);
}

/// Of a line that counts, by what the bank said of it; of all others, by what became of the settlement.
std::string_view state_of(SettlementStage stage, const KnownPayout& known) {
  if (stage != SettlementStage::fixed && stage != SettlementStage::approved) return name(stage);
  if (known.returned) return "returned";
  if (known.failed) return "failed";
  return known.paid ? "paid" : "scheduled";
}

Json line_json(const eventstore::SettlementLine& line, std::string_view state, const KnownPayout& known) {
  const auto& amounts = line.payout.amounts;
  Json json{{"member", line.member.value},
            {"currency", line.payout.currency.code},
            {"gross_minor", amounts.gross.value},
            {"tax_minor", amounts.tax.value},
            {"fee_minor", amounts.fee.value},
            {"net_minor", amounts.net.value},
            {"state", state}};
  if (known.paid && known.paid->reference) json["reference"] = *known.paid->reference;
  if (known.failed) json["reason"] = known.failed->reason;
  if (known.returned) json["reason"] = known.returned->reason;
  return json;
}

const std::string* wanted_state(const Call& call) {
  const auto* state = call.query("state");
  if (state == nullptr || std::ranges::find(line_states, *state) != line_states.end()) return state;
  throw Refused({400, "invalid_parameter",
                 "'state' is computing, abandoned, scheduled, paid, failed, returned or cancelled.", "state"});
}

Response lines(Reader& reader, const Call& call) {
  const auto id = call.id<SettlementId>("settlement");
  const auto* wanted = wanted_state(call);
  const auto after = line_cursor(call);
  Page page(call);
  const auto settlement = known_settlement(reader, call, id);
  const auto counts = counting(call, reader);
  std::size_t looked_at = 0;
  eventstore::read_lines(reader.log(), id, settlement.attempt, after, [&](const eventstore::SettlementLine& line) {
    const auto& currency = line.payout.currency;
    if (std::tie(line.member, currency) > std::tie(settlement.last_member, settlement.last_currency)) return false;
    const auto cursor = cursor_text(line.member.value, currency.code);
    const auto known = eventstore::known_payout(reader.log(), id, settlement.attempt, line.member, currency, counts);
    const auto state = state_of(settlement.stage, known);
    if ((wanted == nullptr || state == *wanted) && !page.add(line_json(line, state, known), cursor)) return false;
    if (++looked_at < looked_at_max) return true;
    page.stop_behind(cursor);
    return false;
  });
  Json json{{"settlement", id.value}, {"state", name(settlement.stage)}};
  page.put_into(json, "lines");
  return json_response(json);
}

/// The sums that get no line, and why: as of the position at which the settlement was opened.
Response left_out(Reader& reader, const Call& call) {
  const auto id = call.id<SettlementId>("settlement");
  const auto after = line_cursor(call);
  Page page(call);
  const auto settlement = known_settlement(reader, call, id);
  reader.models.catch_up_to(settlement.through);
  std::size_t looked_at = 0;
  const auto go_on = [&](std::string_view member, std::string_view currency) {
    if (++looked_at < looked_at_max) return true;
    page.stop_behind(cursor_text(member, currency));
    return false;
  };
  const projections::ProposalVisitor visitor{
      .line = [&](const projections::ProposedLine& line) { return go_on(line.member, line.currency); },
      .left_out =
          [&](const projections::LeftOutSum& sum) {
            const Json json{{"member", sum.member},
                            {"currency", sum.currency},
                            {"gross_minor", sum.gross.value},
                            {"reason", name(sum.reason)}};
            return page.add(json, cursor_text(sum.member, sum.currency)) && go_on(sum.member, sum.currency);
          },
      .nothing = go_on};
  const auto walked =
      projections::propose_lines(reader.models.payouts(), settlement.terms, settlement.through, after, visitor);
  // A tax method that is not for every currency ends the walk: such a settlement was abandoned, and says so.
  if (!walked && walked.error().reason != Reason::tax_not_for_currency) throw Refused(problem_of(walked.error()));
  Json json{{"settlement", id.value}};
  page.put_into(json, "left_out");
  return json_response(json);
}

// Writes of one command

eventstore::Request approve(const Call& call, JsonBody&) {
  return {.command = ApproveSettlement{.settlement = call.id<SettlementId>("settlement")}, .dated = false};
}

eventstore::Request cancel(const Call& call, JsonBody& body) {
  return {.command = CancelSettlement{.settlement = call.id<SettlementId>("settlement"),
                                      .reason = body.text("reason"),
                                      .although_exported = body.flag("although_exported", false)},
          .dated = false};
}

}  // namespace

std::vector<Route<Endpoint>> settlement_routes() {
  const std::string all = "/v1/shops/{shop}/settlements";
  const std::string one = all + "/{settlement}";
  return {
      {"POST", all, {JobWrite{submit_opening}, accountants, Importance::order}},
      {"GET", all, {Read{list}, readers, Importance::report, {"as_of", "limit", "after"}}},
      {"GET", one, {Read{show}, readers, Importance::lookup, {"as_of"}}},
      {"GET", one + "/lines", {Read{lines}, readers, Importance::report, {"as_of", "state", "limit", "after"}}},
      {"GET", one + "/left-out", {Read{left_out}, readers, Importance::report, {"as_of", "limit", "after"}}},
      {"POST", one + "/approve", {Write{approve, answer_outcome}, accountants, Importance::order}},
      {"POST", one + "/cancel", {Write{cancel, answer_outcome}, accountants, Importance::order}},
      {"POST", one + "/results", {JobWrite{submit_results}, accountants, Importance::order}},
      {"POST", one + "/export", {JobWrite{submit_export}, accountants, Importance::report}},
  };
}

}  // namespace upline::api
