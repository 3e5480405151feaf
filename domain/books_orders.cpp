#include "domain/books_orders.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace upline::domain {

namespace {

using Finding = std::optional<std::string>;
using Stage = BookedOrder::Stage;

std::string text(Minor amount) { return std::to_string(amount.value); }

bool is_unpaid(const BookedOrder& order) { return order.stage == Stage::placed || order.stage == Stage::expired; }

bool is_paid(const BookedOrder& order) { return order.stage == Stage::paid || order.stage == Stage::delivered; }

/// What is owed back of the order's own currency.
Minor owed(const BookedOrder& order) {
  if (is_paid(order)) return {order.received.value - order.amount_due.value - order.returned.value};
  return order.stage == Stage::placed ? Minor{} : order.received;
}

}  // namespace

BookedOrder& BookedOrders::order(const std::string& id) {
  if (last_order_ == nullptr || last_order_->first != id) last_order_ = &*orders_.try_emplace(id).first;
  return last_order_->second;
}

OrderInBooks BookedOrders::in_books(const BookedOrder& order) const {
  return {names_.text(order.product), names_.text(order.channel), names_.text(order.currency),
          Minor{order.amount_due.value - order.refunded.value}, order.stage == Stage::delivered};
}

Finding BookedOrders::place(BookedOrder& order, const RecordedEvent& recorded, const OrderPlaced& event) {
  if (event.amount_due < Minor{0}) return "the amount due is below 0";
  if (event.quantity.value < 1 || event.quantity.value > quantity_max) return "the quantity is out of range";
  order.stage = Stage::placed;
  order.amount_due = event.amount_due;
  order.quantity = static_cast<std::uint32_t>(event.quantity.value);
  order.buyer = names_.number_of(event.member.value);
  order.product = names_.number_of(event.product.value);
  order.currency = names_.number_of(event.currency.code);
  order.paid_at = recorded.occurred_at;
  order.is_live = event.expires_at.has_value();
  order.expires_at = event.expires_at.value_or(recorded.occurred_at);
  order.reserves = event.reserved > Quantity{};
  if (order.is_live && order.amount_due > Minor{0}) return std::nullopt;
  settling_ = Settling{.missing = Missing::payment, .order = OrderId{recorded.stream.id}};
  return std::nullopt;
}

Finding BookedOrders::pay(BookedOrder& order, const RecordedEvent& recorded, const PaymentReceived& event) {
  if (event.amount < Minor{0}) return "the payment is below 0";
  if (event.payment && event.amount == Minor{0}) return "a payment of nothing is received";
  if (auto found = receive(order, recorded, event)) return found;
  if (auto found = check_effect(order, event)) return found;
  if (event.effect == PaymentEffect::pays) {
    order.stage = Stage::paid;
    order.channel = names_.number_of(event.channel);
  } else if (event.chain || event.first_purchase) {
    return "a payment that does not pay the order freezes a chain, or is a first purchase";
  } else if (is_missing(Missing::payment)) {
    return what_is_missing();
  }
  settling_.reset();
  return std::nullopt;
}

Finding BookedOrders::receive(BookedOrder& order, const RecordedEvent& recorded, const PaymentReceived& event) {
  const bool is_own_currency = event.currency.code == names_.text(order.currency);
  auto& sum = is_own_currency ? order.received : elsewhere_[{recorded.stream.id, event.currency.code}];
  const auto received = checked_sum(sum, event.amount);
  if (!received) return "the payments do not fit 64 bits";
  sum = *received;
  if (is_own_currency && is_unpaid(order)) order.paid_at = std::max(order.paid_at, recorded.occurred_at);
  return std::nullopt;
}

/// Needs the payment to be received.
Finding BookedOrders::check_effect(const BookedOrder& order, const PaymentReceived& event) const {
  auto effect = PaymentEffect::owed_back;
  if (is_unpaid(order) && event.currency.code == names_.text(order.currency)) {
    effect = order.received >= order.amount_due ? PaymentEffect::pays : PaymentEffect::underpays;
  }
  if (event.effect == effect) return std::nullopt;
  return "the payment is told as '" + std::string(name(event.effect)) + "', where " + text(order.received) + " of " +
         text(order.amount_due) + " received make it '" + std::string(name(effect)) + "'";
}

Minor* BookedOrders::owed_elsewhere(const RecordedEvent& recorded, const Currency& currency) {
  const auto known = elsewhere_.find({recorded.stream.id, currency.code});
  return known == elsewhere_.end() ? nullptr : &known->second;
}

Finding BookedOrders::return_payment(BookedOrder& order, const RecordedEvent& recorded, const PaymentReturned& event) {
  const bool is_own_currency = event.currency.code == names_.text(order.currency);
  auto* elsewhere = owed_elsewhere(recorded, event.currency);
  const auto left = is_own_currency ? owed(order) : elsewhere != nullptr ? *elsewhere : Minor{};
  if (event.amount <= Minor{0}) return "nothing is returned";
  if (event.amount > left) return text(event.amount) + " are returned where " + text(left) + " are owed back";
  if (!is_own_currency) {
    elsewhere->value -= event.amount.value;
  } else if (is_paid(order)) {
    order.returned.value += event.amount.value;
  } else {
    order.received.value -= event.amount.value;
  }
  return std::nullopt;
}

Finding BookedOrders::expire(BookedOrder& order, const RecordedEvent& recorded) {
  if (order.stage != Stage::placed) return "an order expires that waits for no payment";
  if (recorded.occurred_at != order.expires_at) return "the order does not expire when its time is over";
  order.stage = Stage::expired;
  return std::nullopt;
}

Finding BookedOrders::cancel(BookedOrder& order) {
  if (order.stage != Stage::placed) return "an order is cancelled that waits for no payment";
  order.stage = Stage::cancelled;
  return std::nullopt;
}

void BookedOrders::await_handing_over(const OrderId& order) {
  settling_ = Settling{.missing = Missing::handing_over, .order = order};
}

Finding BookedOrders::await_stock(const BookedOrder& order) {
  if (!is_missing(Missing::handing_over) || !order.is_live) return "an order waits for stock that was not just paid";
  settling_.reset();
  return std::nullopt;
}

Finding BookedOrders::leave_queue() {
  if (!is_missing(Missing::leaving_queue)) return "an order stops waiting that was not just refunded";
  settling_.reset();
  return std::nullopt;
}

Finding BookedOrders::deliver(BookedOrder& order, const RecordedEvent& recorded) {
  if (order.stage == Stage::delivered) return "the order is delivered twice";
  if (order.stage != Stage::paid) {
    return "the amount received (" + text(order.received) + ") is below the amount due (" + text(order.amount_due) +
           ")";
  }
  if (order.refunded == order.amount_due && order.refunded > Minor{0}) return "a refunded order is delivered";
  const bool is_at_once = is_missing(Missing::handing_over);
  if (recorded.occurred_at < order.paid_at || (is_at_once && recorded.occurred_at != order.paid_at)) {
    return "the delivery is not dated when the order was paid";
  }
  order.stage = Stage::delivered;
  order.delivered_at = recorded.occurred_at;
  order.refunded_before_delivery = order.refunded;
  settling_.reset();
  if (const auto earning_levels = share_out(order); earning_levels > 0) {
    settling_ = Settling{.missing = Missing::commissions,
                         .order = OrderId{recorded.stream.id},
                         .occurred_at = recorded.occurred_at,
                         .levels_left = earning_levels};
  }
  return std::nullopt;
}

Finding BookedOrders::refund(BookedOrder& order, const RecordedEvent& recorded, const OrderRefunded& event) {
  if (event.amount <= Minor{0}) return "the refund is not above 0";
  if (!is_paid(order)) return "the order is refunded before it is paid";
  const Minor left{order.amount_due.value - order.refunded.value};
  if (event.amount > left) {
    return "a refund of " + text(event.amount) + " exceeds the " + text(left) + " left of the amount due";
  }
  order.refunded.value += event.amount.value;
  last_refund_ = Refund{OrderId{recorded.stream.id}, event.refund};
  return settle_refund(order, recorded, event);
}

Finding BookedOrders::settle_refund(BookedOrder& order, const RecordedEvent& recorded, const OrderRefunded& event) {
  Settling settling{.order = OrderId{recorded.stream.id}, .refund = event.refund, .occurred_at = recorded.occurred_at};
  if (order.stage != Stage::delivered) {
    settling.missing = Missing::leaving_queue;
    if (order.awaits_stock && order.refunded == order.amount_due) settling_ = settling;
    return std::nullopt;
  }
  settling.missing = Missing::reversals;
  settling.levels_left = levels_above_target(order);
  if (settling.levels_left == 0) return check_cap(order);
  settling_ = settling;
  return std::nullopt;
}

Finding BookedOrders::check_revocation(const RecordedEvent& recorded, const DeliveredKeysRevoked& event) const {
  const bool follows =
      last_refund_ && last_refund_->order.value == recorded.stream.id && last_refund_->refund == event.refund;
  if (!follows) return "the keys are revoked by no refund";
  return std::nullopt;
}

bool BookedOrders::settles(const RecordedEvent& recorded) const {
  const auto missing = settling_->missing;
  const bool in_stream = recorded.stream.id == settling_->order.value;
  const bool hands_over = missing == Missing::handing_over && in_stream;
  return std::visit(
      Overloaded{
          [](const auto&) { return false; },
          [&](const PaymentReceived&) { return missing == Missing::payment && in_stream; },
          [&](const KeysDelivered&) { return hands_over; },
          [&](const OrderDelivered&) { return hands_over; },
          [&](const StockAwaited&) { return hands_over; },
          [&](const CommissionAccrued& e) { return missing == Missing::commissions && e.order == settling_->order; },
          [&](const CommissionForfeited&) { return missing == Missing::commissions && in_stream; },
          [&](const CommissionReversed& e) { return missing == Missing::reversals && e.order == settling_->order; },
          [&](const StockNoLongerAwaited&) { return missing == Missing::leaving_queue && in_stream; },
      },
      recorded.event);
}

std::string BookedOrders::what_is_missing() const {
  const auto order = "order " + settling_->order.value;
  const auto left = settling_->levels_left;
  const auto levels = std::to_string(left) + (left == 1 ? " level" : " levels") + " of " + order;
  switch (settling_->missing) {
    case Missing::payment:
      return order + " is placed as paid, and its payment is missing";
    case Missing::handing_over:
      return order + " is paid, and neither delivered nor waiting for stock";
    case Missing::commissions:
      return levels + " neither earned nor forfeited " + (left == 1 ? "its" : "their") + " share of the delivery";
    case Missing::reversals:
      return levels + " kept more than refund " + settling_->refund->value + " leaves " + (left == 1 ? "it" : "them");
    case Missing::leaving_queue:
      return order + " is refunded, and still waits for stock";
  }
  std::unreachable();
}

}  // namespace upline::domain
