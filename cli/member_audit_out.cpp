#include "cli/member_audit_out.hpp"

#include "cli/rows_out.hpp"
#include "cli/wording.hpp"

#include <ostream>

#include <fmt/format.h>

namespace upline::cli {

namespace {

using namespace projections;
using domain::format_rfc3339;

/// The plan version and the delivery that any line rests on.
std::string sale_text(const domain::PlanId& plan, const AuditedSale& sale) {
  return fmt::format("plan {} version {} ({}), sale delivered {}", plan.value, sale.plan_version.value,
                     position_text(sale.published_by), position_text(sale.delivered_by));
}

/// `10% of 9.99 CNY less 0.9000 minor`, which is what was rounded off.
std::string share_text(const domain::Rate& rate, const Money& base, std::int64_t rounded_off_ten_thousandths) {
  if (rate.kind != domain::RateKind::basis_points) return rate_text(rate);
  auto text = rate_text(rate) + " of " + to_text(base);
  if (rounded_off_ten_thousandths != 0) text += fmt::format(" less 0.{:04} minor", rounded_off_ten_thousandths);
  return text;
}

std::string why(const AuditedEntry& entry, const ExponentOf& exponent_of) {
  const auto sale = sale_text(entry.plan(), entry.sale);
  if (entry.reversed) {
    return fmt::format("taken back from {} by {} {} ({}), {}", position_text(entry.takes_back),
                       domain::name(entry.refund_kind), entry.reversed->refund.value, position_text(entry.refunded_by),
                       sale);
  }
  const auto& accrued = *entry.accrued;
  const Money base{accrued.base, accrued.currency, exponent_of(accrued.currency)};
  return share_text(accrued.rate, base, entry.rounded_off_ten_thousandths) + ", " + sale;
}

std::string why(const AuditedForfeit& forfeit, const ExponentOf& exponent_of) {
  const auto& e = forfeit.forfeited;
  const Money base{e.base, e.currency, exponent_of(e.currency)};
  return fmt::format("{} {}, {}, {}", domain::name(e.reason), position_text(forfeit.standing_by),
                     share_text(e.rate, base, forfeit.rounded_off_ten_thousandths), sale_text(e.plan, forfeit.sale));
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
    rows->row({entry.version.value, position_text(entry.position), format_rfc3339(entry.occurred_at),
               entry.sale.order.value, entry.sale.buyer.value, std::int64_t{entry.level.value},
               Money{entry.signed_amount(), entry.currency(), exponent_of(entry.currency())},
               format_rfc3339(entry.available_at()), why(entry, exponent_of)});
  }
  rows->end();
}

void print_payouts(std::ostream& out, const MemberAudit& audit, const ExponentOf& exponent_of) {
  const auto rows = row_writer(Format::table, out,
                               {{"line", "line"},
                                {"position", "event"},
                                {"occurred_at", "recorded at"},
                                {"settlement", "settlement"},
                                {"what", "payout"},
                                {"gross", "gross"},
                                {"net", "net"},
                                {"why", "why"}});
  for (const auto& payout : audit.payouts) {
    const auto money = [&](domain::Minor amount) {
      return Money{amount, payout.currency, exponent_of(payout.currency)};
    };
    auto why = payout.text;
    if (payout.fixed_by) why = "counts from " + position_text(payout.fixed_by);
    if (payout.cancelled_by) why += ", cancelled " + position_text(payout.cancelled_by);
    rows->row({payout.version.value, position_text(payout.position), format_rfc3339(payout.occurred_at),
               payout.settlement.value, payout.what, money(payout.amounts.gross), money(payout.amounts.net),
               FreeText{why}});
  }
  rows->end();
}

void print_forfeits(std::ostream& out, const MemberAudit& audit, const ExponentOf& exponent_of) {
  const auto rows = row_writer(Format::table, out,
                               {{"position", "event"},
                                {"occurred_at", "occurred at"},
                                {"order", "order"},
                                {"buyer", "bought by"},
                                {"level", "level"},
                                {"amount", "forfeited"},
                                {"why", "why"}});
  for (const auto& forfeit : audit.forfeits) {
    const auto& e = forfeit.forfeited;
    rows->row({position_text(forfeit.position), format_rfc3339(forfeit.occurred_at), forfeit.sale.order.value,
               forfeit.sale.buyer.value, std::int64_t{e.level.value},
               Money{e.amount, e.currency, exponent_of(e.currency)}, why(forfeit, exponent_of)});
  }
  rows->end();
}

void print_sums(std::ostream& out, const MemberAudit& audit, const ExponentOf& exponent_of) {
  for (const auto& [currency, sum] : audit.sums) {
    const auto text = [&](std::int64_t minor) { return to_text(Money{{minor}, currency, exponent_of(currency)}); };
    out << fmt::format("Earned {}, taken back {}, together {}", text(sum.earned.value), text(sum.reversed.value),
                       text(sum.earned.value - sum.reversed.value));
    if (sum.forfeited != domain::Minor{0}) out << fmt::format("; forfeited {}", text(sum.forfeited.value));
    out << ".\n";
  }
}

std::string referrer_text(const MemberAudit& audit) {
  if (audit.referrer) return fmt::format("Referred by {} ({})", audit.referrer->value, position_text(audit.bound_by));
  return audit.invited_by ? fmt::format("Referred by nobody, invited by {}", audit.invited_by->value)
                          : "Referred by nobody";
}

}  // namespace

void print_member_audit(std::ostream& out, const MemberAudit& audit, const ExponentOf& exponent_of) {
  out << fmt::format("Member {}: {}{}, joined {} ({}), referral code {}\n", audit.member.value,
                     domain::name(audit.standing),
                     audit.standing == domain::Standing::active ? "" : " " + position_text(audit.standing_by),
                     format_rfc3339(audit.enrolled_at), position_text(audit.enrolled_position), audit.code.value);
  out << referrer_text(audit) << '\n';
  for (const auto& move : audit.moves) {
    out << fmt::format("Moved from {} to {} on {} ({}: {})\n", move.from ? move.from->value : "nobody", move.to.value,
                       format_rfc3339(move.occurred_at), position_text(move.position), move.reason);
  }
  if (audit.entries.empty()) {
    out << "Has earned nothing yet.\n";
  } else {
    out << '\n';
    print_entries(out, audit, exponent_of);
  }
  if (!audit.payouts.empty()) {
    out << '\n';
    print_payouts(out, audit, exponent_of);
  }
  if (!audit.forfeits.empty()) {
    out << '\n';
    print_forfeits(out, audit, exponent_of);
  }
  if (!audit.sums.empty()) out << '\n';
  print_sums(out, audit, exponent_of);
}

}  // namespace upline::cli
