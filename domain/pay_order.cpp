#include "domain/pay_order.hpp"

#include "domain/currency.hpp"
#include "domain/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace upline::domain {

namespace {

using Decision = std::expected<NewEvents, Rejection>;

PaymentReceived received(const PayOrder& c, PaymentEffect effect) {
  return {.payment = c.payment, .amount = c.amount, .currency = c.currency, .channel = c.channel, .effect = effect};
}

Decision only(const PayOrder& c, PaymentEffect effect) {
  return NewEvents{{stream_of(c.order), c.occurred_at, received(c, effect)}};
}

/// Sum that counts towards the amount due, with this payment; the turnover's check covers its overflow.
bool reaches_amount_due(const OrderTerms& terms, const OrderMoney& money, const PayOrder& c) {
  return money.received.value + c.amount.value >= terms.amount_due.value;
}

/// Dated when the last of the payments was made, whichever arrived last.
void hand_over(NewEvents& events, const PaymentStates& states, const OrderTerms& terms, KeySource source,
               const PayOrder& c, Timestamp paid_at) {
  const auto fulfilment = std::get<ListedProduct>(states.product).added.fulfilment;
  if (fulfilment == Fulfilment::manual) return;
  auto handed = Event(OrderDelivered{});
  if (takes_keys(fulfilment)) {
    auto keys = next_keys(states.pool, fulfilment, terms.quantity, source);
    if (!keys) {
      events.push_back({stream_of(c.order), c.occurred_at, StockAwaited{terms.product, terms.quantity}});
      return;
    }
    handed = handed_over(terms.product, std::move(*keys), fulfilment, source, terms.quantity);
  }
  deliver(events, {.order = c.order,
                   .terms = terms,
                   .plan = states.plan,
                   .upline = states.upline,
                   .handed_over = std::move(handed),
                   .occurred_at = paid_at});
}

template <class Unpaid>
Decision pay(const PaymentStates& states, const Unpaid& order, KeySource source, const PayOrder& c) {
  if (c.currency != order.terms.currency) return only(c, PaymentEffect::owed_back);
  if (!reaches_amount_due(order.terms, order.money, c)) return only(c, PaymentEffect::underpays);
  NewEvents events;
  bind_at_first_purchase(events, order.terms.member, states.first_purchase, c.occurred_at);
  auto payment = received(c, PaymentEffect::pays);
  payment.chain = frozen_chain(states.plan, states.upline);
  if (states.first_purchase.is_first) payment.first_purchase = order.terms.member;
  events.push_back({stream_of(c.order), c.occurred_at, std::move(payment)});
  hand_over(events, states, order.terms, source, c, std::max(order.paid_at, c.occurred_at));
  return events;
}

Decision pay_again(const PaymentStates& states, const PayOrder& c) {
  const auto& known = *states.known;
  if (known.order == c.order && known.amount == c.amount && known.currency == c.currency) return Decision{};
  if (states.mismatch_recorded) return refuse(Reason::payment_mismatch, c.payment.value);
  if (!is_well_formed_id(c.order.value)) return refuse(Reason::invalid_id, "order");
  if (!is_well_formed_currency(c.currency.code)) return refuse(Reason::invalid_currency, c.currency.code);
  return NewEvents{
      {stream_of(known.order), c.occurred_at, PaymentMismatched{c.payment, c.order, c.amount, c.currency}}};
}

std::expected<void, Rejection> check(const PaymentStates& states, const PayOrder& c) {
  if (!is_well_formed_id(c.payment.value)) return refuse(Reason::invalid_id, "payment");
  if (std::holds_alternative<NoOrder>(states.order)) return refuse(Reason::unknown_order, c.order.value);
  if (c.amount.value <= 0) return refuse(Reason::invalid_amount, c.payment.value);
  if (!is_well_formed_currency(c.currency.code)) return refuse(Reason::invalid_currency, c.currency.code);
  if (!is_plain_text(c.channel, channel_bytes_max)) return refuse(Reason::invalid_text, "channel");
  if (!with_added(states.turnover, c.currency, c.amount)) return refuse(Reason::amount_overflow, c.payment.value);
  return {};
}

}  // namespace

Decision decide(const PaymentStates& states, const PayOrder& command) {
  if (states.known) return pay_again(states, command);
  if (auto checked = check(states, command); !checked) return std::unexpected(checked.error());
  return std::visit(Overloaded{
                        [&](const NoOrder&) -> Decision { return refuse(Reason::unknown_order, command.order.value); },
                        [&](const PlacedOrder& o) {
                          return pay(states, o, o.reserved > Quantity{} ? KeySource::reservation : KeySource::sale,
                                     command);
                        },
                        [&](const ExpiredOrder& o) { return pay(states, o, KeySource::sale, command); },
                        [&](const CancelledOrder&) { return only(command, PaymentEffect::owed_back); },
                        [&](const PaidOrder&) { return only(command, PaymentEffect::owed_back); },
                        [&](const DeliveredOrder&) { return only(command, PaymentEffect::owed_back); },
                    },
                    states.order);
}

}  // namespace upline::domain
