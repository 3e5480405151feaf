// A paid order that waited is delivered: by hand, or out of new stock. Its chain and plan are those that the payment
// froze; the members' standing is judged now.
#pragma once

#include "domain/delivery.hpp"
#include "domain/event.hpp"
#include "domain/fingerprint.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "domain/order.hpp"
#include "domain/product.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"

#include <expected>
#include <optional>
#include <vector>

namespace upline::domain {

struct DeliverOrder {
  OrderId order{};
  std::optional<SealedText> text{};  // what was delivered by hand: in the vault
  Timestamp occurred_at{};
};

struct DeliverStates {
  const Order& order;
  const Product& product;  // the order's
  const KeyPool& pool;
  const std::optional<PlanInForce>& plan;   // the version that the payment froze
  const std::vector<UplineMember>& upline;  // the frozen chain, with each member's standing now
  bool buyer_is_erased{};                   // asked only where there is a text to deliver
};

/// KeysDelivered or OrderDelivered, and the commission. No events: delivered before, with the same text. Refusals come
/// in the order: unknown order, not paid, conflict, refunded, text, a text for somebody who was erased, stock.
std::expected<NewEvents, Rejection> decide(const DeliverStates& states, const DeliverOrder& command);

}  // namespace upline::domain
