#include "domain/record_purchase.hpp"

#include "domain/overloaded.hpp"

#include <string>
#include <utility>

namespace upline::domain {

namespace {

using Decision = std::expected<NewEvents, Rejection>;

OrderTerms terms_of(const RecordPurchase& c) {
  return {c.member, c.product, c.quantity, c.amount, c.currency, c.occurred_at};
}

bool takes_keys(Fulfilment fulfilment) {
  return fulfilment == Fulfilment::key_pool || fulfilment == Fulfilment::reusable;
}

std::expected<void, Rejection> check(const PurchaseStates& states, const RecordPurchase& c) {
  if (!is_well_formed_id(c.order.value)) return refuse(Reason::invalid_id, "order");
  if (std::holds_alternative<NotEnrolled>(states.buyer)) return refuse(Reason::unknown_member, c.member.value);
  const auto* product = std::get_if<ListedProduct>(&states.product);
  if (product == nullptr) return refuse(Reason::unknown_product, c.product.value);
  if (product->added.currency != c.currency) return refuse(Reason::currency_mismatch, c.currency.code);
  if (c.quantity.value < 1 || c.quantity.value > quantity_max) return refuse(Reason::invalid_quantity, c.order.value);
  if (c.amount.value < 0) return refuse(Reason::invalid_amount, c.order.value);
  if (!is_plain_text(c.channel, channel_bytes_max)) return refuse(Reason::invalid_text, "channel");
  return {};
}

CommissionBasis basis_of(const PurchaseStates& states, const RecordPurchase& c) {
  return {c.amount, Minor{0}, c.quantity, c.currency, states.upline};
}

std::optional<FrozenChain> frozen_chain(const PurchaseStates& states) {
  if (!states.plan) return std::nullopt;
  FrozenChain chain{states.plan->plan, states.plan->version, {}};
  for (const auto& above : states.upline) chain.upline.push_back(above.member);
  return chain;
}

Event accrual(const RecordPurchase& c, const PlanInForce& plan, const LevelShare& share) {
  return CommissionAccrued{c.order,      share.level, plan.plan,
                           plan.version, share.rate,  c.amount,
                           share.amount, c.currency,  c.occurred_at + plan.terms.hold};
}

Event forfeit(const RecordPurchase& c, const PlanInForce& plan, const LevelShare& share) {
  const auto reason = share.beneficiary.standing == Standing::closed ? ForfeitReason::closed : ForfeitReason::suspended;
  return CommissionForfeited{share.beneficiary.member,
                             share.level,
                             plan.plan,
                             plan.version,
                             share.rate,
                             c.amount,
                             share.amount,
                             c.currency,
                             reason};
}

/// Forfeits first, so that the order's own events stand before the entries that follow from them.
void add_commission(NewEvents& events, const PurchaseStates& states, const RecordPurchase& c) {
  if (!states.plan || c.amount == Minor{0}) return;
  const auto& plan = *states.plan;
  const auto order = stream_of(c.order);
  if (earns_in_another_currency(plan.terms, c.currency)) {
    const auto& own = std::get<FixedRates>(plan.terms.rates).currency;
    events.push_back({order, c.occurred_at, CommissionWithheld{plan.plan, plan.version, own, c.currency}});
    return;
  }
  const auto shares = commission_shares(plan.terms, basis_of(states, c));
  for (const auto& share : shares) {
    if (share.beneficiary.standing == Standing::active) continue;
    events.push_back({order, c.occurred_at, forfeit(c, plan, share)});
  }
  for (const auto& share : shares) {
    if (share.beneficiary.standing != Standing::active || share.amount == Minor{0}) continue;
    events.push_back({account_stream(share.beneficiary.member), c.occurred_at, accrual(c, plan, share)});
  }
}

Decision record(const PurchaseStates& states, const RecordPurchase& c) {
  if (auto checked = check(states, c); !checked) return std::unexpected(checked.error());
  const auto fulfilment = std::get<ListedProduct>(states.product).added.fulfilment;
  auto keys = std::optional<std::vector<KeyRange>>{};
  if (takes_keys(fulfilment)) {
    keys = next_keys(states.pool, fulfilment, c.quantity);
    if (!keys) {
      return refuse(Reason::out_of_stock, c.product.value + " has " + std::to_string(states.pool.released) + " of " +
                                              std::to_string(c.quantity.value));
    }
  }
  if (!with_added(states.turnover, c.currency, c.amount)) return refuse(Reason::amount_overflow, c.order.value);

  const auto order = stream_of(c.order);
  NewEvents events;
  const auto append = [&](Event event) { events.push_back({order, c.occurred_at, std::move(event)}); };
  append(OrderPlaced{c.member, c.product, c.quantity, c.amount, c.currency});
  append(PaymentReceived{std::nullopt, c.amount, c.currency, c.channel, frozen_chain(states)});
  if (keys) {
    append(KeysDelivered{c.product, std::move(*keys), fulfilment == Fulfilment::reusable});
  } else {
    append(OrderDelivered{});
  }
  add_commission(events, states, c);
  return events;
}

Decision record_again(const OrderTerms& terms, const RecordPurchase& c) {
  if (terms != terms_of(c)) return refuse(Reason::conflict, c.order.value);
  return Decision{};
}

}  // namespace

Decision decide(const PurchaseStates& states, const RecordPurchase& command) {
  return std::visit(Overloaded{
                        [&](const NoOrder&) { return record(states, command); },
                        [&](const PlacedOrder&) -> Decision { return refuse(Reason::conflict, command.order.value); },
                        [&](const PaidOrder&) -> Decision { return refuse(Reason::conflict, command.order.value); },
                        [&](const DeliveredOrder& o) { return record_again(o.terms, command); },
                    },
                    states.order);
}

}  // namespace upline::domain
