#include "api/webhooks/routes.hpp"

#include "api/idempotency_key.hpp"
#include "api/media_type.hpp"
#include "eventstore/webhook_targets.hpp"
#include "eventstore/webhooks.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using domain::Position;
using Json = nlohmann::ordered_json;

// Settings, no commands: none of this goes through the writer, and nothing of it is in the log. What makes something
// anew takes an idempotency key all the same; what is left does nothing the second time.

Json time_json(const std::optional<domain::Timestamp>& time) {
  return time ? Json(domain::format_rfc3339(*time)) : Json(nullptr);
}

Json webhook_json(const eventstore::WebhookTarget& target, const eventstore::WebhookBacklog& backlog, Position head) {
  const auto reached = eventstore::delivered_up_to(target, backlog);
  return {{"webhook", target.id},
          {"url", target.url},
          {"types", target.types.empty() ? Json::array({"all"}) : Json(target.types)},
          {"created_at", domain::format_rfc3339(target.created_at)},
          {"state", eventstore::state_of(target)},
          {"paused_because", target.paused.empty() ? Json(nullptr) : Json(target.paused)},
          {"breaker", target.breaker},
          {"delivered_up_to", reached.value},
          {"behind", head.value - reached.value},
          {"waiting", backlog.waiting},
          {"failing", backlog.failing},
          {"delivered", target.delivered},
          {"last_delivered_at", time_json(target.last_delivered_at)},
          {"last_failed_at", time_json(target.last_failed_at)},
          {"last_error", target.last_error.empty() ? Json(nullptr) : Json(target.last_error)}};
}

[[noreturn]] void refuse(const eventstore::WebhookRefused& refused) {
  const bool clashes = refused.code() == "webhook_exists" || refused.code() == "too_many_webhooks";
  auto sentence = fmt::format("{}.", refused.what());
  if (sentence.front() >= 'a' && sentence.front() <= 'z') sentence.front() = static_cast<char>(sentence.front() - 32);
  throw Refused({clashes ? 409U : 422U, refused.code(), std::move(sentence), refused.field()});
}

[[noreturn]] void refuse_unknown_webhook(const Call& call) {
  refuse_unknown("unknown_webhook", fmt::format("There is no webhook {}.", call.path("webhook")));
}

// The reads wait for a position as others do, so that `head` and `behind` are not older than it.

Response list(ServedShop&, Reader& reader, const Call&) {
  const auto store = eventstore::open_webhooks(reader.shop.location().folder());
  const auto head = reader.log().head().position;
  auto webhooks = Json::array();
  for (const auto& target : store->targets()) {
    webhooks.push_back(webhook_json(target, store->backlog(target.id), head));
  }
  return json_response({{"head", head.value}, {"webhooks", std::move(webhooks)}});
}

Response show(ServedShop&, Reader& reader, const Call& call) {
  const auto store = eventstore::open_webhooks(reader.shop.location().folder());
  const auto target = store->target(call.path("webhook"));
  if (!target) refuse_unknown_webhook(call);
  return json_response(webhook_json(*target, store->backlog(target->id), reader.log().head().position));
}

Response as_it_is_now(ServedShop& shop, const Call& call) { return show(shop, *shop.reader(), call); }

void say_replayed(Response& response) { response.headers.push_back({replayed_header, "true"}); }

/// The one answer that holds the secret, and again only under the key that it was asked for with: whoever lost the
/// answer has no other way to learn it.
Response add(ServedShop& shop, const Call& call) {
  refuse_other_than_json(call.request);
  JsonBody body(call.request.body);
  const eventstore::NewWebhook wanted{.url = body.text("url"),
                                      .types = body.texts("types"),
                                      .allows_plain_http = body.flag("allow_plain_http", false),
                                      .idempotency_key = idempotency_key(call.request)};
  body.finish();
  const auto hold = hold_or_refuse(shop.keys_in_flight(), wanted.idempotency_key, idempotency_header);
  const auto reader = shop.reader();
  try {
    const auto added = eventstore::add_webhook(reader->shop, wanted, eventstore::system_clock_now());
    auto response = json_response({{"position", added.after.value},
                                   {"outcome", "registered"},
                                   {"webhook", added.id},
                                   {"secret", added.secret},
                                   {"after", added.after.value}},
                                  201);
    response.headers.push_back({"Cache-Control", "no-store"});
    if (added.is_repeated) say_replayed(response);
    return response;
  } catch (const eventstore::WebhookRefused& refused) {
    refuse(refused);
  }
}

Response remove(ServedShop& shop, const Call& call) {
  const auto reader = shop.reader();
  if (!eventstore::remove_webhook(reader->shop, call.path("webhook"))) refuse_unknown_webhook(call);
  return json_response({{"webhook", call.path("webhook")}, {"outcome", "removed"}});
}

Response pause(ServedShop& shop, const Call& call) {
  JsonBody(call.request.body).finish();
  const auto folder = shop.reader()->shop.location().folder();
  if (!eventstore::open_webhooks(folder)->pause(call.path("webhook"), "paused by the merchant")) {
    refuse_unknown_webhook(call);
  }
  return as_it_is_now(shop, call);
}

Response resume(ServedShop& shop, const Call& call) {
  JsonBody(call.request.body).finish();
  const auto folder = shop.reader()->shop.location().folder();
  if (!eventstore::open_webhooks(folder)->resume(call.path("webhook"))) refuse_unknown_webhook(call);
  return as_it_is_now(shop, call);
}

Position position_of(std::int64_t number) { return {number < 0 ? 0 : static_cast<std::uint64_t>(number)}; }

Response replay(ServedShop& shop, const Call& call) {
  refuse_other_than_json(call.request);
  JsonBody body(call.request.body);
  const auto from = position_of(body.integer("from"));
  const auto to = body.optional_integer("to");
  body.finish();
  const eventstore::WantedReplay wanted{.first = from,
                                        .last = to ? std::optional(position_of(*to)) : std::nullopt,
                                        .idempotency_key = idempotency_key(call.request)};
  const auto hold = hold_or_refuse(shop.keys_in_flight(), wanted.idempotency_key, idempotency_header);
  auto came_to = eventstore::Replay::unknown_webhook;
  try {
    came_to = eventstore::replay_webhook(shop.reader()->shop, call.path("webhook"), wanted);
  } catch (const eventstore::WebhookRefused& refused) {
    refuse(refused);
  }
  if (came_to == eventstore::Replay::unknown_webhook) refuse_unknown_webhook(call);
  auto response = as_it_is_now(shop, call);
  response.status = 202;
  if (came_to == eventstore::Replay::repeated) say_replayed(response);
  return response;
}

}  // namespace

std::vector<Route<Endpoint>> webhook_routes() {
  const std::string webhooks = "/v1/shops/{shop}/webhooks";
  const std::string webhook = webhooks + "/{webhook}";
  return {
      {"GET", webhooks, {LiveRead{list}, merchant_only, Importance::report}},
      {"POST", webhooks, {ShopRead{add}, merchant_only, Importance::order}},
      {"GET", webhook, {LiveRead{show}, merchant_only, Importance::report}},
      {"DELETE", webhook, {ShopRead{remove}, merchant_only, Importance::order}},
      {"POST", webhook + "/pause", {ShopRead{pause}, merchant_only, Importance::order}},
      {"POST", webhook + "/resume", {ShopRead{resume}, merchant_only, Importance::order}},
      {"POST", webhook + "/replay", {ShopRead{replay}, merchant_only, Importance::order}},
  };
}

}  // namespace upline::api
