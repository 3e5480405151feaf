#include "api/shop_info.hpp"

#include "api/command_body.hpp"
#include "api/event_stream.hpp"
#include "api/page.hpp"
#include "api/past_state.hpp"
#include "domain/command.hpp"
#include "eventstore/event_json.hpp"
#include "eventstore/hex.hpp"
#include "eventstore/state_json.hpp"
#include "eventstore/stream_states.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

Response show_policy(Reader& reader, const Call& call) {
  const auto policy = eventstore::read_policy(reader.log(), counting(call, reader));
  const auto* shop = std::get_if<OpenedShop>(&policy);
  if (shop == nullptr) refuse_unknown("shop_not_open", "The shop is not open yet.");
  return json_response(eventstore::policy_json(*shop));
}

eventstore::Request change_referral_policy(const Call&, JsonBody& body) {
  std::optional<BindingRule> binds;
  if (const auto text = body.optional_text("binds")) {
    binds = parse_binding_rule(*text);
    if (!binds) throw BadBody("'binds' is at-enrolment or at-first-purchase.", "binds");
  }
  return request_of(ChangeReferralPolicy{.binds = binds,
                                         .click_window = body.optional_duration("click_window"),
                                         .link_needs_purchase = body.optional_flag("link_needs_purchase"),
                                         .reason = body.optional_text("reason").value_or("")},
                    body);
}

eventstore::Request change_reservation_policy(const Call&, JsonBody& body) {
  return request_of(ChangeReservationPolicy{.reserve_for = body.optional_duration("reserve_for"),
                                            .open_per_buyer = body.optional_integer("open_per_buyer"),
                                            .open_per_address = body.optional_integer("open_per_address"),
                                            .reason = body.optional_text("reason").value_or("")},
                    body);
}

eventstore::Request change_level_limit(const Call&, JsonBody& body) {
  return request_of(
      ChangeLevelLimit{.max_levels = body.integer("max_levels"), .reason = body.optional_text("reason").value_or("")},
      body);
}

eventstore::Request choose_default_plan(const Call&, JsonBody& body) {
  return request_of(ChooseDefaultPlan{.plan = body.id<PlanId>("plan")}, body);
}

eventstore::Request change_settlement_policy(const Call&, JsonBody& body) {
  const auto four_eyes = body.optional_flag("four_eyes");
  if (!four_eyes) throw BadBody("'four_eyes' is missing: true or false.", "four_eyes");
  return request_of(
      ChangeSettlementPolicy{.four_eyes = *four_eyes, .reason = body.optional_text("reason").value_or("")}, body);
}

/// The log as it is at this moment: no read model lies between. Its cursor is the position of the last event that was
/// seen, so that who reads at the end goes on from there when there is more. As of a moment, it ends where it ended
/// then.
Response events(Reader& reader, const Call& call) {
  const auto head = last_position(call, reader);
  const auto after = position_cursor(call).value_or(Position{0});
  Page page(call);
  if (after < head) {
    const Position last{std::min<std::uint64_t>(head.value, after.value + page.asked())};
    reader.log().read({after.value + 1}, last, [&](const eventstore::StoredEvent& event) {
      return page.add(eventstore::event_json(event), std::to_string(event.position.value));
    });
  }
  Json json{{"head", head.value}};
  page.put_into(json, "events");
  return json_response(json);
}

Json totals_json(Reader& reader) {
  const auto totals = reader.models.totals().totals();
  Json json{{"members", totals.members}, {"orders", totals.orders}};
  auto by_currency = Json::object();
  for (const auto& [currency, sums] : totals.by_currency) {
    by_currency[currency.code] = {{"sales_minor", sums.sales.value},
                                  {"refunded_minor", sums.refunded.value},
                                  {"earned_minor", sums.earned.value},
                                  {"reversed_minor", sums.reversed.value}};
  }
  json["totals"] = std::move(by_currency);
  return json;
}

/// The writing counts since the server's start; the rest is the shop's.
Response stats(ServedShop& shop, Reader& reader, const Call&) {
  const auto head = reader.log().tree_head();
  const auto writing = shop.writer().stats();
  auto json = totals_json(reader);
  json["last_position"] = head.position.value;
  json["root_hash"] = eventstore::to_hex(head.tree.root());
  json["projected_position"] = shop.projected().position.value;
  json["writer"] = {
      {"commands", writing.commands},
      {"commits", writing.commits},
      {"commands_per_commit",
       writing.commits == 0 ? 0.0 : static_cast<double>(writing.commands) / static_cast<double>(writing.commits)},
      {"queue_length", writing.queue_length}};
  return json_response(json);
}

}  // namespace

std::vector<Route<Endpoint>> shop_info_routes() {
  const std::string shop = "/v1/shops/{shop}";
  return {
      {"GET", shop + "/policy", {Read{show_policy}, readers_and_sellers, Importance::lookup, {"as_of"}}},
      {"POST",
       shop + "/policy/referral",
       {Write{change_referral_policy, answer_outcome}, merchant_only, Importance::order}},
      {"POST",
       shop + "/policy/reservation",
       {Write{change_reservation_policy, answer_outcome}, merchant_only, Importance::order}},
      {"POST",
       shop + "/policy/max-levels",
       {Write{change_level_limit, answer_outcome}, merchant_only, Importance::order}},
      {"POST",
       shop + "/policy/default-plan",
       {Write{choose_default_plan, answer_outcome}, merchant_only, Importance::order}},
      {"POST",
       shop + "/policy/settlement",
       {Write{change_settlement_policy, answer_outcome}, merchant_only, Importance::order}},
      {"GET", shop + "/events", {Read{events}, readers, Importance::report, {"as_of", "limit", "after"}}},
      {"GET", shop + "/events/stream", {ShopRead{stream_events}, readers, Importance::report, {"after", "types"}}},
      {"GET", shop + "/stats", {LiveRead{stats}, readers, Importance::report}},
  };
}

}  // namespace upline::api
