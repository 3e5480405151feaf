#include "projections/exports/payout_file.hpp"

#include "eventstore/hex.hpp"
#include "eventstore/merkle.hpp"
#include "projections/exports/payout_formats.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace upline::projections {

namespace {

constexpr std::array formats{
    PayoutFormat{"alipay", "Alipay batch payment: GBK, CRLF; needs name and alipay", "csv", "text/csv; charset=GBK",
                 &write_alipay, nullptr},
    PayoutFormat{"mybank", "MyBank batch transfer: GBK, CRLF; needs name, bank_account, bank and bank_code", "csv",
                 "text/csv; charset=GBK", &write_mybank, nullptr},
    PayoutFormat{"pain001", "ISO 20022 pain.001.001.09; needs name, bank_account and bic, and the payer's", "xml",
                 "application/xml", &write_pain001, nullptr},
    PayoutFormat{"wechat", "WeChat batch transfer, 1,000 rows a file; needs wechat_openid, and the payer's appid",
                 "csv", "text/csv; charset=utf-8", &write_wechat, &is_wechat_part},
};

}  // namespace

std::span<const PayoutFormat> payout_formats() { return formats; }

const PayoutFormat* find_payout_format(std::string_view name) {
  const auto* found = std::ranges::find(formats, name, &PayoutFormat::name);
  return found == formats.end() ? nullptr : found;
}

bool is_further_part(std::string_view head, std::size_t number) {
  return std::ranges::any_of(
      formats, [&](const PayoutFormat& format) { return format.is_part != nullptr && format.is_part(head, number); });
}

std::string payout_reference(std::string_view settlement, std::string_view member, std::string_view currency) {
  const auto text = fmt::format("{}\n{}\n{}", settlement, member, currency);
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  const auto hash = eventstore::Sha256().update(bytes).finish();
  constexpr std::size_t half = 16;
  return eventstore::hex(std::span(hash.bytes).first(half));
}

eventstore::Payee payee_for(const PayoutBatch& batch, const PayoutLine& line, std::string_view format,
                            std::span<const std::string_view> needed) {
  auto payee = batch.payee_of(line.member);
  if (!payee) {
    throw PayoutRefused(
        fmt::format("member {} has no payee account; set it with: upline member payee {}", line.member, line.member));
  }
  for (const auto& [name, value] : eventstore::payee_fields()) {
    if ((*payee.*value).empty() && std::ranges::find(needed, name) != needed.end()) {
      throw PayoutRefused(
          fmt::format("the payee account of member {} has no {}, which {} needs", line.member, name, format));
    }
  }
  return std::move(*payee);
}

void require_cny(const PayoutLine& line, std::string_view format) {
  if (line.currency == "CNY") return;
  throw PayoutRefused(
      fmt::format("member {} is to be paid in {}, and {} pays CNY only", line.member, line.currency, format));
}

}  // namespace upline::projections
