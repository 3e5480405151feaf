#include "domain/cancel_order.hpp"

#include "domain/overloaded.hpp"

namespace upline::domain {

namespace {

using Decision = std::expected<NewEvents, Rejection>;

Decision cancel(const PlacedOrder& order, const CancelOrder& c) {
  if (!is_plain_text(c.reason, reason_bytes_max)) return refuse(Reason::invalid_text, "reason");
  return NewEvents{{stream_of(c.order), c.occurred_at, OrderCancelled{order.terms.product, order.reserved, c.reason}}};
}

}  // namespace

Decision decide(const Order& state, const CancelOrder& command) {
  const auto& id = command.order.value;
  return std::visit(Overloaded{
                        [&](const NoOrder&) -> Decision { return refuse(Reason::unknown_order, id); },
                        [&](const PlacedOrder& o) { return cancel(o, command); },
                        [&](const ExpiredOrder&) -> Decision { return refuse(Reason::order_expired, id); },
                        [&](const CancelledOrder&) { return Decision{}; },
                        [&](const PaidOrder&) -> Decision { return refuse(Reason::already_paid, id); },
                        [&](const DeliveredOrder&) -> Decision { return refuse(Reason::already_paid, id); },
                    },
                    state);
}

NewEvents expire(const Order& state, const OrderId& order, Timestamp now) {
  const auto* placed = std::get_if<PlacedOrder>(&state);
  if (placed == nullptr || placed->expires_at > now) return {};
  return {{stream_of(order), placed->expires_at, OrderExpired{placed->terms.product, placed->reserved}}};
}

}  // namespace upline::domain
