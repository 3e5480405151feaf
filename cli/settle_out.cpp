#include "cli/settle_out.hpp"

#include "cli/wording.hpp"

#include <ostream>

#include <fmt/format.h>

namespace upline::cli {

namespace {

/// `1 minor unit`: of every currency, so that it has no other name.
std::string minor_units(domain::Minor amount) {
  return fmt::format("{} minor unit{}", amount.value, amount.value == 1 ? "" : "s");
}

}  // namespace

std::string totals_text(const domain::PayoutTotals& totals, const ExponentOf& exponent_of) {
  if (totals.empty()) return "  no lines\n";
  std::string text;
  for (const auto& total : totals) {
    const auto money = [&](domain::Minor amount) {
      return to_text(Money{amount, total.currency, exponent_of(total.currency)});
    };
    text += fmt::format("  {}: {} gross, {} tax, {} fee, {} net\n", counted(total.lines, "line"),
                        money(total.amounts.gross), money(total.amounts.tax), money(total.amounts.fee),
                        money(total.amounts.net));
  }
  return text;
}

std::vector<Column> line_columns() {
  return {{"member_id", "member"}, {"currency", "currency"}, {"gross_minor", "gross"},
          {"tax_minor", "tax"},    {"fee_minor", "fee"},     {"net_minor", "net"}};
}

std::vector<Cell> line_cells(const domain::MemberId& member, const domain::Currency& currency,
                             const domain::PayoutAmounts& amounts, const ExponentOf& exponent_of) {
  const auto money = [&](domain::Minor amount) { return Money{amount, currency, exponent_of(currency)}; };
  return {member.value,       currency.code,      money(amounts.gross),
          money(amounts.tax), money(amounts.fee), money(amounts.net)};
}

void print_settlement(std::ostream& out, const domain::SettlementId& id, const domain::Settlement& s,
                      const ExponentOf& exponent_of) {
  out << fmt::format("Settlement {} is {}.\n", id.value, name(s.stage));
  out << fmt::format("cutoff    {}\nminimum   {}\nfee       {}\ntax       {}\n", format_rfc3339(s.terms.cutoff),
                     minor_units(s.terms.minimum), minor_units(s.terms.fee), s.terms.tax);
  out << fmt::format("computed  at position {}, attempt {}, opened by {}\n", s.through.value, s.attempt.value,
                     s.opened_by.empty() ? "-" : s.opened_by);
  if (!s.approved_by.empty()) out << fmt::format("approved  by {}\n", s.approved_by);
  out << "lines\n" << totals_text(s.totals, exponent_of);
  if (!s.paid.empty()) out << "paid\n" << totals_text(s.paid, exponent_of);
  if (!s.failed.empty()) out << "failed\n" << totals_text(s.failed, exponent_of);
  if (!s.returned.empty()) out << "returned after they were paid\n" << totals_text(s.returned, exponent_of);
  for (const auto& file : s.exports) out << fmt::format("exported  {}, {}\n", file.format, counted(file.rows, "row"));
  out << fmt::format("{} still without a result.\n", counted(open_lines(s), "line"));
}

}  // namespace upline::cli
