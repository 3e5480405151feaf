#include "projections/order_audit_json.hpp"

#include "domain/overloaded.hpp"

#include <nlohmann/json.hpp>

namespace upline::projections {

using domain::format_rfc3339;

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::optional<Position>& position) { return position ? Json(position->value) : Json(nullptr); }

Json json_of(const std::optional<domain::Timestamp>& time) {
  return time ? Json(format_rfc3339(*time)) : Json(nullptr);
}

Json plan_json(const AuditedPlan& plan) {
  Json json{{"plan", plan.plan.value},
            {"version", plan.version.value},
            {"position", json_of(plan.published_by)},
            {"chosen_as", plan.is_default ? "default of the shop" : "plan of the product"},
            {"chosen_by_position", json_of(plan.chosen_by)}};
  std::visit(domain::Overloaded{
                 [&](const domain::PercentRates& r) {
                   for (const auto rate : r.by_level) json["rates_bp"].push_back(rate.value);
                 },
                 [&](const domain::FixedRates& r) {
                   json["currency"] = r.currency.code;
                   for (const auto rate : r.by_level) json["minor_per_unit"].push_back(rate.value);
                 },
             },
             plan.terms.rates);
  json["payout_cap_bp"] = plan.terms.payout_cap.value;
  json["hold"] = domain::format_duration(plan.terms.hold);
  return json;
}

Json level_json(const AuditedLevel& level) {
  const bool fixed = level.rate.kind == domain::RateKind::fixed_minor;
  Json json{{"level", level.level.value},
            {"member_id", level.member.value},
            {"bound_by_position", json_of(level.bound_by)},
            {"standing", domain::name(level.standing)},
            {"standing_position", json_of(level.standing_by)},
            {"outcome", name(level.outcome)},
            {"position", json_of(level.position)},
            {fixed ? "minor_per_unit" : "rate_bp", level.rate.value},
            {"base_minor", level.base.value},
            {"amount_minor", level.amount.value},
            {"rounded_off_ten_thousandths", level.rounded_off_ten_thousandths},
            {"available_at", json_of(level.available_at)},
            {"kept_minor", level.kept.value}};
  if (level.forfeit_reason) json["forfeit_reason"] = domain::name(*level.forfeit_reason);
  json["reversals"] = Json::array();
  for (const auto& reversal : level.reversals) {
    json["reversals"].push_back({{"position", json_of(reversal.position)},
                                 {"refund_id", reversal.refund.value},
                                 {"target_minor", reversal.target.value},
                                 {"amount_minor", reversal.amount.value},
                                 {"available_at", json_of(reversal.available_at)}});
  }
  return json;
}

Json keys_json(const std::vector<domain::KeyRange>& keys) {
  auto json = Json::array();
  for (const auto& range : keys) json.push_back({{"first", range.first}, {"count", range.count}});
  return json;
}

Json payment_json(const AuditedPayment& paid) {
  const auto& e = paid.payment;
  return {{"position", paid.position.value},
          {"at", format_rfc3339(paid.occurred_at)},
          {"payment_id", e.payment ? Json(e.payment->value) : Json(nullptr)},
          {"amount_minor", e.amount.value},
          {"currency", e.currency.code},
          {"channel", e.channel},
          {"effect", domain::name(e.effect)},
          {"note", paid.note == PaymentNote::none ? Json(nullptr) : Json(name(paid.note))}};
}

void add_money(Json& json, const OrderAudit& audit) {
  json["payments"] = Json::array();
  for (const auto& payment : audit.payments) json["payments"].push_back(payment_json(payment));
  json["mismatches"] = Json::array();
  for (const auto& [position, at, e] : audit.mismatches) {
    json["mismatches"].push_back({{"position", position.value},
                                  {"at", format_rfc3339(at)},
                                  {"payment_id", e.payment.value},
                                  {"order_id", e.order.value},
                                  {"amount_minor", e.amount.value},
                                  {"currency", e.currency.code}});
  }
  json["returns"] = Json::array();
  for (const auto& [position, at, e] : audit.returns) {
    json["returns"].push_back({{"position", position.value},
                               {"at", format_rfc3339(at)},
                               {"return_id", e.id.value},
                               {"amount_minor", e.amount.value},
                               {"currency", e.currency.code},
                               {"channel", e.channel}});
  }
  json["owed_back_minor"] = Json::object();
  for (const auto& [currency, amount] : owed_back(audit)) {
    if (amount != domain::Minor{0}) json["owed_back_minor"][currency.code] = amount.value;
  }
  json["awaiting_stock_minor"] = awaiting_stock(facts_of(audit)).value;
}

Json ending_json(const AuditedEnding& ended) {
  Json json{{"as", ended.how == Ending::expired ? "expired" : "cancelled"},
            {"position", ended.position.value},
            {"at", format_rfc3339(ended.occurred_at)},
            {"keys_freed", ended.freed.value}};
  if (ended.how == Ending::cancelled) json["reason"] = ended.reason;
  return json;
}

Json wait_json(const AuditedWait& waited) {
  return {{"position", waited.position.value},
          {"at", format_rfc3339(waited.occurred_at)},
          {"quantity", waited.quantity.value},
          {"ended_by_position", json_of(waited.ended_by)}};
}

Json revocation_json(const Audited<domain::DeliveredKeysRevoked>& revoked) {
  return {{"position", revoked.position.value},
          {"at", format_rfc3339(revoked.occurred_at)},
          {"refund_id", revoked.event.refund.value},
          {"keys", keys_json(revoked.event.keys)}};
}

void add_stock(Json& json, const OrderAudit& audit) {
  json["ended"] = audit.ended ? ending_json(*audit.ended) : Json(nullptr);
  json["waited_for_stock"] = audit.waited ? wait_json(*audit.waited) : Json(nullptr);
  json["replaced_keys"] = Json::array();
  for (const auto& [position, at, e] : audit.replaced) {
    json["replaced_keys"].push_back({{"position", position.value},
                                     {"at", format_rfc3339(at)},
                                     {"old_key", e.old_key},
                                     {"new_key", e.new_key},
                                     {"reason", e.reason}});
  }
  json["revoked_keys"] = audit.revoked ? revocation_json(*audit.revoked) : Json(nullptr);
}

Json binding_json(const AuditedBinding& bound) {
  return {{"position", bound.position.value}, {"referrer_id", bound.referrer.value}};
}

}  // namespace

Json order_audit_json(const OrderAudit& audit) {
  Json json{{"order_id", audit.order.value},
            {"member_id", audit.placed.member.value},
            {"product_id", audit.placed.product.value},
            {"product_title", audit.product_title},
            {"product_position", json_of(audit.product_position)},
            {"quantity", audit.placed.quantity.value},
            {"amount_minor", audit.placed.amount_due.value},
            {"currency", audit.placed.currency.code},
            {"state", state_name(facts_of(audit))},
            {"placed", {{"position", audit.placed_position.value}, {"at", format_rfc3339(audit.placed_at)}}},
            {"expires_at", json_of(audit.placed.expires_at)},
            {"paid", {{"position", json_of(audit.paid_position)}, {"at", json_of(audit.paid_at)}}},
            {"channel", audit.channel},
            {"delivered", {{"position", json_of(audit.delivered_position)}, {"at", json_of(audit.delivered_at)}}}};
  json["keys"] = keys_json(audit.keys);
  add_money(json, audit);
  add_stock(json, audit);
  json["bound_referrer"] = audit.bound_referrer ? binding_json(*audit.bound_referrer) : Json(nullptr);
  json["plan"] = audit.plan ? plan_json(*audit.plan) : Json(nullptr);
  if (audit.withheld) json["withheld"] = {{"plan_currency", audit.withheld->plan_currency.code}};
  json["levels"] = Json::array();
  for (const auto& level : audit.levels) json["levels"].push_back(level_json(level));
  json["chain_ends_with_position"] = json_of(audit.chain_ends_with);
  json["refunds"] = Json::array();
  for (const auto& refund : audit.refunds) {
    json["refunds"].push_back({{"position", refund.position.value},
                               {"refund_id", refund.refund.value},
                               {"amount_minor", refund.amount.value},
                               {"kind", domain::name(refund.kind)},
                               {"reason", refund.reason},
                               {"at", format_rfc3339(refund.occurred_at)}});
  }
  json["refunded_minor"] = audit.refunded.value;
  json["commission_earned_minor"] = audit.commission_earned.value;
  json["commission_kept_minor"] = audit.commission_kept.value;
  json["rests_on"] = Json::array();
  for (const auto& event : audit.rests_on) {
    json["rests_on"].push_back(
        {{"position", event.position.value}, {"stream", domain::to_text(event.stream)}, {"type", event.type}});
  }
  return json;
}

}  // namespace upline::projections
