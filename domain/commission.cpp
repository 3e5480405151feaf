#include "domain/commission.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>
#include <cassert>

namespace upline::domain {

namespace {

Level level_at(std::size_t index) { return Level{static_cast<std::uint8_t>(index + 1)}; }

std::vector<LevelShare> percent_shares(const PercentRates& rates, Minor base, const std::vector<UplineMember>& upline) {
  std::vector<LevelShare> shares;
  for (std::size_t i = 0; i < rates.by_level.size() && i < upline.size(); ++i) {
    const auto rate = rates.by_level[i];
    shares.push_back({level_at(i), upline[i], Rate{RateKind::basis_points, rate.value},
                      share_rounded_down(base, rate.value, basis_points_whole)});
  }
  return shares;
}

/// Missing levels stand at the top of the chain and earn nothing, so what they would use up concerns nobody; forfeited
/// ones use up theirs like any other.
std::vector<LevelShare> fixed_shares(const FixedRates& rates, Minor budget, Quantity quantity,
                                     const std::vector<UplineMember>& upline) {
  std::vector<LevelShare> shares;
  for (std::size_t i = 0; i < rates.by_level.size() && i < upline.size(); ++i) {
    const auto rate = rates.by_level[i];
    const auto amount = product_capped(rate, quantity, budget);
    budget.value -= amount.value;
    shares.push_back({level_at(i), upline[i], Rate{RateKind::fixed_minor, rate.value}, amount});
  }
  return shares;
}

}  // namespace

bool earns_in_another_currency(const PlanTerms& terms, const Currency& currency) {
  const auto* fixed = std::get_if<FixedRates>(&terms.rates);
  return fixed != nullptr && fixed->currency != currency;
}

std::vector<LevelShare> commission_shares(const PlanTerms& terms, const CommissionBasis& basis) {
  if (basis.amount_due == Minor{0} || earns_in_another_currency(terms, basis.currency)) return {};
  const Minor base{basis.amount_due.value - basis.refunded_before_delivery.value};
  const auto budget = share_rounded_down(base, terms.payout_cap.value, basis_points_whole);
  return std::visit(
      Overloaded{
          [&](const PercentRates& rates) { return percent_shares(rates, base, basis.upline); },
          [&](const FixedRates& rates) { return fixed_shares(rates, budget, basis.quantity, basis.upline); },
      },
      terms.rates);
}

Minor kept_after_refund(const Rate& rate, Minor accrued, Minor amount_due, Minor refunded_before_delivery,
                        Minor refunded) {
  assert(refunded_before_delivery <= refunded && refunded <= amount_due);
  const std::int64_t remaining = amount_due.value - refunded.value;
  if (rate.kind == RateKind::basis_points) {
    return share_rounded_down(Minor{remaining}, rate.value, basis_points_whole);
  }
  return share_rounded_down(accrued, remaining, amount_due.value - refunded_before_delivery.value);
}

std::int64_t rounded_off_ten_thousandths(const Rate& rate, Minor base, Minor amount) {
  if (rate.kind != RateKind::basis_points) return 0;
  // The difference is small, so it survives that both products wrap around.
  const auto exact = static_cast<std::uint64_t>(base.value) * static_cast<std::uint64_t>(rate.value);
  const auto given = static_cast<std::uint64_t>(amount.value) * std::uint64_t{basis_points_whole};
  return static_cast<std::int64_t>(exact - given);
}

}  // namespace upline::domain
