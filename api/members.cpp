#include "api/members.hpp"

#include "api/command_body.hpp"
#include "domain/command.hpp"
#include "eventstore/event_codec.hpp"
#include "projections/card_json.hpp"
#include "projections/member_audit.hpp"
#include "projections/member_audit_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

constexpr std::size_t page_default = 100;
constexpr std::size_t page_most = 1000;
constexpr std::size_t levels_default = 100;
constexpr std::size_t levels_most = 100'000;

MemberId member_id(const Call& call) { return call.id<MemberId>("member"); }

projections::MemberCard known_member(Reader& reader, const projections::AsOf& as_of, const MemberId& id) {
  auto card = reader.models.tree().member(as_of, id);
  if (!card) refuse_unknown("unknown_member", fmt::format("There is no member {}.", id.value));
  return std::move(*card);
}

eventstore::Request enrol(const Call&, JsonBody& body) {
  auto request = request_of(EnrolMember{.member = body.id<MemberId>("member"),
                                        .referrer = body.optional_id<MemberId>("referrer"),
                                        .referrer_code = body.optional_id<ReferralCode>("referrer_code")},
                            body);
  request.visitor = body.optional_text("visitor").value_or("");
  return request;
}

eventstore::Request bind(const Call& call, JsonBody& body) {
  return request_of(BindReferrer{.member = member_id(call), .referrer = body.id<MemberId>("referrer")}, body);
}

eventstore::Request move(const Call& call, JsonBody& body) {
  return request_of(
      MoveMember{.member = member_id(call), .referrer = body.id<MemberId>("referrer"), .reason = body.text("reason")},
      body);
}

eventstore::Request suspend(const Call& call, JsonBody& body) {
  return request_of(SuspendMember{.member = member_id(call), .reason = body.text("reason")}, body);
}

eventstore::Request resume(const Call& call, JsonBody& body) {
  return request_of(ResumeMember{.member = member_id(call)}, body);
}

eventstore::Request close(const Call& call, JsonBody& body) {
  return request_of(CloseMember{.member = member_id(call), .reason = body.text("reason")}, body);
}

eventstore::Request click(const Call&, JsonBody& body) {
  auto request = request_of(RecordClick{.code = body.id<ReferralCode>("code")}, body);
  request.visitor = body.text("visitor");
  if (request.visitor.empty()) throw BadBody("'visitor' is empty.", "visitor");
  return request;
}

/// The code of a new member is in the log at once, in the read models soon after.
Response answer_enrolled(Reader& reader, const Call& call, const eventstore::Outcome& outcome) {
  auto json = outcome_json(reader, outcome);
  const auto id = JsonBody(call.request.body).id<MemberId>("member");
  json["member"] = id.value;
  const auto history = reader.log().read_stream(to_text(stream_of(id)));
  if (!history.empty()) {
    const auto first = eventstore::decode(history.front());
    json["code"] = std::get<MemberEnrolled>(first.event).code.value;
  }
  return json_response(json, status_of(outcome));
}

Response show(Reader& reader, const Call& call) {
  return json_response(projections::card_json(known_member(reader, call.as_of(reader), member_id(call))));
}

Response upline(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const auto id = known_member(reader, as_of, member_id(call)).member;
  auto members = Json::array();
  for (const auto& above :
       reader.models.tree().ancestors(as_of, id, call.number("levels", levels_default, levels_most))) {
    members.push_back({{"level", above.level},
                       {"member", above.member.value},
                       {"bound_at", format_rfc3339(above.bound_at)},
                       {"bound_by", above.bound_by.value}});
  }
  return json_response({{"member", id.value}, {"upline", std::move(members)}});
}

/// Counts by level, and a page of those directly below, whom a promoter is not shown.
Response downline(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const auto tree = reader.models.tree();
  const auto id = known_member(reader, as_of, member_id(call)).member;
  if (call.caller.is_promoter()) {
    return json_response({{"member", id.value}, {"by_level", tree.downline_by_level(as_of, id)}});
  }
  const auto limit = call.number("limit", page_default, page_most);
  const auto children = tree.children(as_of, id, call.optional_id<MemberId>("after"), limit);
  auto direct = Json::array();
  for (const auto& child : children) direct.push_back(child.value);
  Json json{{"member", id.value}, {"by_level", tree.downline_by_level(as_of, id)}, {"direct", std::move(direct)}};
  if (!children.empty() && children.size() == limit) json["next_after"] = children.back().value;
  return json_response(json);
}

Json balance_json(const projections::Balance& balance) {
  return {{"member", balance.member},
          {"currency", balance.currency},
          {"earned_minor", balance.earned.value},
          {"reversed_minor", balance.reversed.value},
          {"pending_minor", balance.pending.value},
          {"available_minor", balance.available.value},
          {"scheduled_minor", balance.scheduled.value},
          {"paid_minor", balance.paid.value}};
}

Response balances_of(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const auto id = known_member(reader, as_of, member_id(call)).member;
  auto balances = Json::array();
  reader.models.balances().balances(
      as_of, id, [&](const projections::Balance& balance) { balances.push_back(balance_json(balance)); });
  return json_response({{"member", id.value}, {"balances", std::move(balances)}});
}

Response balances_of_all(Reader& reader, const Call& call) {
  auto balances = Json::array();
  reader.models.balances().balances(
      call.as_of(reader), [&](const projections::Balance& balance) { balances.push_back(balance_json(balance)); });
  return json_response({{"balances", std::move(balances)}});
}

Json entry_json(const projections::Entry& entry) {
  Json json{{"position", entry.position.value},
            {"version", entry.version.value},
            {"kind", entry.kind == projections::EntryKind::accrual ? "accrual" : "reversal"},
            {"amount_minor", entry.amount.value},
            {"currency", entry.currency},
            {"occurred_at", format_rfc3339(entry.occurred_at)},
            {"available_at", format_rfc3339(entry.available_at)},
            {"order", entry.order},
            {"level", entry.level.value},
            {"plan", entry.plan}};
  if (!entry.refund.empty()) json["refund"] = entry.refund;
  return json;
}

Response entries(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const auto id = known_member(reader, as_of, member_id(call)).member;
  auto entries = Json::array();
  reader.models.balances().entries(as_of, id,
                                   [&](const projections::Entry& entry) { entries.push_back(entry_json(entry)); });
  return json_response({{"member", id.value}, {"entries", std::move(entries)}});
}

Response audit(Reader& reader, const Call& call) {
  const auto audit =
      projections::audit_member(reader.log(), reader.models.balances(), member_id(call), call.as_of(reader));
  if (!audit) refuse_unknown("unknown_member", fmt::format("There is no member {}.", call.path("member")));
  return json_response(projections::member_audit_json(*audit));
}

}  // namespace

std::vector<Route<Endpoint>> member_routes() {
  const std::string member = "/v1/shops/{shop}/members/{member}";
  return {
      {"POST", "/v1/shops/{shop}/members", {Write{enrol, answer_enrolled}, sellers, Importance::order}},
      {"POST", "/v1/shops/{shop}/clicks", {Write{click, answer_outcome}, sellers, Importance::order}},
      {"GET", member, {Read{show}, readers_and_sellers, Importance::lookup, {"as_of"}}},
      {"POST", member + "/referrer", {Write{bind, answer_outcome}, merchant_only, Importance::order}},
      {"POST", member + "/move", {Write{move, answer_outcome}, merchant_only, Importance::order}},
      {"POST", member + "/suspend", {Write{suspend, answer_outcome}, merchant_only, Importance::order}},
      {"POST", member + "/resume", {Write{resume, answer_outcome}, merchant_only, Importance::order}},
      {"POST", member + "/close", {Write{close, answer_outcome}, merchant_only, Importance::order}},
      {"GET", member + "/upline", {Read{upline}, readers, Importance::report, {"as_of", "levels"}}},
      {"GET",
       member + "/downline",
       {Read{downline}, readers_and_the_promoter, Importance::report, {"as_of", "limit", "after"}}},
      {"GET", member + "/balances", {Read{balances_of}, readers_and_the_promoter, Importance::lookup, {"as_of"}}},
      {"GET", member + "/entries", {Read{entries}, readers_and_the_promoter, Importance::lookup, {"as_of"}}},
      {"GET", member + "/audit", {Read{audit}, readers, Importance::report, {"as_of"}}},
      {"GET", "/v1/shops/{shop}/balances", {Read{balances_of_all}, readers, Importance::report, {"as_of"}}},
  };
}

}  // namespace upline::api
