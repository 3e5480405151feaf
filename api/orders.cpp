#include "api/orders.hpp"

#include "api/command_body.hpp"
#include "api/order_lookup.hpp"
#include "api/order_money.hpp"
#include "api/page.hpp"
#include "api/past_state.hpp"
#include "domain/command.hpp"
#include "domain/order.hpp"
#include "domain/text.hpp"
#include "eventstore/delivered_keys.hpp"
#include "eventstore/order_history.hpp"
#include "eventstore/state_json.hpp"
#include "projections/order_audit.hpp"
#include "projections/order_audit_json.hpp"
#include "projections/orders.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

OrderId order_id(const Call& call) { return call.id<OrderId>("order"); }

void add_delivery(Json& json, Reader& reader, const OrderId& id, const Order& order) {
  const auto* delivered = std::get_if<DeliveredOrder>(&order);
  if (delivered == nullptr) return;
  auto keys = Json::array();
  for (auto& key : eventstore::delivered_keys(reader.vault(), *delivered)) {
    keys.push_back({{"number", key.number}, {"key", std::move(key.secret)}});
  }
  json["keys"] = std::move(keys);
  if (auto text = eventstore::delivered_text(reader.vault(), id, *delivered)) json["text"] = std::move(*text);
}

[[noreturn]] void refuse_unknown_order(const OrderId& id) {
  refuse_unknown("unknown_order", fmt::format("There is no order {}.", id.value));
}

Order known_order(Reader& reader, const OrderId& id) {
  auto order = eventstore::read_order(reader.log(), id);
  if (std::holds_alternative<NoOrder>(order)) refuse_unknown_order(id);
  return order;
}

/// With its keys.
Response answer_with_order(Reader& reader, const eventstore::OrderLeft& left, const eventstore::Outcome& outcome) {
  auto json = outcome_json(reader, outcome);
  json["order"] = eventstore::order_json(left.id, left.order);
  add_delivery(json["order"], reader, left.id, left.order);
  return json_response(json, status_of(outcome));
}

/// The same however often and however late the command is sent again. Where nothing was appended, the order as it is.
eventstore::OrderLeft left_before(Reader& reader, OrderId id, const eventstore::Outcome& outcome) {
  const bool has_events = outcome.last > Position{0};
  auto order = has_events ? eventstore::read_order(reader.log(), id, outcome.last) : known_order(reader, id);
  return {std::move(id), std::move(order)};
}

Response answer_named_order(Reader& reader, const Call& call, const eventstore::Outcome& outcome) {
  if (outcome.left) return answer_with_order(reader, *outcome.left, outcome);
  return answer_with_order(reader, left_before(reader, order_id(call), outcome), outcome);
}

Response answer_new_order(Reader& reader, const Call& call, const eventstore::Outcome& outcome) {
  if (outcome.left) return answer_with_order(reader, *outcome.left, outcome);
  const auto id = JsonBody(call.request.body).id<OrderId>("order");
  return answer_with_order(reader, left_before(reader, id, outcome), outcome);
}

eventstore::Request place(const Call&, JsonBody& body) {
  PlaceOrder command{.order = body.id<OrderId>("order"),
                     .member = body.id<MemberId>("member"),
                     .product = body.id<ProductId>("product"),
                     .quantity = {body.optional_integer("quantity").value_or(1)}};
  auto request = request_of(std::move(command), body);
  request.address = body.optional_text("address").value_or("");
  request.contact = body.optional_text("contact").value_or("");
  request.query_secret = body.optional_text("query_secret").value_or("");
  if (!request.query_secret.empty() && request.contact.empty()) {
    throw BadBody("'query_secret' goes with a 'contact'.", "query_secret");
  }
  return request;
}

eventstore::Request pay(const Call& call, JsonBody& body) {
  return request_of(PayOrder{.payment = body.id<PaymentId>("payment"),
                             .order = order_id(call),
                             .amount = {body.integer("amount_minor")},
                             .currency = {body.text("currency")},
                             .channel = body.optional_text("channel").value_or("")},
                    body);
}

eventstore::Request deliver(const Call& call, JsonBody& body) {
  auto request = request_of(DeliverOrder{.order = order_id(call)}, body);
  request.text = body.optional_text("text").value_or("");
  return request;
}

eventstore::Request cancel(const Call& call, JsonBody& body) {
  return request_of(CancelOrder{.order = order_id(call), .reason = body.optional_text("reason").value_or("")}, body);
}

eventstore::Request refund(const Call& call, JsonBody& body) {
  const bool is_chargeback = body.flag("chargeback", false);
  return request_of(RefundOrder{.refund = body.id<RefundId>("refund"),
                                .order = order_id(call),
                                .amount = {body.integer("amount_minor")},
                                .reason = body.optional_text("reason").value_or(""),
                                .kind = is_chargeback ? RefundKind::chargeback : RefundKind::refund,
                                .revoke_keys = body.flag("revoke_keys", false)},
                    body);
}

eventstore::Request return_payment(const Call& call, JsonBody& body) {
  return request_of(ReturnPayment{.id = body.id<ReturnId>("return"),
                                  .order = order_id(call),
                                  .amount = {body.integer("amount_minor")},
                                  .currency = {body.text("currency")},
                                  .channel = body.optional_text("channel").value_or("")},
                    body);
}

eventstore::Request replace_key(const Call& call, JsonBody& body) {
  const auto key = body.integer("key");
  if (key < 1) throw BadBody("'key' is the number of a key that the order holds.", "key");
  return request_of(
      ReplaceKey{.order = order_id(call), .key = static_cast<std::uint64_t>(key), .reason = body.text("reason")}, body);
}

eventstore::Request record_purchase(const Call&, JsonBody& body) {
  return request_of(RecordPurchase{.order = body.id<OrderId>("order"),
                                   .member = body.id<MemberId>("member"),
                                   .product = body.id<ProductId>("product"),
                                   .quantity = {body.optional_integer("quantity").value_or(1)},
                                   .amount = {body.integer("amount_minor")},
                                   .currency = {body.text("currency")},
                                   .channel = body.optional_text("channel").value_or("")},
                    body);
}

Response show(Reader& reader, const Call& call) {
  const auto id = order_id(call);
  if (call.query("as_of") != nullptr) {
    const auto past = past_order_json(reader, id, call.as_of(reader));
    if (!past) refuse_unknown_order(id);
    return json_response(*past);
  }
  return json_response(eventstore::order_json(id, known_order(reader, id)));
}

Response keys(Reader& reader, const Call& call) {
  const auto id = order_id(call);
  const auto order = known_order(reader, id);
  if (!std::holds_alternative<DeliveredOrder>(order)) {
    throw Refused({409, "not_delivered", fmt::format("The order is {}; it has no keys yet.", state_name(order))});
  }
  Json json{{"order", id.value}};
  add_delivery(json, reader, id, order);
  auto response = json_response(json);
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

Response audit(Reader& reader, const Call& call) {
  const auto audit = projections::audit_order(reader.log(), order_id(call), call.as_of(reader));
  if (!audit) refuse_unknown_order(order_id(call));
  return json_response(projections::order_audit_json(*audit));
}

Json line_json(const projections::OrderLine& line) {
  Json json{{"order", line.order.value},
            {"position", line.position.value},
            {"state", line.state},
            {"member", line.member.value},
            {"product", line.product.value},
            {"quantity", line.quantity.value},
            {"amount_due_minor", line.amount_due.value},
            {"currency", line.currency.code},
            {"received_minor", line.received.value},
            {"refunded_minor", line.refunded.value},
            {"owed_back_minor", line.owed_back.value},
            {"placed_at", format_rfc3339(line.placed_at)}};
  if (line.delivered_at) json["delivered_at"] = format_rfc3339(*line.delivered_at);
  return json;
}

std::string known_state(const std::string& text) {
  const auto& states = projections::order_states;
  if (std::ranges::find(states, text) != states.end()) return text;
  throw Refused({400, "invalid_parameter", fmt::format("'state' is one of {}.", fmt::join(states, ", ")), "state"});
}

/// Newest first.
Response list(Reader& reader, const Call& call) {
  projections::OrderFilter filter;
  if (const auto* state = call.query("state")) filter.state = known_state(*state);
  filter.member = call.optional_id<MemberId>("member");
  filter.product = call.optional_id<ProductId>("product");
  Page page(call);
  reader.models.orders().list(
      call.as_of(reader), filter, {.after = position_cursor(call), .limit = page.asked(), .newest_first = true},
      [&](const projections::OrderLine& line) { page.add(line_json(line), std::to_string(line.position.value)); });
  Json json = Json::object();
  page.put_into(json, "orders");
  return json_response(json);
}

/// "17:CNY", the position of the order's placing, and the currency.
std::pair<Position, std::string> liability_cursor(const Call& call) {
  const auto after = pair_cursor(call);
  if (!after) return {};
  const auto position = whole_number<std::uint64_t>(after->first);
  if (!position) refuse_cursor();
  return {Position{*position}, after->second};
}

/// What the shop owes: to be returned, or to be delivered or refunded.
Response liabilities(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const auto orders = reader.models.orders();
  auto sums = Json::object();
  for (const auto& [currency, sum] : orders.liability_sums(as_of)) {
    sums[currency.code] = {{"owed_back_minor", sum.owed_back.value},
                           {"awaiting_stock_minor", sum.awaiting_stock.value}};
  }
  const auto after = liability_cursor(call);
  Page page(call);
  orders.liabilities(as_of, [&](const projections::Liability& owed) {
    if (std::pair(owed.position, owed.currency.code) <= after) return;
    page.add({{"order", owed.order.value},
              {"member", owed.member.value},
              {"product", owed.product.value},
              {"currency", owed.currency.code},
              {"owed_back_minor", owed.owed_back.value},
              {"awaiting_stock_minor", owed.awaiting_stock.value}},
             fmt::format("{}:{}", owed.position.value, owed.currency.code));
  });
  Json json{{"totals", std::move(sums)}};
  page.put_into(json, "orders");
  return json_response(json);
}

}  // namespace

std::vector<Route<Endpoint>> order_routes() {
  const std::string order = "/v1/shops/{shop}/orders/{order}";
  return {
      {"POST", "/v1/shops/{shop}/orders", {Write{place, answer_new_order}, sellers, Importance::order}},
      {"GET",
       "/v1/shops/{shop}/orders",
       {Read{list}, readers, Importance::report, {"as_of", "limit", "after", "state", "member", "product"}}},
      {"GET",
       "/v1/shops/{shop}/liabilities",
       {Read{liabilities}, readers, Importance::report, {"as_of", "limit", "after"}}},
      {"POST",
       "/v1/shops/{shop}/orders/lookup",
       {Read{look_up_orders}, sellers, Importance::lookup, {"limit", "after"}, Caching::never}},
      {"GET", order, {Read{show}, readers_and_sellers, Importance::lookup, {"as_of"}}},
      {"GET", order + "/keys", {Read{keys}, sellers, Importance::lookup, {}, Caching::never}},
      {"GET", order + "/audit", {Read{audit}, readers, Importance::report, {"as_of"}}},
      {"GET", order + "/payments", {Read{list_payments}, readers, Importance::lookup, {"as_of", "limit", "after"}}},
      {"GET", order + "/refunds", {Read{list_refunds}, readers, Importance::lookup, {"as_of", "limit", "after"}}},
      {"POST", order + "/payments", {Write{pay, answer_named_order}, sellers, Importance::payment}},
      {"POST", order + "/delivery", {Write{deliver, answer_named_order}, merchant_only, Importance::payment}},
      {"POST", order + "/cancellation", {Write{cancel, answer_named_order}, sellers, Importance::order}},
      {"POST", order + "/refunds", {Write{refund, answer_named_order}, merchant_only, Importance::payment}},
      {"POST", order + "/returns", {Write{return_payment, answer_named_order}, merchant_only, Importance::payment}},
      {"POST", order + "/replacements", {Write{replace_key, answer_named_order}, merchant_only, Importance::payment}},
      {"POST", "/v1/shops/{shop}/purchases", {Write{record_purchase, answer_new_order}, sellers, Importance::payment}},
  };
}

}  // namespace upline::api
