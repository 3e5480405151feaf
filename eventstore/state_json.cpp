#include "eventstore/state_json.hpp"

#include <nlohmann/json.hpp>

namespace upline::eventstore {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

/// In the order's currency, less what was returned: as lists of orders have it.
Minor received_and_kept(const Order& order) {
  const auto& money = *money_of(order);
  return {money.received.value - money.returned.value};
}

void add_owed_back(Json& json, const Order& order) {
  auto owed = Json::object();
  const auto add = [&](const Currency& currency) {
    if (const auto amount = owed_back(order, currency); amount > Minor{0}) owed[currency.code] = amount.value;
  };
  add(terms_of(order)->currency);
  for (const auto& [currency, amount] : money_of(order)->elsewhere) add(currency);
  if (!owed.empty()) json["owed_back_minor"] = std::move(owed);
}

Json terms_json(const PlanTerms& terms) {
  Json json = Json::object();
  if (const auto* percent = std::get_if<PercentRates>(&terms.rates)) {
    auto& rates = json["rates_bp"] = Json::array();
    for (const auto rate : percent->by_level) rates.push_back(rate.value);
  } else {
    const auto& fixed = std::get<FixedRates>(terms.rates);
    json["currency"] = fixed.currency.code;
    auto& rates = json["rates_minor"] = Json::array();
    for (const auto rate : fixed.by_level) rates.push_back(rate.value);
  }
  json["payout_cap_bp"] = terms.payout_cap.value;
  json["hold"] = format_duration(terms.hold);
  return json;
}

}  // namespace

nlohmann::ordered_json order_json(const OrderId& id, const Order& order) {
  const auto& terms = *terms_of(order);
  Json json{{"order", id.value},
            {"state", state_name(order)},
            {"member", terms.member.value},
            {"product", terms.product.value},
            {"quantity", terms.quantity.value},
            {"amount_due_minor", terms.amount_due.value},
            {"currency", terms.currency.code},
            {"received_minor", received_and_kept(order).value},
            {"placed_at", format_rfc3339(terms.placed_at)}};
  if (const auto* placed = std::get_if<PlacedOrder>(&order)) json["expires_at"] = format_rfc3339(placed->expires_at);
  if (const auto* paid = std::get_if<PaidOrder>(&order)) json["refunded_minor"] = paid->refunded.value;
  if (const auto* delivered = std::get_if<DeliveredOrder>(&order)) json["refunded_minor"] = delivered->refunded.value;
  add_owed_back(json, order);
  return json;
}

nlohmann::ordered_json product_json(const ProductId& id, const ListedProduct& product) {
  const auto number = [](const std::optional<Quantity>& q) { return q ? Json(q->value) : Json(nullptr); };
  return {{"product", id.value},
          {"title", product.added.title},
          {"unit_price_minor", product.unit_price.value},
          {"currency", product.added.currency.code},
          {"fulfilment", name(product.added.fulfilment)},
          {"plan", product.plan ? Json(product.plan->value) : Json(nullptr)},
          {"units_per_member", number(product.units_per_member)},
          {"low_stock_level", number(product.low_stock_level)},
          {"retired", product.retired}};
}

nlohmann::ordered_json plan_json(const PlanId& id, const PublishedPlan& plan) {
  auto versions = Json::array();
  for (const auto& [version, terms] : plan.versions) {
    auto json = terms_json(terms);
    json["version"] = version.value;
    versions.push_back(std::move(json));
  }
  return {{"plan", id.value}, {"latest", plan.latest.value}, {"versions", std::move(versions)}};
}

nlohmann::ordered_json policy_json(const OpenedShop& shop) {
  auto declared = Json::object();
  for (const auto& [code, exponent] : shop.declared) declared[code] = exponent.digits;
  return {{"currency", shop.currency.code},
          {"declared_currencies", std::move(declared)},
          {"max_levels", shop.max_levels},
          {"default_plan", shop.default_plan ? Json(shop.default_plan->value) : Json(nullptr)},
          {"binds", name(shop.referral.binds)},
          {"click_window", format_duration(shop.referral.click_window)},
          {"link_needs_purchase", shop.referral.link_needs_purchase},
          {"reserve_for", format_duration(shop.reservation.reserve_for)},
          {"open_per_buyer", shop.reservation.open_per_buyer},
          {"open_per_address", shop.reservation.open_per_address},
          {"four_eyes", shop.settlement.four_eyes}};
}

}  // namespace upline::eventstore
