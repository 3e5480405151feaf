#include "cli/member_audit_out.hpp"

#include "cli/rows_out.hpp"
#include "cli/wording.hpp"

#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

using namespace projections;
using domain::format_rfc3339;
using Json = nlohmann::ordered_json;

std::string why(const AuditedEntry& entry, const ExponentOf& exponent_of) {
  if (entry.reversed) return "taken back by refund " + entry.reversed->refund.value;
  const auto& accrued = *entry.accrued;
  auto terms = rate_text(accrued.rate);
  if (accrued.rate.kind == domain::RateKind::basis_points) {
    terms += " of " + to_text(Money{accrued.base, accrued.currency, exponent_of(accrued.currency)});
  }
  return fmt::format("{}, plan {} version {}", terms, accrued.plan.value, accrued.plan_version.value);
}

void print_entries(std::ostream& out, const MemberAudit& audit, const ExponentOf& exponent_of) {
  const auto rows = row_writer(Format::table, out,
                               {{"line", "line"},
                                {"position", "event"},
                                {"occurred_at", "occurred at"},
                                {"order", "order"},
                                {"buyer", "bought by"},
                                {"level", "level"},
                                {"amount", "amount"},
                                {"available_at", "available from"},
                                {"why", "why"}});
  for (const auto& entry : audit.entries) {
    rows->row({entry.version.value, position_text(entry.position), format_rfc3339(entry.occurred_at), entry.order.value,
               entry.buyer.value, std::int64_t{entry.level.value},
               Money{entry.signed_amount(), entry.currency(), exponent_of(entry.currency())},
               format_rfc3339(entry.available_at()), why(entry, exponent_of)});
  }
  rows->end();
}

Json entry_json(const AuditedEntry& entry) {
  Json json{{"version", entry.version.value},
            {"position", entry.position.value},
            {"kind", entry.accrued ? "accrual" : "reversal"},
            {"occurred_at", format_rfc3339(entry.occurred_at)},
            {"available_at", format_rfc3339(entry.available_at())},
            {"order_id", entry.order.value},
            {"buyer_id", entry.buyer.value},
            {"level", entry.level.value},
            {"amount_minor", entry.signed_amount().value},
            {"currency", entry.currency().code}};
  if (entry.accrued) {
    json["plan"] = entry.accrued->plan.value;
    json["plan_version"] = entry.accrued->plan_version.value;
    json[entry.accrued->rate.kind == domain::RateKind::basis_points ? "rate_bp" : "minor_per_unit"] =
        entry.accrued->rate.value;
    json["base_minor"] = entry.accrued->base.value;
  } else {
    json["refund_id"] = entry.reversed->refund.value;
  }
  return json;
}

}  // namespace

void print_member_audit(std::ostream& out, const MemberAudit& audit, const ExponentOf& exponent_of) {
  out << fmt::format("Member {}: {}, joined {} ({}), referral code {}\n", audit.member.value,
                     domain::name(audit.standing), format_rfc3339(audit.enrolled_at),
                     position_text(audit.enrolled_position), audit.code.value);
  out << (audit.referrer ? fmt::format("Referred by {} ({})\n", audit.referrer->value, position_text(audit.bound_by))
                         : "Referred by nobody\n");
  if (audit.entries.empty()) {
    out << "Has earned nothing yet.\n";
    return;
  }
  out << '\n';
  print_entries(out, audit, exponent_of);
  out << '\n';
  for (const auto& [currency, sum] : audit.sums) {
    const auto exponent = exponent_of(currency);
    out << fmt::format("Earned {}, taken back {}, together {}.\n", to_text(Money{sum.earned, currency, exponent}),
                       to_text(Money{sum.reversed, currency, exponent}),
                       to_text(Money{{sum.earned.value - sum.reversed.value}, currency, exponent}));
  }
}

Json member_audit_json(const MemberAudit& audit) {
  Json json{{"member_id", audit.member.value},
            {"standing", domain::name(audit.standing)},
            {"joined_at", format_rfc3339(audit.enrolled_at)},
            {"position", audit.enrolled_position.value},
            {"referral_code", audit.code.value},
            {"referrer_id", audit.referrer ? Json(audit.referrer->value) : Json(nullptr)},
            {"bound_by_position", audit.bound_by ? Json(audit.bound_by->value) : Json(nullptr)}};
  json["entries"] = Json::array();
  for (const auto& entry : audit.entries) json["entries"].push_back(entry_json(entry));
  json["totals"] = Json::object();
  for (const auto& [currency, sum] : audit.sums) {
    json["totals"][currency.code] = {{"earned_minor", sum.earned.value}, {"reversed_minor", sum.reversed.value}};
  }
  return json;
}

}  // namespace upline::cli
