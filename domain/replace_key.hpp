// 换卡: a delivered key turned out bad. The order gets the next one in stock, and the bad one is revoked.
#pragma once

#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "domain/order.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <expected>
#include <string>

namespace upline::domain {

struct ReplaceKey {
  OrderId order{};
  std::uint64_t key{};  // its number in the product's pool
  std::string reason{};
  Timestamp occurred_at{};
};

/// KeyReplaced. No events: this key of this order was replaced before. Refusals come in the order: unknown order, not
/// delivered, key not held, refunded in full, reason, stock.
std::expected<NewEvents, Rejection> decide(const Order& state, const KeyPool& pool, const ReplaceKey& command);

}  // namespace upline::domain
