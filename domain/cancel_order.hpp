// An unpaid order ends: because somebody says so, or because its time is over. The keys that it held are free.
#pragma once

#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/order.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"

#include <expected>
#include <string>

namespace upline::domain {

struct CancelOrder {
  OrderId order{};
  std::string reason{};  // may be empty
  Timestamp occurred_at{};
};

/// OrderCancelled; what was paid in part is owed back. No events: cancelled before. Refusals come in the order: unknown
/// order, expired, paid, reason.
std::expected<NewEvents, Rejection> decide(const Order& state, const CancelOrder& command);

/// OrderExpired, dated at the end of the reservation, where the order still waits and its time is over; else nothing.
NewEvents expire(const Order& state, const OrderId& order, Timestamp now);

}  // namespace upline::domain
