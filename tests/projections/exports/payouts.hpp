// A small settlement to be paid, in memory, and a sink that keeps the files.
#pragma once

#include "projections/exports/payout_file.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace upline::tests {

class KeptFiles : public projections::PayoutSink {
 public:
  void begin_file() override { files.emplace_back(); }
  void write(std::string_view bytes) override { files.back() += bytes; }

  std::vector<std::string> files{""};
};

struct Payouts {
  std::vector<projections::PayoutLine> lines{{"alice", "CNY", {123450}}, {"bob:2", "CNY", {5}}};
  std::map<std::string, eventstore::Payee> payees{{"alice",
                                                   {.name = "张伟",
                                                    .alipay = "alice@example.org",
                                                    .wechat_openid = "oAlice-0001",
                                                    .bank_account = "6222020200012345678",
                                                    .bank = "中国工商银行北京分行",
                                                    .bank_code = "102100099996",
                                                    .bic = "ICBKCNBJ"}},
                                                  {"bob:2",
                                                   {.name = "Bob & Söhne <GmbH>",
                                                    .alipay = "13800000000",
                                                    .wechat_openid = "oBob-0002",
                                                    .bank_account = "DE89370400440532013000",
                                                    .bank = "Commerzbank",
                                                    .bank_code = "000000000000",
                                                    .bic = "COBADEFF"}}};
  projections::Payer payer{.name = "卡密 Shop",
                           .account = "DE75512108001245126199",
                           .bic = "SOGEDEFF",
                           .wechat_appid = "wx0123456789abcdef"};

  projections::PayoutBatch batch() const {
    return {
        .settlement = "2026-10",
        .settled_at = *domain::parse_rfc3339("2026-11-02T09:30:00.123456Z"),
        .for_each =
            [this](const projections::PayoutVisitor& visit) {
              for (const auto& line : lines) visit(line);
            },
        .payee_of =
            [this](const std::string& member) {
              const auto found = payees.find(member);
              return found == payees.end() ? std::nullopt : std::optional(found->second);
            },
        .exponent_of =
            [](std::string_view currency) { return domain::iso_4217_exponent(currency).value_or(domain::Exponent{6}); },
        .payer = payer};
  }

  std::vector<std::string> written(std::string_view format) const {
    KeptFiles sink;
    projections::find_payout_format(format)->write(batch(), sink);
    return sink.files;
  }

  /// What the format refuses with; empty where it refuses nothing.
  std::string refusal(std::string_view format) const try {
    written(format);
    return {};
  } catch (const projections::PayoutRefused& refused) {
    return refused.what();
  }
};

}  // namespace upline::tests
