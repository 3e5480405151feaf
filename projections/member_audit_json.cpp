#include "projections/member_audit_json.hpp"

#include <nlohmann/json.hpp>

namespace upline::projections {

using domain::format_rfc3339;
using Json = nlohmann::ordered_json;

namespace {

Json json_of(const std::optional<domain::Position>& position) {
  return position ? Json(position->value) : Json(nullptr);
}

void add_terms(Json& json, const domain::Rate& rate, domain::Minor base, std::int64_t rounded_off_ten_thousandths) {
  json[rate.kind == domain::RateKind::basis_points ? "rate_bp" : "minor_per_unit"] = rate.value;
  json["base_minor"] = base.value;
  json["rounded_off_ten_thousandths"] = rounded_off_ten_thousandths;
}

void add_sale(Json& json, const domain::PlanId& plan, const AuditedSale& sale) {
  json["plan"] = plan.value;
  json["plan_version"] = sale.plan_version.value;
  json["plan_position"] = json_of(sale.published_by);
  json["delivered_position"] = json_of(sale.delivered_by);
}

Json entry_json(const AuditedEntry& entry) {
  Json json{{"version", entry.version.value},
            {"position", entry.position.value},
            {"kind", entry.accrued ? "accrual" : "reversal"},
            {"occurred_at", format_rfc3339(entry.occurred_at)},
            {"available_at", format_rfc3339(entry.available_at())},
            {"order_id", entry.sale.order.value},
            {"buyer_id", entry.sale.buyer.value},
            {"level", entry.level.value},
            {"amount_minor", entry.signed_amount().value},
            {"currency", entry.currency().code}};
  add_sale(json, entry.plan(), entry.sale);
  if (entry.accrued) {
    add_terms(json, entry.accrued->rate, entry.accrued->base, entry.rounded_off_ten_thousandths);
  } else {
    json["refund_id"] = entry.reversed->refund.value;
    json["refund_kind"] = domain::name(entry.refund_kind);
    json["refund_position"] = json_of(entry.refunded_by);
    json["accrual_position"] = json_of(entry.takes_back);
  }
  return json;
}

Json forfeit_json(const AuditedForfeit& forfeit) {
  const auto& e = forfeit.forfeited;
  Json json{{"position", forfeit.position.value},
            {"occurred_at", format_rfc3339(forfeit.occurred_at)},
            {"order_id", forfeit.sale.order.value},
            {"buyer_id", forfeit.sale.buyer.value},
            {"level", e.level.value},
            {"amount_minor", e.amount.value},
            {"currency", e.currency.code},
            {"reason", domain::name(e.reason)},
            {"standing_position", json_of(forfeit.standing_by)}};
  add_sale(json, e.plan, forfeit.sale);
  add_terms(json, e.rate, e.base, forfeit.rounded_off_ten_thousandths);
  return json;
}

Json payout_json(const AuditedPayout& payout) {
  return {{"position", payout.position.value},
          {"line", payout.version.value},
          {"at", format_rfc3339(payout.occurred_at)},
          {"what", payout.what},
          {"settlement", payout.settlement.value},
          {"currency", payout.currency.code},
          {"gross_minor", payout.amounts.gross.value},
          {"tax_minor", payout.amounts.tax.value},
          {"fee_minor", payout.amounts.fee.value},
          {"net_minor", payout.amounts.net.value},
          {"text", payout.text},
          {"fixed_position", json_of(payout.fixed_by)},
          {"cancelled_position", json_of(payout.cancelled_by)}};
}

Json move_json(const AuditedMove& move) {
  return {{"position", move.position.value},
          {"at", format_rfc3339(move.occurred_at)},
          {"from_id", move.from ? Json(move.from->value) : Json(nullptr)},
          {"to_id", move.to.value},
          {"reason", move.reason}};
}

}  // namespace

Json member_audit_json(const MemberAudit& audit) {
  Json json{{"member_id", audit.member.value},
            {"standing", domain::name(audit.standing)},
            {"standing_position", json_of(audit.standing_by)},
            {"joined_at", format_rfc3339(audit.enrolled_at)},
            {"position", audit.enrolled_position.value},
            {"referral_code", audit.code.value},
            {"referrer_id", audit.referrer ? Json(audit.referrer->value) : Json(nullptr)},
            {"bound_by_position", audit.bound_by ? Json(audit.bound_by->value) : Json(nullptr)},
            {"invited_by_id", audit.invited_by ? Json(audit.invited_by->value) : Json(nullptr)}};
  json["moves"] = Json::array();
  for (const auto& move : audit.moves) json["moves"].push_back(move_json(move));
  json["entries"] = Json::array();
  for (const auto& entry : audit.entries) json["entries"].push_back(entry_json(entry));
  json["payouts"] = Json::array();
  for (const auto& payout : audit.payouts) json["payouts"].push_back(payout_json(payout));
  json["forfeits"] = Json::array();
  for (const auto& forfeit : audit.forfeits) json["forfeits"].push_back(forfeit_json(forfeit));
  json["totals"] = Json::object();
  for (const auto& [currency, sum] : audit.sums) {
    json["totals"][currency.code] = {{"earned_minor", sum.earned.value},
                                     {"reversed_minor", sum.reversed.value},
                                     {"forfeited_minor", sum.forfeited.value}};
  }
  return json;
}

}  // namespace upline::projections
