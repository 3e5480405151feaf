#include "domain/place_order.hpp"

#include "domain/overloaded.hpp"

#include <string>
#include <utility>

namespace upline::domain {

namespace {

using Decision = std::expected<NewEvents, Rejection>;

std::expected<void, Rejection> check_buyer(const Member& buyer, const MemberId& id) {
  const auto* enrolled = std::get_if<EnrolledMember>(&buyer);
  if (enrolled == nullptr) return refuse(Reason::unknown_member, id.value);
  if (enrolled->standing == Standing::closed) return refuse(Reason::member_closed, id.value);
  return {};
}

std::expected<void, Rejection> check_limits(const PlaceStates& states, const ListedProduct& product,
                                            const PlaceOrder& c) {
  const auto& limit = product.units_per_member;
  if (limit && c.quantity.value > limit->value - states.counted_units.value) {
    return refuse(Reason::purchase_limit_exceeded, c.product.value + ": " + std::to_string(limit->value) +
                                                       " a member, " + std::to_string(states.counted_units.value) +
                                                       " bought before");
  }
  if (states.open_of_buyer >= states.policy.open_per_buyer) {
    return refuse(Reason::too_many_open_orders, c.member.value + " has " + std::to_string(states.open_of_buyer));
  }
  if (c.address && states.open_from_address >= states.policy.open_per_address) {
    return refuse(Reason::too_many_open_orders, "this address has " + std::to_string(states.open_from_address));
  }
  return {};
}

/// What a gift leads to besides its placing: paid with nothing, and handed over unless somebody does that by hand.
void hand_over_gift(NewEvents& events, const PlaceStates& states, const ListedProduct& product, const PlaceOrder& c) {
  const auto order = stream_of(c.order);
  const auto fulfilment = product.added.fulfilment;
  const auto& currency = product.added.currency;
  events.push_back({order, c.occurred_at, PaymentReceived{.currency = currency}});
  if (fulfilment == Fulfilment::manual) return;
  auto handed = Event(OrderDelivered{});
  if (takes_keys(fulfilment)) {
    const auto source = fulfilment == Fulfilment::key_pool ? KeySource::reservation : KeySource::sale;
    auto keys = next_keys(states.pool, fulfilment, c.quantity, source);
    handed = handed_over(c.product, std::move(*keys), fulfilment, source, c.quantity);
  }
  deliver(events, {.order = c.order,
                   .terms = {c.member, c.product, c.quantity, Minor{0}, currency, c.occurred_at},
                   .handed_over = std::move(handed),
                   .occurred_at = c.occurred_at});
}

Decision place(const PlaceStates& states, const PlaceOrder& c) {
  if (!is_well_formed_id(c.order.value)) return refuse(Reason::invalid_id, "order");
  if (auto checked = check_buyer(states.buyer, c.member); !checked) return std::unexpected(checked.error());
  const auto* product = std::get_if<ListedProduct>(&states.product);
  if (product == nullptr) return refuse(Reason::unknown_product, c.product.value);
  if (product->retired) return refuse(Reason::product_retired, c.product.value);
  if (c.quantity.value < 1 || c.quantity.value > quantity_max) return refuse(Reason::invalid_quantity, c.order.value);
  const auto amount_due = checked_product(product->unit_price, c.quantity);
  if (!amount_due) return refuse(Reason::amount_overflow, c.order.value);
  if (auto checked = check_limits(states, *product, c); !checked) return std::unexpected(checked.error());
  const auto fulfilment = product->added.fulfilment;
  if (takes_keys(fulfilment) && !next_keys(states.pool, fulfilment, c.quantity, KeySource::sale)) {
    return refuse(Reason::out_of_stock, c.product.value + " has " + std::to_string(keys_to_sell(states.pool)) + " of " +
                                            std::to_string(c.quantity.value));
  }
  const auto reserved = fulfilment == Fulfilment::key_pool ? c.quantity : Quantity{};
  NewEvents events{{stream_of(c.order), c.occurred_at,
                    OrderPlaced{.member = c.member,
                                .product = c.product,
                                .quantity = c.quantity,
                                .amount_due = *amount_due,
                                .currency = product->added.currency,
                                .expires_at = c.occurred_at + states.policy.reserve_for,
                                .reserved = reserved,
                                .address = c.address,
                                .contact = c.contact}}};
  if (*amount_due == Minor{0}) hand_over_gift(events, states, *product, c);
  return events;
}

/// The price may have changed since, and the time is the placing's own.
Decision place_again(const OrderTerms& terms, const PlaceOrder& c) {
  if (terms.member != c.member || terms.product != c.product || terms.quantity != c.quantity) {
    return refuse(Reason::conflict, c.order.value);
  }
  return Decision{};
}

}  // namespace

Decision decide(const PlaceStates& states, const PlaceOrder& command) {
  if (const auto* terms = terms_of(states.order)) return place_again(*terms, command);
  return place(states, command);
}

}  // namespace upline::domain
