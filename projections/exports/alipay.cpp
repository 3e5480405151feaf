// Alipay's batch payment (支付宝批量付款): a title, a header, a row for each payout.
#include "projections/exports/gbk_rows.hpp"
#include "projections/exports/payout_formats.hpp"

#include <array>

#include <fmt/format.h>

namespace upline::projections {

namespace {

constexpr std::array<std::string_view, 2> needed{"name", "alipay"};

}  // namespace

void write_alipay(const PayoutBatch& batch, PayoutSink& sink) {
  GbkRows rows(sink);
  rows.title("支付宝批量付款文件模板");
  rows.title("序号（必填）,收款方支付宝账号（必填）,收款方姓名（必填）,金额（必填，单位：元）,备注（选填）");
  std::uint64_t number = 0;
  batch.for_each([&](const PayoutLine& line) {
    require_cny(line, "alipay");
    const auto payee = payee_for(batch, line, "alipay", needed);
    const std::array fields{std::to_string(++number), payee.alipay, payee.name,
                            domain::decimal_text(line.net, batch.exponent_of(line.currency)),
                            fmt::format("佣金 {}", batch.settlement)};
    rows.row(line, fields);
  });
}

}  // namespace upline::projections
