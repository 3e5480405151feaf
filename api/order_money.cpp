#include "api/order_money.hpp"

#include "api/page.hpp"
#include "projections/orders.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

Json payment_json(const projections::PaymentLine& line) {
  return {{"payment", line.payment ? Json(line.payment->value) : Json(nullptr)},
          {"position", line.position.value},
          {"amount_minor", line.amount.value},
          {"currency", line.currency.code},
          {"channel", line.channel},
          {"effect", name(line.effect)},
          {"occurred_at", format_rfc3339(line.occurred_at)}};
}

Json mismatch_json(const projections::MismatchLine& line) {
  return {{"payment", line.payment.value},         {"position", line.position.value},
          {"named_order", line.named_order.value}, {"amount_minor", line.amount.value},
          {"currency", line.currency.code},        {"occurred_at", format_rfc3339(line.occurred_at)}};
}

OrderId placed_order(Reader& reader, const Call& call, const projections::AsOf& as_of) {
  auto id = call.id<OrderId>("order");
  if (!reader.models.orders().order(as_of, id)) {
    refuse_unknown("unknown_order", fmt::format("There is no order {}.", id.value));
  }
  return id;
}

}  // namespace

/// One page of both together, by position, each in its own list: no page is longer than asked for, whatever it holds.
Response list_payments(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const auto id = placed_order(reader, call, as_of);
  PositionPage page(call);
  const projections::MovementPage part{.after = page.after(), .limit = page.asked()};
  const auto orders = reader.models.orders();
  orders.payments(as_of, id, [&](const auto& line) { page.add("payments", line.position, payment_json(line)); }, part);
  orders.mismatches(
      as_of, id, [&](const auto& line) { page.add("mismatches", line.position, mismatch_json(line)); }, part);
  Json json{{"order", id.value}, {"payments", Json::array()}, {"mismatches", Json::array()}};
  page.put_into(json);
  return json_response(json);
}

Response list_refunds(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const auto id = placed_order(reader, call, as_of);
  PositionPage page(call);
  reader.models.orders().refunds(as_of, id,
                                 [&](const projections::RefundLine& line) {
                                   page.add("refunds", line.position,
                                            {{"refund", line.refund.value},
                                             {"position", line.position.value},
                                             {"amount_minor", line.amount.value},
                                             {"kind", name(line.kind)},
                                             {"occurred_at", format_rfc3339(line.occurred_at)}});
                                 },
                                 {.after = page.after(), .limit = page.asked()});
  Json json{{"order", id.value}, {"refunds", Json::array()}};
  page.put_into(json);
  return json_response(json);
}

}  // namespace upline::api
