#include "domain/order.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace upline::domain {

namespace {

Order pay(Order state, const PaymentReceived& event) {
  auto& placed = std::get<PlacedOrder>(state);
  return PaidOrder{std::move(placed.terms), event.channel, event.chain, Minor{0}};
}

Order deliver(Order state) {
  auto& paid = std::get<PaidOrder>(state);
  return DeliveredOrder{std::move(paid.terms), std::move(paid.channel), paid.refunded, paid.refunded, {}};
}

Order refund(Order state, const OrderRefunded& event) {
  if (auto* paid = std::get_if<PaidOrder>(&state)) paid->refunded.value += event.amount.value;
  if (auto* delivered = std::get_if<DeliveredOrder>(&state)) delivered->refunded.value += event.amount.value;
  return state;
}

}  // namespace

std::string_view name(ForfeitReason reason) {
  switch (reason) {
    case ForfeitReason::suspended:
      return "suspended";
    case ForfeitReason::closed:
      return "closed";
  }
  std::unreachable();
}

Order evolve(Order state, const OrderEvent& event, Timestamp occurred_at) {
  return std::visit(Overloaded{
                        [&](const OrderPlaced& e) -> Order {
                          return PlacedOrder{{e.member, e.product, e.quantity, e.amount_due, e.currency, occurred_at}};
                        },
                        [&](const PaymentReceived& e) { return pay(std::move(state), e); },
                        [&](const KeysDelivered&) { return deliver(std::move(state)); },
                        [&](const OrderDelivered&) { return deliver(std::move(state)); },
                        [&](const CommissionForfeited&) { return std::move(state); },
                        [&](const CommissionWithheld&) { return std::move(state); },
                        [&](const OrderRefunded& e) { return refund(std::move(state), e); },
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
