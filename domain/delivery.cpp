#include "domain/delivery.hpp"

#include <utility>

namespace upline::domain {

namespace {

Minor base_of(const Delivery& d) { return {d.terms.amount_due.value - d.refunded_before.value}; }

Event accrual(const Delivery& d, const LevelShare& share) {
  return CommissionAccrued{d.order,         share.level,      d.plan->plan,
                           d.plan->version, share.rate,       base_of(d),
                           share.amount,    d.terms.currency, d.occurred_at + d.plan->terms.hold};
}

Event forfeit(const Delivery& d, const LevelShare& share) {
  const auto reason = share.beneficiary.standing == Standing::closed ? ForfeitReason::closed : ForfeitReason::suspended;
  return CommissionForfeited{
      share.beneficiary.member, share.level, d.plan->plan, d.plan->version, share.rate, base_of(d), share.amount,
      d.terms.currency,         reason};
}

/// Forfeits first, so that the order's own events stand before the entries that follow from them.
void add_commission(NewEvents& events, const Delivery& d) {
  const auto order = stream_of(d.order);
  if (earns_in_another_currency(d.plan->terms, d.terms.currency)) {
    const auto& own = std::get<FixedRates>(d.plan->terms.rates).currency;
    events.push_back({order, d.occurred_at, CommissionWithheld{d.plan->plan, d.plan->version, own, d.terms.currency}});
    return;
  }
  const auto shares = commission_shares(
      d.plan->terms, {d.terms.amount_due, d.refunded_before, d.terms.quantity, d.terms.currency, d.upline});
  for (const auto& share : shares) {
    if (share.beneficiary.standing == Standing::active) continue;
    events.push_back({order, d.occurred_at, forfeit(d, share)});
  }
  for (const auto& share : shares) {
    if (share.beneficiary.standing != Standing::active || share.amount == Minor{0}) continue;
    events.push_back({account_stream(share.beneficiary.member), d.occurred_at, accrual(d, share)});
  }
}

}  // namespace

void bind_at_first_purchase(NewEvents& events, const MemberId& buyer, const FirstPurchase& first, Timestamp at) {
  if (first.is_first && first.referrer) events.push_back({stream_of(buyer), at, ReferrerBound{*first.referrer}});
}

std::optional<FrozenChain> frozen_chain(const std::optional<PlanInForce>& plan,
                                        const std::vector<UplineMember>& upline) {
  if (!plan) return std::nullopt;
  FrozenChain chain{plan->plan, plan->version, {}};
  for (const auto& above : upline) chain.upline.push_back(above.member);
  return chain;
}

Event handed_over(const ProductId& product, std::vector<KeyRange> keys, Fulfilment fulfilment, KeySource source,
                  Quantity units) {
  return KeysDelivered{product, std::move(keys), fulfilment == Fulfilment::reusable, source, units};
}

void deliver(NewEvents& events, const Delivery& delivery) {
  events.push_back({stream_of(delivery.order), delivery.occurred_at, delivery.handed_over});
  if (delivery.plan && delivery.terms.amount_due > Minor{0}) add_commission(events, delivery);
}

}  // namespace upline::domain
