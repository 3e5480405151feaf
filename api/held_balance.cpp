#include "api/held_balance.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace upline::api {

using domain::Timestamp;

void HeldBalance::begin_with(const projections::Balance& balance) {
  by_currency_[std::string(balance.currency)] = {
      .earned = balance.earned.value,
      .reversed = balance.reversed.value,
      .freed = balance.available.value + balance.scheduled.value + balance.paid.value,
      .scheduled = balance.scheduled.value,
      .paid = balance.paid.value};
}

void HeldBalance::begin_pending(std::vector<BalanceEntry> pending) {
  std::ranges::sort(pending, {}, &BalanceEntry::available_at);
  if (pending.size() > next_max) {
    known_until_ = pending[next_max].available_at;
    std::erase_if(pending, [this](const BalanceEntry& entry) { return entry.available_at >= known_until_; });
  }
  next_ = std::move(pending);
}

void HeldBalance::add(const BalanceEntry& entry) {
  if (entry.position <= as_of_) return;
  auto& sums = by_currency_[entry.currency];
  (entry.amount.value > 0 ? sums.earned : sums.reversed) += std::abs(entry.amount.value);
  if (entry.available_at < known_until_) next_.push_back(entry);
}

std::int64_t HeldBalance::freed_by(Timestamp now, const std::string& currency) const {
  std::int64_t sum = 0;
  for (const auto& entry : next_) {
    if (entry.available_at <= now && entry.currency == currency) sum += entry.amount.value;
  }
  return sum;
}

std::string HeldBalance::text(std::string_view member, Timestamp now) const {
  auto text = fmt::format(R"({{"member":"{}","balances":[)", member);
  const auto* between = "";
  for (const auto& [currency, sums] : by_currency_) {
    const auto freed = sums.freed + freed_by(now, currency);
    fmt::format_to(std::back_inserter(text),
                   R"({}{{"member":"{}","currency":"{}","earned_minor":{},"reversed_minor":{},"pending_minor":{},)"
                   R"("available_minor":{},"scheduled_minor":{},"paid_minor":{}}})",
                   between, member, currency, sums.earned, sums.reversed, sums.earned - sums.reversed - freed,
                   freed - sums.scheduled - sums.paid, sums.scheduled, sums.paid);
    between = ",";
  }
  return text + "]}\n";
}

}  // namespace upline::api
