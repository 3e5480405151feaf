#include "domain/order.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace upline::domain {

namespace {

OrderTerms terms_from(const OrderPlaced& event, Timestamp occurred_at) {
  return {event.member, event.product, event.quantity, event.amount_due, event.currency, occurred_at};
}

/// Terms, money and time of the latest payment, of the states that can still be paid.
template <class Unpaid>
Order receive(Unpaid order, const PaymentReceived& event, Timestamp occurred_at) {
  if (event.currency != order.terms.currency) {
    order.money.elsewhere[event.currency].value += event.amount.value;
    return order;
  }
  order.money.received.value += event.amount.value;
  order.paid_at = std::max(order.paid_at, occurred_at);
  if (event.effect != PaymentEffect::pays) return order;
  return PaidOrder{.terms = std::move(order.terms),
                   .money = std::move(order.money),
                   .paid_at = order.paid_at,
                   .channel = event.channel,
                   .chain = event.chain};
}

void receive_more(const OrderTerms& terms, OrderMoney& money, const PaymentReceived& event) {
  auto& sum = event.currency == terms.currency ? money.received : money.elsewhere[event.currency];
  sum.value += event.amount.value;
}

Order pay(Order state, const PaymentReceived& event, Timestamp occurred_at) {
  return std::visit(Overloaded{
                        [](NoOrder&& o) -> Order { return o; },
                        [&](PlacedOrder&& o) { return receive(std::move(o), event, occurred_at); },
                        [&](ExpiredOrder&& o) { return receive(std::move(o), event, occurred_at); },
                        [&](auto&& o) -> Order {
                          receive_more(o.terms, o.money, event);
                          return std::move(o);
                        },
                    },
                    std::move(state));
}

/// An unpaid order gives its payments back; a paid one what exceeds the amount due.
void give_back(const OrderTerms& terms, OrderMoney& money, const PaymentReturned& event, bool is_paid) {
  if (event.currency != terms.currency) {
    money.elsewhere[event.currency].value -= event.amount.value;
  } else if (is_paid) {
    money.returned.value += event.amount.value;
  } else {
    money.received.value -= event.amount.value;
  }
}

Order return_payment(Order state, const PaymentReturned& event) {
  std::visit(Overloaded{
                 [](NoOrder&) {},
                 [&](PaidOrder& o) { give_back(o.terms, o.money, event, true); },
                 [&](DeliveredOrder& o) { give_back(o.terms, o.money, event, true); },
                 [&](auto& o) { give_back(o.terms, o.money, event, false); },
             },
             state);
  return state;
}

Order expire(Order state) {
  auto& placed = std::get<PlacedOrder>(state);
  return ExpiredOrder{std::move(placed.terms), std::move(placed.money), placed.paid_at};
}

Order cancel(Order state) {
  auto& placed = std::get<PlacedOrder>(state);
  return CancelledOrder{std::move(placed.terms), std::move(placed.money)};
}

DeliveredOrder deliver(Order state) {
  auto& paid = std::get<PaidOrder>(state);
  return {.terms = std::move(paid.terms),
          .money = std::move(paid.money),
          .channel = std::move(paid.channel),
          .refunded_before_delivery = paid.refunded,
          .refunded = paid.refunded};
}

Order refund(Order state, const OrderRefunded& event) {
  if (auto* paid = std::get_if<PaidOrder>(&state)) paid->refunded.value += event.amount.value;
  if (auto* delivered = std::get_if<DeliveredOrder>(&state)) delivered->refunded.value += event.amount.value;
  return state;
}

/// Takes one key out of the ranges that hold it.
void take_key(std::vector<KeyRange>& ranges, std::uint64_t key) {
  const auto holder =
      std::ranges::find_if(ranges, [&](const KeyRange& r) { return r.first <= key && key < r.first + r.count; });
  const KeyRange behind{key + 1, holder->first + holder->count - key - 1};
  holder->count = key - holder->first;
  const auto place = holder->count == 0 ? ranges.erase(holder) : holder + 1;
  if (behind.count > 0) ranges.insert(place, behind);
}

Order replace_key(Order state, const KeyReplaced& event) {
  auto& order = std::get<DeliveredOrder>(state);
  take_key(order.keys, event.old_key);
  order.keys.push_back({event.new_key, 1});
  order.replaced.push_back({event.old_key, event.new_key});
  return state;
}

}  // namespace

std::string_view name(PaymentEffect effect) {
  switch (effect) {
    case PaymentEffect::pays:
      return "pays";
    case PaymentEffect::underpays:
      return "underpays";
    case PaymentEffect::owed_back:
      return "owed-back";
  }
  std::unreachable();
}

std::string_view name(RefundKind kind) { return kind == RefundKind::refund ? "refund" : "chargeback"; }

std::string_view name(ForfeitReason reason) {
  switch (reason) {
    case ForfeitReason::suspended:
      return "suspended";
    case ForfeitReason::closed:
      return "closed";
  }
  std::unreachable();
}

namespace {

std::string_view refund_name(const OrderTerms& terms, Minor refunded, std::string_view otherwise) {
  if (refunded == Minor{0}) return otherwise;
  return refunded == terms.amount_due ? "refunded" : "partially_refunded";
}

}  // namespace

std::string_view state_name(const Order& order) {
  return std::visit(Overloaded{
                        [](const NoOrder&) -> std::string_view { return {}; },
                        [](const PlacedOrder& o) -> std::string_view {
                          return o.money.received == Minor{0} ? "placed" : "underpaid";
                        },
                        [](const ExpiredOrder&) -> std::string_view { return "expired"; },
                        [](const CancelledOrder&) -> std::string_view { return "cancelled"; },
                        [](const PaidOrder& o) {
                          if (o.refunded == o.terms.amount_due) return refund_name(o.terms, o.refunded, "paid");
                          return o.awaits_stock ? std::string_view("awaiting_stock") : std::string_view("paid");
                        },
                        [](const DeliveredOrder& o) { return refund_name(o.terms, o.refunded, "delivered"); },
                    },
                    order);
}

const OrderTerms* terms_of(const Order& order) {
  return std::visit(Overloaded{
                        [](const NoOrder&) -> const OrderTerms* { return nullptr; },
                        [](const auto& o) { return &o.terms; },
                    },
                    order);
}

const OrderMoney* money_of(const Order& order) {
  return std::visit(Overloaded{
                        [](const NoOrder&) -> const OrderMoney* { return nullptr; },
                        [](const auto& o) { return &o.money; },
                    },
                    order);
}

Minor owed_back(const Order& order, const Currency& currency) {
  const auto* terms = terms_of(order);
  if (terms == nullptr) return {};
  const auto& money = *money_of(order);
  if (currency != terms->currency) {
    const auto known = money.elsewhere.find(currency);
    return known == money.elsewhere.end() ? Minor{} : known->second;
  }
  return std::visit(
      Overloaded{
          [](const NoOrder&) { return Minor{}; },
          [](const PlacedOrder&) { return Minor{}; },  // waits for the rest
          [&](const ExpiredOrder&) { return money.received; },
          [&](const CancelledOrder&) { return money.received; },
          [&](const auto&) { return Minor{money.received.value - terms->amount_due.value - money.returned.value}; },
      },
      order);
}

Order evolve(Order state, const OrderEvent& event, Timestamp occurred_at) {
  return std::visit(Overloaded{
                        [&](const OrderPlaced& e) -> Order {
                          return PlacedOrder{.terms = terms_from(e, occurred_at),
                                             .expires_at = e.expires_at.value_or(occurred_at),
                                             .reserved = e.reserved,
                                             .paid_at = occurred_at};
                        },
                        [&](const PaymentReceived& e) { return pay(std::move(state), e, occurred_at); },
                        [&](const PaymentMismatched&) { return std::move(state); },
                        [&](const PaymentReturned& e) { return return_payment(std::move(state), e); },
                        [&](const OrderExpired&) { return expire(std::move(state)); },
                        [&](const OrderCancelled&) { return cancel(std::move(state)); },
                        [&](const StockAwaited&) {
                          std::get<PaidOrder>(state).awaits_stock = true;
                          return std::move(state);
                        },
                        [&](const StockNoLongerAwaited&) {
                          std::get<PaidOrder>(state).awaits_stock = false;
                          return std::move(state);
                        },
                        [&](const KeysDelivered& e) -> Order {
                          auto order = deliver(std::move(state));
                          order.keys = e.keys;
                          order.shared = e.shared;
                          return order;
                        },
                        [&](const OrderDelivered& e) -> Order {
                          auto order = deliver(std::move(state));
                          order.text = e.text;
                          return order;
                        },
                        [&](const CommissionForfeited&) { return std::move(state); },
                        [&](const CommissionWithheld&) { return std::move(state); },
                        [&](const OrderRefunded& e) { return refund(std::move(state), e); },
                        [&](const KeyReplaced& e) { return replace_key(std::move(state), e); },
                        [&](const DeliveredKeysRevoked&) {
                          std::get<DeliveredOrder>(state).keys.clear();
                          return std::move(state);
                        },
                    },
                    event);
}

Order evolve(Order state, const CommissionAccrued& entry, const MemberId& beneficiary, Timestamp occurred_at) {
  std::get<DeliveredOrder>(state).accruals.push_back(
      {beneficiary, entry.level, entry.plan, entry.rate, entry.amount, entry.amount, occurred_at, entry.available_at});
  return state;
}

Order evolve(Order state, const CommissionReversed& entry) {
  auto& accruals = std::get<DeliveredOrder>(state).accruals;
  const auto held = std::ranges::find(accruals, entry.level, &HeldAccrual::level);
  held->kept.value -= entry.amount.value;
  return state;
}

}  // namespace upline::domain
