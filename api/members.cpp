#include "api/members.hpp"

#include "api/command_body.hpp"
#include "api/known_member.hpp"
#include "api/page.hpp"
#include "domain/command.hpp"
#include "domain/text.hpp"
#include "eventstore/event_codec.hpp"
#include "projections/card_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

constexpr std::size_t levels_default = 100;
constexpr std::size_t levels_most = 100'000;

MemberId member_id(const Call& call) { return call.id<MemberId>("member"); }

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

eventstore::Request erase(const Call& call, JsonBody& body) {
  return request_of(EraseMember{.member = member_id(call), .reason = body.text("reason")}, body);
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
  return json_response(projections::card_json(known_member(reader, call, call.as_of(reader))));
}

Response list(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const auto tree = reader.models.tree();
  Page page(call);
  for (const auto& id : tree.members(as_of, call.optional_id<MemberId>("after"), page.asked())) {
    page.add(projections::card_json(tree.member(as_of, id).value()), id.value);
  }
  Json json = Json::object();
  page.put_into(json, "members");
  return json_response(json);
}

Response upline(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const auto id = known_member(reader, call, as_of).member;
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

/// How many, and nothing of who they are.
Response downline(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const auto id = known_member(reader, call, as_of).member;
  return json_response({{"member", id.value}, {"by_level", reader.models.tree().downline_by_level(as_of, id)}});
}

std::uint64_t level_of(const Call& call) {
  const auto level = whole_number<std::uint64_t>(call.path("level"));
  if (!level || *level < 1 || *level > levels_most) {
    throw Refused({400, "invalid_parameter", "A level is a number from 1 to 100000.", "level"});
  }
  return *level;
}

Response downline_level(Reader& reader, const Call& call) {
  const auto level = level_of(call);
  const auto as_of = call.as_of(reader);
  const auto id = known_member(reader, call, as_of).member;
  Page page(call);
  for (const auto& below :
       reader.models.tree().level_below(as_of, id, level, call.optional_id<MemberId>("after"), page.asked())) {
    page.add(below.value, below.value);
  }
  Json json{{"member", id.value}, {"level", level}};
  page.put_into(json, "members");
  return json_response(json);
}

}  // namespace

std::vector<Route<Endpoint>> member_routes() {
  const std::string member = "/v1/shops/{shop}/members/{member}";
  return {
      {"POST", "/v1/shops/{shop}/members", {Write{enrol, answer_enrolled}, sellers, Importance::order}},
      {"GET", "/v1/shops/{shop}/members", {Read{list}, readers, Importance::report, {"as_of", "limit", "after"}}},
      {"POST", "/v1/shops/{shop}/clicks", {Write{click, answer_outcome}, sellers, Importance::order}},
      {"GET", member, {Read{show}, readers_and_sellers, Importance::lookup, {"as_of"}}},
      {"POST", member + "/referrer", {Write{bind, answer_outcome}, merchant_only, Importance::order}},
      {"POST", member + "/move", {Write{move, answer_outcome}, merchant_only, Importance::order}},
      {"POST", member + "/suspend", {Write{suspend, answer_outcome}, merchant_only, Importance::order}},
      {"POST", member + "/resume", {Write{resume, answer_outcome}, merchant_only, Importance::order}},
      {"POST", member + "/close", {Write{close, answer_outcome}, merchant_only, Importance::order}},
      {"POST", member + "/erase", {Write{erase, answer_outcome}, merchant_only, Importance::order}},
      {"GET", member + "/upline", {Read{upline}, readers, Importance::report, {"as_of", "levels"}}},
      {"GET", member + "/downline", {Read{downline}, readers_and_the_promoter, Importance::report, {"as_of"}}},
      {"GET",
       member + "/downline/{level}",
       {Read{downline_level}, readers, Importance::report, {"as_of", "limit", "after"}}},
  };
}

}  // namespace upline::api
