// Paying an order back, in part or whole, by the shop or by the channel, and taking back the commissions it earned.
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

struct RefundOrder {
  RefundId refund{};
  OrderId order{};
  Minor amount{};  // above 0, in the order's currency
  std::string reason{};
  RefundKind kind{RefundKind::refund};
  bool revoke_keys{};  // the keys that the order holds are void from now on
  Timestamp occurred_at{};
  bool dated{true};  // false: the caller named no time, so a repetition is the same at any time
};

/// The refund that has this id already, if there is one.
struct KnownRefund {
  OrderId order{};
  OrderRefunded event{};
  Timestamp occurred_at{};
};

/// OrderRefunded, one CommissionReversed for each level that gives something back, DeliveredKeysRevoked where asked
/// for, StockNoLongerAwaited where a waiting order is paid back in full. No events: this very refund is there. Refusals
/// come in the order: conflict, id, unknown order, not paid, amount, too large, reason.
std::expected<NewEvents, Rejection> decide(const Order& state, const std::optional<KnownRefund>& known,
                                           const RefundOrder& command);

}  // namespace upline::domain
