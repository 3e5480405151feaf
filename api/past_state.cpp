#include "api/past_state.hpp"

#include "projections/orders.hpp"

#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

bool is_unpaid(const projections::OrderLine& line) { return line.state == "placed" || line.state == "underpaid"; }

bool has_ended(const projections::OrderLine& line) { return line.state == "expired" || line.state == "cancelled"; }

/// The order's own currency first.
void add_owed_back(Json& json, const projections::OrderLine& line,
                   const std::map<Currency, projections::OrderMoney>& money) {
  auto owed = Json::object();
  if (line.owed_back > Minor{0}) owed[line.currency.code] = line.owed_back.value;
  for (const auto& [currency, sums] : money) {
    if (currency != line.currency && sums.owed_back > Minor{0}) owed[currency.code] = sums.owed_back.value;
  }
  if (!owed.empty()) json["owed_back_minor"] = std::move(owed);
}

}  // namespace

eventstore::Counts counting(const Call& call, Reader& reader) {
  if (call.query("as_of") == nullptr) return {};
  return [as_of = call.as_of(reader)](Position position, Timestamp occurred_at) {
    return as_of.counts(position, occurred_at);
  };
}

std::optional<Json> past_order_json(Reader& reader, const OrderId& id, const projections::AsOf& as_of) {
  const auto orders = reader.models.orders();
  const auto line = orders.order(as_of, id);
  if (!line) return std::nullopt;
  Json json{{"order", id.value},
            {"state", line->state},
            {"member", line->member.value},
            {"product", line->product.value},
            {"quantity", line->quantity.value},
            {"amount_due_minor", line->amount_due.value},
            {"currency", line->currency.code},
            {"received_minor", line->received.value},
            {"placed_at", format_rfc3339(line->placed_at)}};
  if (is_unpaid(*line) && line->expires_at) json["expires_at"] = format_rfc3339(*line->expires_at);
  if (!is_unpaid(*line) && !has_ended(*line)) json["refunded_minor"] = line->refunded.value;
  add_owed_back(json, *line, orders.money(as_of, id));
  return json;
}

Position last_position(const Call& call, Reader& reader) {
  const auto head = reader.log().head().position;
  if (call.query("as_of") == nullptr) return head;
  const auto as_of = call.as_of(reader);
  if (as_of.position) return *as_of.position;
  // Times of recording never fall: the first event that is later is found by halving.
  Position known{0};
  for (Position beyond{head.value + 1}; known.value + 1 < beyond.value;) {
    const Position middle{known.value + (beyond.value - known.value) / 2};
    const auto event = reader.log().read_one(middle);
    (event && event->recorded_at <= as_of.time ? known : beyond) = middle;
  }
  return known;
}

}  // namespace upline::api
