// What every delivered sale brings, however the order came about: the handing over, and then, in the same breath, what
// each level above the buyer earns or forfeits.
#pragma once

#include "domain/commission.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "domain/order.hpp"
#include "domain/plan.hpp"
#include "domain/product.hpp"
#include "domain/time.hpp"

#include <optional>
#include <vector>

namespace upline::domain {

/// The plan version that a sale follows.
struct PlanInForce {
  PlanId plan{};
  PlanVersion version{};
  PlanTerms terms{};
};

/// What the first purchase of a member changes.
struct FirstPurchase {
  bool is_first{};                     // no order of the buyer was paid before
  std::optional<MemberId> referrer{};  // who becomes the buyer's referrer by it
};

/// ReferrerBound, ahead of the payment that freezes the chain, where the purchase binds.
void bind_at_first_purchase(NewEvents& events, const MemberId& buyer, const FirstPurchase& first, Timestamp at);

/// The chain as a payment freezes it; none where no plan applies.
std::optional<FrozenChain> frozen_chain(const std::optional<PlanInForce>& plan,
                                        const std::vector<UplineMember>& upline);

/// KeysDelivered.
Event handed_over(const ProductId& product, std::vector<KeyRange> keys, Fulfilment fulfilment, KeySource source,
                  Quantity units);

struct Delivery {
  OrderId order{};
  OrderTerms terms{};
  Minor refunded_before{};  // R0
  std::optional<PlanInForce> plan{};
  std::vector<UplineMember> upline{};  // the frozen chain, with each member's standing now
  Event handed_over{};                 // KeysDelivered or OrderDelivered
  Timestamp occurred_at{};
};

/// The handing over, forfeits, then accruals: the entries directly behind the order's own events, where its history is
/// read. A gift earns nothing.
void deliver(NewEvents& events, const Delivery& delivery);

}  // namespace upline::domain
