// WeChat's batch transfer to balances (微信支付批量转账到零钱, legacy merchants): UTF-8 with a byte order mark, a head
// of keys and values, then at most 1,000 rows; what is more goes into further files.
#include "eventstore/csv_writer.hpp"
#include "projections/exports/payout_formats.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

namespace upline::projections {

namespace {

constexpr std::size_t rows_max = 1000;
constexpr std::array<std::string_view, 1> needed{"wechat_openid"};

constexpr std::string_view number_key = "商家批次单号";
constexpr std::string_view name_key = "批次名称";
constexpr std::string_view name_start = "佣金 ";
constexpr std::string_view needed_mark = "（必填）,";

std::string batch_number(std::string_view settlement, std::size_t number) {
  return payout_reference(settlement, std::to_string(number), "CNY");
}

/// The value of a key in a file's head, also where a spreadsheet has saved it again.
std::string_view value_in(std::string_view head, std::string_view key) {
  const auto start = fmt::format("\n{}{}", key, needed_mark);
  const auto found = head.find(start);
  if (found == std::string_view::npos) return {};
  const auto rest = head.substr(found + start.size());
  return rest.substr(0, rest.find_first_of(",\r\n"));
}

/// A line of the file, which is held until the file's total is known.
struct Row {
  std::string reference;
  std::string openid;
  std::string name;
  domain::Minor net;
};

class WechatFiles {
 public:
  WechatFiles(const PayoutBatch& batch, PayoutSink& sink)
      : batch_(batch), sink_(sink), exponent_(batch.exponent_of("CNY")) {}

  void add(const PayoutLine& line) {
    require_cny(line, "wechat");
    auto payee = payee_for(batch_, line, "wechat", needed);
    if (rows_.size() == rows_max) end_file();
    rows_.push_back({payout_reference(batch_.settlement, line.member, line.currency), std::move(payee.wechat_openid),
                     std::move(payee.name), line.net});
  }

  void end_file() {
    if (files_++ > 0) sink_.begin_file();
    sink_.write(head());
    for (const auto& row : rows_) sink_.write(text_of(row));
    rows_.clear();
  }

 private:
  std::string head() const {
    domain::Minor total{};
    for (const auto& row : rows_) {
      const auto sum = checked_sum(total, row.net);
      if (!sum) throw PayoutRefused("the total of a file does not fit 64 bits");
      total = *sum;
    }
    std::string text = "\xEF\xBB\xBF微信支付批量转账到零钱模版（勿删）\n";
    const std::array<std::pair<std::string_view, std::string>, 6> entries{{
        {number_key, batch_number(batch_.settlement, files_)},
        {name_key, fmt::format("{}{}", name_start, batch_.settlement)},
        {"转账appid", batch_.payer.wechat_appid},
        {"转账总金额(元)", domain::decimal_text(total, exponent_)},
        {"转账总笔数", std::to_string(rows_.size())},
        {"批次备注", fmt::format("佣金 {}", batch_.settlement)},
    }};
    for (const auto& [key, value] : entries) {
      text.append(key).append(needed_mark);
      eventstore::append_csv_field(text, value);
      text += '\n';
    }
    return text +
           ",\n转账明细（勿删）\n"
           "商家明细单号（必填）,收款用户openid（必填）,收款用户姓名（选填）,收款用户身份证（选填）,"
           "转账金额（必填，单位：元）,转账备注（必填）\n";
  }

  std::string text_of(const Row& row) const {
    std::string text = row.reference + ',';
    eventstore::append_csv_field(text, row.openid);
    text += ',';
    eventstore::append_csv_field(text, row.name);
    return text + fmt::format(",,{},佣金 {}\n", domain::decimal_text(row.net, exponent_), batch_.settlement);
  }

  const PayoutBatch& batch_;
  PayoutSink& sink_;
  domain::Exponent exponent_;
  std::vector<Row> rows_;
  std::size_t files_ = 0;
};

}  // namespace

void write_wechat(const PayoutBatch& batch, PayoutSink& sink) {
  if (batch.payer.wechat_appid.empty()) throw PayoutRefused("wechat needs the appid that pays: give --payer-appid");
  WechatFiles files(batch, sink);
  batch.for_each([&](const PayoutLine& line) { files.add(line); });
  files.end_file();
}

bool is_wechat_part(std::string_view head, std::size_t number) {
  const auto batch_name = value_in(head, name_key);
  if (!batch_name.starts_with(name_start)) return false;
  return value_in(head, number_key) == batch_number(batch_name.substr(name_start.size()), number);
}

}  // namespace upline::projections
