#include "domain/deliver_order.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace upline::domain {

namespace {

using Decision = std::expected<NewEvents, Rejection>;

/// Who waits is served in turn; to serve one out of turn would take the keys from those in front.
bool waits_behind_another(const KeyPool& pool, const PaidOrder& paid, const OrderId& order) {
  return paid.awaits_stock && !pool.queue.empty() && pool.queue.front().order != order;
}

Decision hand_over(const DeliverStates& states, const PaidOrder& order, const DeliverOrder& c) {
  const auto& terms = order.terms;
  const auto fulfilment = std::get<ListedProduct>(states.product).added.fulfilment;
  auto handed = Event(OrderDelivered{c.text});
  if (takes_keys(fulfilment)) {
    if (waits_behind_another(states.pool, order, c.order)) {
      return refuse(Reason::out_of_stock, c.order.value + " waits behind " + states.pool.queue.front().order.value);
    }
    const auto source = order.awaits_stock ? KeySource::waiting : KeySource::sale;
    auto keys = next_keys(states.pool, fulfilment, terms.quantity, source);
    if (!keys) {
      return refuse(Reason::out_of_stock, terms.product.value + " has " + std::to_string(states.pool.released) +
                                              " of " + std::to_string(terms.quantity.value));
    }
    handed = handed_over(terms.product, std::move(*keys), fulfilment, source, terms.quantity);
  }
  NewEvents events;
  deliver(events, {.order = c.order,
                   .terms = terms,
                   .refunded_before = order.refunded,
                   .plan = states.plan,
                   .upline = states.upline,
                   .handed_over = std::move(handed),
                   .occurred_at = std::max(order.paid_at, c.occurred_at)});
  return events;
}

/// Nothing that is told to a person who was erased may be kept.
Decision refuse_to_tell_erased(const OrderId& order) {
  return refuse(Reason::member_closed, "the buyer was erased; deliver order " + order.value + " without a text");
}

Decision deliver_paid(const DeliverStates& states, const PaidOrder& order, const DeliverOrder& c) {
  if (order.refunded == order.terms.amount_due && order.refunded > Minor{0}) {
    return refuse(Reason::order_refunded, c.order.value);
  }
  const bool with_keys = takes_keys(std::get<ListedProduct>(states.product).added.fulfilment);
  if (with_keys && c.text) return refuse(Reason::invalid_text, "an order of keys is delivered without a text");
  if (c.text && states.buyer_is_erased) return refuse_to_tell_erased(c.order);
  return hand_over(states, order, c);
}

/// Equal texts have equal fingerprints; their ciphertexts differ.
Decision deliver_again(const DeliveredOrder& order, const DeliverOrder& c) {
  if (!c.text) return Decision{};
  if (!order.text || order.text->fingerprint != c.text->fingerprint) return refuse(Reason::conflict, c.order.value);
  return Decision{};
}

}  // namespace

Decision decide(const DeliverStates& states, const DeliverOrder& command) {
  const auto not_paid = [&]() -> Decision { return refuse(Reason::not_paid, command.order.value); };
  return std::visit(Overloaded{
                        [&](const NoOrder&) -> Decision { return refuse(Reason::unknown_order, command.order.value); },
                        [&](const PlacedOrder&) { return not_paid(); },
                        [&](const ExpiredOrder&) { return not_paid(); },
                        [&](const CancelledOrder&) { return not_paid(); },
                        [&](const PaidOrder& o) { return deliver_paid(states, o, command); },
                        [&](const DeliveredOrder& o) { return deliver_again(o, command); },
                    },
                    states.order);
}

}  // namespace upline::domain
