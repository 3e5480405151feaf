#include "domain/record_purchase.hpp"

#include "domain/overloaded.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace upline::domain {

namespace {

using Decision = std::expected<NewEvents, Rejection>;

/// ReferrerBound, OrderPlaced, PaymentReceived, what was handed over; a level has one event at most.
constexpr std::size_t events_without_levels_max = 4;

OrderTerms terms_of(const RecordPurchase& c) {
  return {c.member, c.product, c.quantity, c.amount, c.currency, c.occurred_at};
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

Decision record(const PurchaseStates& states, const RecordPurchase& c) {
  if (auto checked = check(states, c); !checked) return std::unexpected(checked.error());
  const auto fulfilment = std::get<ListedProduct>(states.product).added.fulfilment;
  auto keys = std::optional<std::vector<KeyRange>>{};
  if (takes_keys(fulfilment)) {
    keys = next_keys(states.pool, fulfilment, c.quantity, KeySource::sale);
    if (!keys) {
      return refuse(Reason::out_of_stock, c.product.value + " has " + std::to_string(keys_to_sell(states.pool)) +
                                              " of " + std::to_string(c.quantity.value));
    }
  }
  if (!with_added(states.turnover, c.currency, c.amount)) return refuse(Reason::amount_overflow, c.order.value);

  const auto order = stream_of(c.order);
  NewEvents events;
  events.reserve(events_without_levels_max + states.upline.size());
  const bool is_gift = c.amount == Minor{0};
  if (!is_gift) bind_at_first_purchase(events, c.member, states.first_purchase, c.occurred_at);
  events.push_back({order, c.occurred_at,
                    OrderPlaced{.member = c.member,
                                .product = c.product,
                                .quantity = c.quantity,
                                .amount_due = c.amount,
                                .currency = c.currency}});
  PaymentReceived payment{.amount = c.amount, .currency = c.currency, .channel = c.channel};
  payment.chain = frozen_chain(states.plan, states.upline);
  if (!is_gift && states.first_purchase.is_first) payment.first_purchase = c.member;
  events.push_back({order, c.occurred_at, std::move(payment)});
  deliver(events,
          {.order = c.order,
           .terms = terms_of(c),
           .plan = states.plan,
           .upline = states.upline,
           .handed_over = keys ? handed_over(c.product, std::move(*keys), fulfilment, KeySource::sale, c.quantity)
                               : Event(OrderDelivered{}),
           .occurred_at = c.occurred_at});
  return events;
}

Decision record_again(const OrderTerms& terms, const RecordPurchase& c) {
  auto asked = terms_of(c);
  if (!c.dated) asked.placed_at = terms.placed_at;
  if (terms != asked) return refuse(Reason::conflict, c.order.value);
  return Decision{};
}

}  // namespace

Decision decide(const PurchaseStates& states, const RecordPurchase& command) {
  return std::visit(Overloaded{
                        [&](const NoOrder&) { return record(states, command); },
                        [&](const DeliveredOrder& o) { return record_again(o.terms, command); },
                        [&](const auto&) -> Decision { return refuse(Reason::conflict, command.order.value); },
                    },
                    states.order);
}

}  // namespace upline::domain
