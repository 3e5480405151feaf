// What is owed back to a buyer (an excess, a second payment, another currency, a late part) was paid back. No refund:
// the sale stands as it is.
#pragma once

#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/order.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"

#include <expected>
#include <optional>
#include <string>

namespace upline::domain {

struct ReturnPayment {
  ReturnId id{};
  OrderId order{};
  Minor amount{};  // above 0
  Currency currency{};
  std::string channel{};
  Timestamp occurred_at{};
};

/// The return that has this id already, if there is one.
struct KnownReturn {
  OrderId order{};
  PaymentReturned event{};
};

/// PaymentReturned. No events: this very return is there. Refusals come in the order: conflict, id, unknown order,
/// amount, channel, nothing owed, too large.
std::expected<NewEvents, Rejection> decide(const Order& state, const std::optional<KnownReturn>& known,
                                           const ReturnPayment& command);

}  // namespace upline::domain
