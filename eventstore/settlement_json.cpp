#include "eventstore/settlement_json.hpp"

#include "eventstore/hex.hpp"

#include <nlohmann/json.hpp>

namespace upline::eventstore {

using Json = nlohmann::ordered_json;

Json totals_json(const domain::PayoutTotals& totals) {
  auto list = Json::array();
  for (const auto& total : totals) {
    list.push_back({{"currency", total.currency.code},
                    {"lines", total.lines},
                    {"gross_minor", total.amounts.gross.value},
                    {"tax_minor", total.amounts.tax.value},
                    {"fee_minor", total.amounts.fee.value},
                    {"net_minor", total.amounts.net.value}});
  }
  return list;
}

Json settlement_json(const domain::SettlementId& id, const domain::Settlement& s) {
  auto exports = Json::array();
  for (const auto& file : s.exports) {
    exports.push_back({{"format", file.format}, {"sha256", hex(file.digest.bytes)}, {"rows", file.rows}});
  }
  return {{"settlement", id.value},
          {"state", name(s.stage)},
          {"cutoff", domain::format_rfc3339(s.terms.cutoff)},
          {"minimum_minor", s.terms.minimum.value},
          {"fee_minor", s.terms.fee.value},
          {"tax", s.terms.tax},
          {"attempt", s.attempt.value},
          {"through", s.through.value},
          {"opened_by", s.opened_by},
          {"approved_by", s.approved_by},
          {"lines", s.lines},
          {"open_lines", open_lines(s)},
          {"lines_sha256", hex(s.digest.bytes)},
          {"totals", totals_json(s.totals)},
          {"paid", totals_json(s.paid)},
          {"failed", totals_json(s.failed)},
          {"returned", totals_json(s.returned)},
          {"exports", std::move(exports)}};
}

}  // namespace upline::eventstore
