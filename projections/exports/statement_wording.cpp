#include "projections/exports/statement_wording.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

namespace {

constexpr StatementWords english{
    .language = "en",
    .title = "Statement of commissions",
    .member = "Member",
    .time = "{} up to and including {}",
    .date = "Date",
    .what = "What for",
    .amount = "Amount",
    .balance = "Balance",
    .opening = "Opening balance",
    .closing = "Closing balance",
    .nothing = "Nothing was earned, taken back or paid out by then.",
    .footnote =
        "All times are UTC. The balance is what was earned and neither taken back nor settled; what is not yet "
        "available becomes so at the time that its line says. Opening balance and lines add up to the closing "
        "balance.",
};

constexpr StatementWords chinese{
    .language = "zh",
    .title = "佣金对账单",
    .member = "会员",
    .time = "{} 至 {}（含）",
    .date = "日期",
    .what = "说明",
    .amount = "金额",
    .balance = "余额",
    .opening = "期初余额",
    .closing = "期末余额",
    .nothing = "截至当时没有任何佣金、扣回或结算。",
    .footnote =
        "时间均为 UTC。余额为已产生、未扣回且未结算的佣金；尚未到可提现时间的部分，到该行所列时间即可提现。"
        "期初余额加各行金额等于期末余额。",
};

std::string rate_text(const domain::Rate& rate, Language language) {
  if (rate.kind == domain::RateKind::fixed_minor) {
    return language == Language::english ? "a fixed amount a unit" : "按件固定金额";
  }
  auto text = domain::decimal_text({rate.value}, {2});  // basis points are hundredths of a percent
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + "%";
}

std::string money_text(domain::Minor amount, std::string_view currency, domain::Exponent exponent) {
  return fmt::format("{} {}", domain::decimal_text(amount, exponent), currency);
}

/// `5% of 9.99 CNY`.
std::string share_text(const Entry& entry, Language language, domain::Exponent exponent) {
  auto rate = rate_text(entry.terms->rate, language);
  if (entry.terms->rate.kind == domain::RateKind::fixed_minor) return rate;
  const auto base = money_text(entry.terms->base, entry.currency, exponent);
  return language == Language::english ? fmt::format("{} of {}", rate, base) : fmt::format("{} × {}", base, rate);
}

std::string accrual_text(const Entry& entry, Language language, domain::Exponent exponent) {
  const auto share = share_text(entry, language, exponent);
  const auto day = day_text(entry.available_at);
  if (language == Language::english) {
    return fmt::format("Commission, level {}, for order {}: {}. Available from {}.", entry.level.value, entry.order,
                       share, day);
  }
  return fmt::format("订单 {} 的 {} 级佣金：{}，{} 起可提现", entry.order, entry.level.value, share, day);
}

std::string reversal_text(const Entry& entry, Language language) {
  if (language == Language::english) {
    return fmt::format("Taken back, level {}, for order {}: the buyer was refunded ({}).", entry.level.value,
                       entry.order, entry.refund);
  }
  return fmt::format("订单 {} 退款（{}），扣回 {} 级佣金", entry.order, entry.refund, entry.level.value);
}

/// `49.00 CNY, of which tax 4.90 and fee 1.00 are kept: 43.10 CNY are paid out`.
std::string scheduled_text(const PayoutMove& move, Language language, domain::Exponent exponent) {
  const auto decimals = [&](domain::Minor amount) { return domain::decimal_text(amount, exponent); };
  const auto& [gross, tax, fee, net] = move.amounts;
  if (language == Language::english) {
    return fmt::format("Settlement {}: {} {}, less tax {} and fee {}: {} {} are on their way to you.", move.settlement,
                       decimals(gross), move.currency, decimals(tax), decimals(fee), decimals(net), move.currency);
  }
  return fmt::format("结算 {}：{} {}，扣税 {}、手续费 {}，实付 {} {}", move.settlement, decimals(gross), move.currency,
                     decimals(tax), decimals(fee), decimals(net), move.currency);
}

std::string payout_text(const PayoutMove& move, Language language, domain::Exponent exponent) {
  const bool in_english = language == Language::english;
  const auto because = move.text.empty() ? std::string()
                       : in_english      ? fmt::format(" ({})", move.text)
                                         : fmt::format("（{}）", move.text);
  switch (move.step) {
    case PayoutStep::scheduled:
      return scheduled_text(move, language, exponent);
    case PayoutStep::paid:
      return in_english ? fmt::format("Settlement {} was paid{}.", move.settlement, because)
                        : fmt::format("结算 {} 已支付{}", move.settlement, because);
    case PayoutStep::failed:
      return in_english ? fmt::format("Settlement {} could not be paid{}; the amount is yours again.", move.settlement,
                                      because)
                        : fmt::format("结算 {} 未能支付{}，金额已退回余额", move.settlement, because);
    case PayoutStep::returned:
      return in_english ? fmt::format("Settlement {} was sent back by the bank{}; the amount is yours again.",
                                      move.settlement, because)
                        : fmt::format("结算 {} 被银行退回{}，金额已退回余额", move.settlement, because);
    case PayoutStep::cancelled:
      return in_english ? fmt::format("Settlement {} was cancelled; the amount is yours again.", move.settlement)
                        : fmt::format("结算 {} 已取消，金额已退回余额", move.settlement);
  }
  std::unreachable();
}

std::string entry_text(const Entry& entry, Language language, domain::Exponent exponent) {
  switch (entry.kind) {
    case EntryKind::accrual:
      return accrual_text(entry, language, exponent);
    case EntryKind::reversal:
      return reversal_text(entry, language);
  }
  std::unreachable();
}

}  // namespace

std::optional<Language> parse_language(std::string_view text) {
  if (text == "en") return Language::english;
  if (text == "zh") return Language::chinese;
  return std::nullopt;
}

const StatementWords& words(Language language) { return language == Language::english ? english : chinese; }

std::string explanation(const StatementLine& line, Language language, domain::Exponent exponent) {
  return line.entry != nullptr ? entry_text(*line.entry, language, exponent)
                               : payout_text(*line.payout, language, exponent);
}

}  // namespace upline::projections
