#include "api/balance_memory.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>

namespace upline::api {

using domain::Position;

void BalanceMemory::begin(Position position) {
  const std::scoped_lock lock(mutex_);
  position_ = position;
}

/// Payouts count from when their settlement is fixed until it is cancelled, or they fail: rare, and not folded.
void BalanceMemory::take_in(const domain::RecordedEvent& event) {
  const auto& member = event.stream.id;
  const auto entry = [&](const auto& e, std::int64_t amount) {
    taken_.push_back({member, BalanceEntry{event.position, e.currency.code, {amount}, e.available_at}});
  };
  const auto anew = [&] { taken_.push_back({member, std::nullopt}); };
  const auto all_anew = [&] { taken_.push_back({}); };
  std::visit(domain::Overloaded{
                 [&](const domain::CommissionAccrued& e) { entry(e, e.amount.value); },
                 [&](const domain::CommissionReversed& e) { entry(e, -e.amount.value); },
                 [&](const domain::PayoutScheduled&) { anew(); },
                 [&](const domain::PayoutPaid&) { anew(); },
                 [&](const domain::PayoutFailed&) { anew(); },
                 [&](const domain::PayoutReturned&) { anew(); },
                 [&](const domain::SettlementFixed&) { all_anew(); },
                 [&](const domain::SettlementCancelled&) { all_anew(); },
                 [](const auto&) {},
             },
             event.event);
}

void BalanceMemory::publish(Position position) {
  const auto taken = std::exchange(taken_, {});
  const std::scoped_lock lock(mutex_);
  for (const auto& one : taken) {
    apply(one);
    if (one.member.empty() || filling_.contains(one.member)) recorded_.push_back(one);
  }
  position_ = position;
}

void BalanceMemory::apply(const Taken& taken) {
  if (taken.member.empty()) return held_.clear();
  auto* const held = held_.find(taken.member);
  if (held == nullptr || *held == nullptr) return;
  if (!taken.entry) {
    *held = nullptr;
    return;
  }
  auto balance = std::make_shared<HeldBalance>(**held);
  balance->add(*taken.entry);
  *held = balance->is_too_large() ? nullptr : Shared(std::move(balance));
}

void BalanceMemory::forget() {
  const std::scoped_lock lock(mutex_);
  position_.reset();
  held_.clear();
  taken_.clear();
  wanted_.clear();
  filling_.clear();
  recorded_.clear();
}

bool BalanceMemory::is_any_wanted() const {
  const std::scoped_lock lock(mutex_);
  return !wanted_.empty();
}

BalanceMemory::Wanted BalanceMemory::begin_filling() {
  const std::scoped_lock lock(mutex_);
  filling_ = std::exchange(wanted_, {});
  recorded_.clear();
  return {{filling_.begin(), filling_.end()}, position_.value_or(Position{})};
}

void BalanceMemory::fill(const std::string& member, HeldBalance balance) {
  const std::scoped_lock lock(mutex_);
  if (!filling_.contains(member)) return;  // forgotten meanwhile
  for (const auto& taken : recorded_) {
    if (taken.member.empty() || (taken.member == member && !taken.entry)) return;
    if (taken.member == member) balance.add(*taken.entry);
  }
  if (!balance.is_too_large()) held_.put(member, std::make_shared<const HeldBalance>(std::move(balance)));
}

void BalanceMemory::end_filling() {
  const std::scoped_lock lock(mutex_);
  filling_.clear();
  recorded_.clear();
}

bool BalanceMemory::has_reached(const HotRead& read) const {
  const std::scoped_lock lock(mutex_);
  if (!position_ || *position_ >= read.at_least) return true;
  const auto* const held = held_.find(read.id);
  return held == nullptr || *held == nullptr;
}

std::optional<HotAnswer> BalanceMemory::find(const HotRead& read) const {
  const auto now = clock_();
  Shared balance;
  Position position;
  {
    const std::scoped_lock lock(mutex_);
    if (!position_) return std::nullopt;
    const auto* const held = held_.find(read.id);
    if (held != nullptr) balance = *held;
    if (!balance || !balance->is_known_at(now)) {
      want(read.id);
      return std::nullopt;
    }
    if (*position_ < read.at_least) return std::nullopt;
    position = *position_;
  }
  return HotAnswer{position, "", balance->text(read.id, now)};
}

void BalanceMemory::want(const std::string& member) const {
  if (wanted_.size() < bounds_.wanted && !filling_.contains(member)) wanted_.insert(member);
}

}  // namespace upline::api
