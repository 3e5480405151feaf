// MyBank's batch transfer (网商银行): a header, a row for each payout.
#include "projections/exports/gbk_rows.hpp"
#include "projections/exports/payout_formats.hpp"

#include <array>

#include <fmt/format.h>

namespace upline::projections {

namespace {

constexpr std::array<std::string_view, 4> needed{"name", "bank_account", "bank", "bank_code"};

}  // namespace

void write_mybank(const PayoutBatch& batch, PayoutSink& sink) {
  GbkRows rows(sink);
  rows.title("收款方名称,收款方账号,收款方开户行名称,收款行联行号,金额,附言/用途");
  batch.for_each([&](const PayoutLine& line) {
    require_cny(line, "mybank");
    const auto payee = payee_for(batch, line, "mybank", needed);
    const std::array fields{payee.name,
                            payee.bank_account,
                            payee.bank,
                            payee.bank_code,
                            domain::decimal_text(line.net, batch.exponent_of(line.currency)),
                            fmt::format("佣金 {}", batch.settlement)};
    rows.row(line, fields);
  });
}

}  // namespace upline::projections
