#include "api/catalogue.hpp"

#include "api/command_body.hpp"
#include "api/page.hpp"
#include "api/past_state.hpp"
#include "domain/command.hpp"
#include "eventstore/state_json.hpp"
#include "eventstore/stream_states.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

ProductId product_id(const Call& call) { return call.id<ProductId>("product"); }

// Products

eventstore::Request add(const Call&, JsonBody& body) {
  const auto text = body.optional_text("fulfilment").value_or("key-pool");
  const auto fulfilment = parse_fulfilment(text);
  if (!fulfilment) throw BadBody("'fulfilment' is key-pool, reusable, manual or external.", "fulfilment");
  return request_of(AddProduct{.product = body.id<ProductId>("product"),
                               .title = body.text("title"),
                               .unit_price = {body.integer("unit_price_minor")},
                               .currency = {body.text("currency")},
                               .fulfilment = *fulfilment},
                    body);
}

eventstore::Request reprice(const Call& call, JsonBody& body) {
  return request_of(RepriceProduct{.product = product_id(call), .unit_price = {body.integer("unit_price_minor")}},
                    body);
}

eventstore::Request retire(const Call& call, JsonBody& body) {
  return request_of(RetireProduct{.product = product_id(call), .reason = body.optional_text("reason").value_or("")},
                    body);
}

eventstore::Request relist(const Call& call, JsonBody& body) {
  return request_of(RelistProduct{.product = product_id(call)}, body);
}

eventstore::Request limit(const Call& call, JsonBody& body) {
  return request_of(
      LimitPurchases{.product = product_id(call), .units_per_member = body.optional_integer("units_per_member")}, body);
}

eventstore::Request low_stock(const Call& call, JsonBody& body) {
  return request_of(SetLowStockLevel{.product = product_id(call), .keys = body.optional_integer("keys")}, body);
}

eventstore::Request assign_plan(const Call& call, JsonBody& body) {
  return request_of(AssignPlan{.product = product_id(call), .plan = body.id<PlanId>("plan")}, body);
}

Json stock_json(const projections::Stock& stock) {
  return {{"product", stock.product},
          {"title", stock.title},
          {"unit_price_minor", stock.unit_price.value},
          {"currency", stock.currency},
          {"fulfilment", name(stock.fulfilment)},
          {"plan", stock.plan.empty() ? Json(nullptr) : Json(stock.plan)},
          {"imported", stock.imported()},
          {"unreleased", stock.unreleased},
          {"released", stock.released},
          {"reserved", stock.reserved},
          {"delivered", stock.delivered},
          {"revoked", stock.revoked},
          {"available", stock.available()}};
}

Response stock(Reader& reader, const Call& call) {
  const auto after = call.optional_id<ProductId>("after");
  Page page(call);
  const auto add_row = [&](const projections::Stock& row) {
    if (!after || row.product > after->value) page.add(stock_json(row), std::string(row.product));
  };
  if (call.query("as_of") == nullptr) {
    reader.models.inventory().stock(add_row);
  } else {
    reader.models.inventory().stock(call.as_of(reader), add_row);
  }
  Json json = Json::object();
  page.put_into(json, "products");
  return json_response(json);
}

Response show_product(Reader& reader, const Call& call) {
  const auto id = product_id(call);
  const auto product = eventstore::read_product(reader.log(), id, counting(call, reader));
  const auto* listed = std::get_if<ListedProduct>(&product);
  if (listed == nullptr) refuse_unknown("unknown_product", fmt::format("There is no product {}.", id.value));
  return json_response(eventstore::product_json(id, *listed));
}

// Keys

eventstore::Request import_keys(const Call& call, JsonBody& body) {
  const auto use_limit = body.optional_integer("use_limit").value_or(0);
  if (use_limit < 0 || use_limit > std::int64_t{use_limit_max}) {
    throw BadBody(fmt::format("'use_limit' is a number from 0 to {}.", use_limit_max), "use_limit");
  }
  auto request = request_of(ImportKeys{.product = product_id(call),
                                       .batch = body.id<BatchId>("batch"),
                                       .release = body.flag("release", false),
                                       .use_limit = static_cast<std::uint32_t>(use_limit)},
                            body);
  request.secrets = body.texts("keys");
  return request;
}

/// A key that was imported before is left out, and named by its place in the list only.
Response answer_imported(Reader& reader, const Call&, const eventstore::Outcome& outcome) {
  auto json = outcome_json(reader, outcome);
  auto duplicates = Json::array();
  for (const auto index : outcome.duplicates) duplicates.push_back(index);
  json["duplicates"] = std::move(duplicates);
  return json_response(json, status_of(outcome));
}

eventstore::Request release(const Call& call, JsonBody& body) {
  return request_of(
      ReleaseKeys{.product = product_id(call), .batch = body.id<BatchId>("batch"), .at = body.optional_time("at")},
      body);
}

eventstore::Request withdraw(const Call& call, JsonBody& body) {
  return request_of(
      WithdrawKeys{.product = product_id(call), .batch = body.id<BatchId>("batch"), .reason = body.text("reason")},
      body);
}

eventstore::Request revoke(const Call& call, JsonBody& body) {
  return request_of(
      RevokeKeys{.product = product_id(call), .batch = body.id<BatchId>("batch"), .reason = body.text("reason")}, body);
}

// Plans

Rates rates_in(JsonBody& body) {
  const auto currency = body.optional_text("currency");
  if (!currency) {
    PercentRates rates;
    for (const auto rate : body.integers("rates_bp")) {
      if (rate < 0 || rate > basis_points_whole) throw BadBody("'rates_bp' are from 0 to 10000.", "rates_bp");
      rates.by_level.push_back({static_cast<std::int32_t>(rate)});
    }
    return rates;
  }
  FixedRates rates{.currency = {*currency}};
  for (const auto rate : body.integers("rates_minor")) rates.by_level.push_back({rate});
  return rates;
}

eventstore::Request publish(const Call&, JsonBody& body) {
  const auto cap = body.optional_integer("payout_cap_bp").value_or(basis_points_whole);
  if (cap < 0 || cap > basis_points_whole) throw BadBody("'payout_cap_bp' is from 0 to 10000.", "payout_cap_bp");
  const auto hold = body.optional_duration("hold");
  if (!hold) throw BadBody("'hold' is missing: a span of time such as 7d.", "hold");
  return request_of(
      PublishPlan{.plan = body.id<PlanId>("plan"),
                  .terms = {.rates = rates_in(body), .payout_cap = {static_cast<std::int32_t>(cap)}, .hold = *hold}},
      body);
}

/// Plans that were not there yet do not make a page shorter.
void add_plans(Page& page, Reader& reader, PlanId after, const eventstore::Counts& counts) {
  for (;;) {
    const auto ids = reader.models.inventory().plans(after.value, page.asked());
    for (const auto& id : ids) {
      const auto plan = eventstore::read_plan(reader.log(), id, counts);
      const auto* published = std::get_if<PublishedPlan>(&plan);
      if (published != nullptr && !page.add(eventstore::plan_json(id, *published), id.value)) return;
    }
    if (ids.size() < page.asked()) return;
    after = ids.back();
  }
}

Response list_plans(Reader& reader, const Call& call) {
  auto after = call.optional_id<PlanId>("after").value_or(PlanId{});
  Page page(call);
  add_plans(page, reader, std::move(after), counting(call, reader));
  Json json = Json::object();
  page.put_into(json, "plans");
  return json_response(json);
}

Response show_plan(Reader& reader, const Call& call) {
  const auto id = call.id<PlanId>("plan");
  const auto plan = eventstore::read_plan(reader.log(), id, counting(call, reader));
  const auto* published = std::get_if<PublishedPlan>(&plan);
  if (published == nullptr) refuse_unknown("unknown_plan", fmt::format("There is no plan {}.", id.value));
  return json_response(eventstore::plan_json(id, *published));
}

}  // namespace

std::vector<Route<Endpoint>> catalogue_routes() {
  const std::string product = "/v1/shops/{shop}/products/{product}";
  return {
      {"GET",
       "/v1/shops/{shop}/products",
       {Read{stock}, readers_and_sellers, Importance::lookup, {"as_of", "limit", "after"}}},
      {"GET",
       "/v1/shops/{shop}/stock",
       {Read{stock}, readers_and_sellers, Importance::lookup, {"as_of", "limit", "after"}}},
      {"POST", "/v1/shops/{shop}/products", {Write{add, answer_outcome}, merchant_only, Importance::order}},
      {"GET", product, {Read{show_product}, readers_and_sellers, Importance::lookup, {"as_of"}}},
      {"POST", product + "/price", {Write{reprice, answer_outcome}, merchant_only, Importance::order}},
      {"POST", product + "/retirement", {Write{retire, answer_outcome}, merchant_only, Importance::order}},
      {"POST", product + "/relisting", {Write{relist, answer_outcome}, merchant_only, Importance::order}},
      {"POST", product + "/purchase-limit", {Write{limit, answer_outcome}, merchant_only, Importance::order}},
      {"POST", product + "/low-stock-level", {Write{low_stock, answer_outcome}, merchant_only, Importance::order}},
      {"POST", product + "/plan", {Write{assign_plan, answer_outcome}, merchant_only, Importance::order}},
      {"POST", product + "/keys", {Write{import_keys, answer_imported}, merchant_only, Importance::order}},
      {"POST", product + "/keys/release", {Write{release, answer_outcome}, merchant_only, Importance::order}},
      {"POST", product + "/keys/withdrawal", {Write{withdraw, answer_outcome}, merchant_only, Importance::order}},
      {"POST", product + "/keys/revocation", {Write{revoke, answer_outcome}, merchant_only, Importance::order}},
      {"POST", "/v1/shops/{shop}/plans", {Write{publish, answer_outcome}, merchant_only, Importance::order}},
      {"GET", "/v1/shops/{shop}/plans", {Read{list_plans}, readers, Importance::report, {"as_of", "limit", "after"}}},
      {"GET", "/v1/shops/{shop}/plans/{plan}", {Read{show_plan}, readers, Importance::lookup, {"as_of"}}},
  };
}

}  // namespace upline::api
