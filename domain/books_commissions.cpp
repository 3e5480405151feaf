#include "domain/books_orders.hpp"
#include "domain/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace upline::domain {

namespace {

using Finding = std::optional<std::string>;
using Stage = BookedOrder::Stage;
using Fate = BookedLevel::Fate;

/// P - R0.
Minor base_of(const BookedOrder& order) { return {order.amount_due.value - order.refunded_before_delivery.value}; }

std::string text(Minor amount) { return std::to_string(amount.value); }
std::string text(Level level) { return "level " + std::to_string(level.value); }
std::string text(const OrderId& order, Level level) { return "order " + order.value + ", " + text(level) + ": "; }

bool are_sound(const PercentRates& rates, BasisPoints payout_cap) {
  std::int64_t sum = 0;
  for (const auto rate : rates.by_level) {
    if (rate.value < 0 || rate.value > basis_points_whole) return false;
    sum += rate.value;
  }
  return sum <= payout_cap.value;
}

bool are_sound(const FixedRates& rates, BasisPoints) {
  return std::ranges::all_of(rates.by_level, [](Minor rate) { return rate.value >= 0; });
}

/// What the arithmetic of shares relies on.
bool are_sound(const PlanTerms& terms) {
  const auto cap = terms.payout_cap;
  return level_count(terms) >= 1 && level_count(terms) <= levels_max && cap.value >= 0 &&
         cap.value <= basis_points_whole && terms.hold >= Duration{0} && terms.hold <= duration_max &&
         std::visit([&](const auto& rates) { return are_sound(rates, cap); }, terms.rates);
}

Rate rate_at(const PlanTerms& terms, Level level) {
  const std::size_t index = level.value - 1U;
  return std::visit(
      Overloaded{
          [&](const PercentRates& rates) { return Rate{RateKind::basis_points, rates.by_level[index].value}; },
          [&](const FixedRates& rates) { return Rate{RateKind::fixed_minor, rates.by_level[index].value}; },
      },
      terms.rates);
}

}  // namespace

const BookedOrders::Terms* BookedOrders::terms_of(const BookedOrder& order) const {
  return order.terms == 0 ? nullptr : &terms_[order.terms - 1U];
}

BookedLevel* BookedOrders::level_of(const BookedOrder& order, Level level) {
  if (level.value < 1 || level.value > order.level_count) return nullptr;
  return &levels_[order.levels_first + level.value - 1U];
}

bool BookedOrders::follows(const BookedOrder& order, const PlanId& plan, PlanVersion version) const {
  const auto* frozen = terms_of(order);
  return frozen != nullptr && names_.text(frozen->plan) == plan.value && frozen->version == version;
}

Finding BookedOrders::publish(const RecordedEvent& recorded, const PlanPublished& event) {
  if (event.version.value != recorded.version.value) return "the plan's version is not its stream's";
  if (!are_sound(event.terms)) return "the plan's terms are out of range, or its rates exceed its cap";
  const auto plan = names_.number_of(recorded.stream.id);
  terms_.push_back({plan, event.version, event.terms});
  latest_[plan.value] = static_cast<std::uint32_t>(terms_.size());
  return std::nullopt;
}

Finding BookedOrders::freeze(BookedOrder& order, const std::optional<FrozenChain>& chain, std::optional<Name> plan) {
  if (!chain) {
    const bool needs_one = plan && order.amount_due > Minor{0};
    return needs_one ? Finding("the payment freezes no chain, where a plan is in force") : std::nullopt;
  }
  if (!plan || names_.text(*plan) != chain->plan.value) return "the frozen plan is not the one in force";
  order.terms = latest_.at(plan->value);
  if (terms_of(order)->version != chain->version) return "the frozen plan version is not the newest";
  if (chain->upline.size() > frozen_level_count(order)) return "the frozen chain is longer than the plan";
  order.level_count = static_cast<std::uint8_t>(chain->upline.size());
  order.levels_first = levels_.size();
  for (const auto& member : chain->upline) levels_.push_back({{}, {}, names_.number_of(member.value), Fate::open});
  return std::nullopt;
}

std::size_t BookedOrders::frozen_level_count(const BookedOrder& order) const {
  return order.terms == 0 ? 0 : level_count(terms_of(order)->terms);
}

/// Answers how many levels come to something.
std::size_t BookedOrders::share_out(const BookedOrder& order) {
  const auto* frozen = terms_of(order);
  if (frozen == nullptr) return 0;
  basis_.amount_due = order.amount_due;
  basis_.refunded_before_delivery = order.refunded_before_delivery;
  basis_.quantity = Quantity{order.quantity};
  basis_.currency.code = names_.text(order.currency);
  basis_.upline.resize(order.level_count);
  std::size_t earning_levels = 0;
  for (const auto& share : commission_shares(frozen->terms, basis_)) {
    level_of(order, share.level)->share = share.amount;
    if (share.amount > Minor{0}) ++earning_levels;
  }
  return earning_levels;
}

/// A level that comes to nothing was not waited for.
Finding BookedOrders::settle_level(const BookedOrder& order, Minor share) {
  if (share > Minor{0} && --settling_->levels_left == 0) settling_.reset();
  return settling_ ? std::nullopt : check_cap(order);
}

Finding BookedOrders::forfeit(BookedOrder& order, const CommissionForfeited& event) {
  auto* level = level_of(order, event.level);
  if (order.stage != Stage::delivered) return "a commission is forfeited before the delivery";
  if (level == nullptr || level->beneficiary != names_.number_of(event.beneficiary.value)) {
    return "the forfeiting member is not " + text(event.level) + " of the frozen chain";
  }
  if (level->fate != Fate::open) return text(event.level) + " has accrued or forfeited before";
  if (!follows(order, event.plan, event.plan_version) || event.rate != rate_at(terms_of(order)->terms, event.level) ||
      event.base != base_of(order) || event.currency.code != names_.text(order.currency) ||
      event.amount != level->share) {
    return text(event.level) + " forfeits what its plan does not give it";
  }
  level->fate = Fate::forfeited;
  return settle_level(order, level->share);
}

Finding BookedOrders::withhold(const BookedOrder& order, const CommissionWithheld& event) const {
  if (order.stage != Stage::delivered) return "a commission is withheld before the delivery";
  if (!follows(order, event.plan, event.plan_version) ||
      !earns_in_another_currency(terms_of(order)->terms, event.order_currency) ||
      event.order_currency.code != names_.text(order.currency)) {
    return "a commission is withheld that the plan gives";
  }
  return std::nullopt;
}

Finding BookedOrders::accrue(const RecordedEvent& recorded, const CommissionAccrued& event) {
  auto& order = this->order(event.order.value);
  auto* level = level_of(order, event.level);
  if (auto found = check_accrual(order, level, recorded, event)) return text(event.order, event.level) + *found;
  level->fate = Fate::accrued;
  level->kept = event.amount;
  return settle_level(order, level->share);
}

Finding BookedOrders::check_accrual(const BookedOrder& order, const BookedLevel* level, const RecordedEvent& recorded,
                                    const CommissionAccrued& event) const {
  if (order.stage != Stage::delivered) return "the commission accrues before the delivery";
  if (level == nullptr || names_.text(level->beneficiary) != recorded.stream.id) {
    return "the member is not this level of the frozen chain";
  }
  if (level->fate != Fate::open) return "the level has accrued or forfeited before";
  if (!follows(order, event.plan, event.plan_version)) return "the plan version is not the frozen one";
  const auto& terms = terms_of(order)->terms;
  if (event.rate != rate_at(terms, event.level)) return "the rate is not the frozen plan's";
  if (event.base != base_of(order)) {
    return "the base is not the amount due less what was refunded before the delivery";
  }
  if (event.currency.code != names_.text(order.currency)) return "the currency is not the order's";
  if (event.amount <= Minor{0}) return "the accrual is not above 0";
  if (event.amount != level->share) return text(event.amount) + " accrues where the plan gives " + text(level->share);
  if (recorded.occurred_at != order.delivered_at) return "the accrual is not dated at the delivery";
  if (event.available_at != order.delivered_at + terms.hold) return "the accrual's hold is not the plan's";
  return std::nullopt;
}

std::size_t BookedOrders::levels_above_target(const BookedOrder& order) {
  std::size_t above_target = 0;
  for (std::uint8_t i = 1; i <= order.level_count; ++i) {
    const auto& held = *level_of(order, Level{i});
    if (held.fate == Fate::accrued && held.kept != target(order, held, Level{i})) ++above_target;
  }
  return above_target;
}

Finding BookedOrders::reverse(const RecordedEvent& recorded, const CommissionReversed& event) {
  auto& order = this->order(event.order.value);
  auto* level = level_of(order, event.level);
  if (auto found = check_reversal(order, level, recorded, event)) return text(event.order, event.level) + *found;
  level->kept.value -= event.amount.value;
  return settle_level(order, event.amount);
}

Finding BookedOrders::check_reversal(const BookedOrder& order, const BookedLevel* level, const RecordedEvent& recorded,
                                     const CommissionReversed& event) const {
  if (!is_missing(Missing::reversals) || settling_->refund != event.refund)
    return "the reversal follows from no refund";
  if (level == nullptr || level->fate != Fate::accrued || names_.text(level->beneficiary) != recorded.stream.id) {
    return "the member holds no accrual to reverse";
  }
  const auto& frozen = *terms_of(order);
  if (event.plan.value != names_.text(frozen.plan)) return "the plan is not the accrual's";
  if (event.currency.code != names_.text(order.currency)) return "the currency is not the accrual's";
  const auto kept = target(order, *level, event.level);
  if (event.amount <= Minor{0} || event.amount.value != level->kept.value - kept.value) {
    return text(event.amount) + " is taken back of " + text(level->kept) + ", of which " + text(kept) + " stays";
  }
  const auto accrual_available_at = order.delivered_at + frozen.terms.hold;
  if (recorded.occurred_at < order.delivered_at) return "the reversal is dated before its accrual";
  if (event.available_at < accrual_available_at) return "the reversal is available before its accrual";
  if (recorded.occurred_at != std::max(order.delivered_at, settling_->occurred_at) ||
      event.available_at != std::max(accrual_available_at, settling_->occurred_at)) {
    return "the reversal is dated neither by its refund nor by its accrual";
  }
  return std::nullopt;
}

Minor BookedOrders::target(const BookedOrder& order, const BookedLevel& held, Level level) const {
  return kept_after_refund(rate_at(terms_of(order)->terms, level), held.share, order.amount_due,
                           order.refunded_before_delivery, order.refunded);
}

/// The cap is a share of what is not refunded, like a level's rate.
Finding BookedOrders::check_cap(const BookedOrder& order) const {
  const auto* frozen = terms_of(order);
  if (frozen == nullptr) return std::nullopt;
  Minor kept{};
  for (std::uint8_t i = 0; i < order.level_count; ++i) kept.value += levels_[order.levels_first + i].kept.value;
  const Rate cap{RateKind::basis_points, frozen->terms.payout_cap.value};
  const auto most = kept_after_refund(cap, {}, order.amount_due, order.refunded_before_delivery, order.refunded);
  if (kept <= most) return std::nullopt;
  return "the commissions kept (" + text(kept) + ") exceed the payout cap (" + text(most) + ")";
}

}  // namespace upline::domain
