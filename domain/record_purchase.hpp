// Placing, paying and delivering in one command: for imports, and for storefronts that did the rest themselves.
#pragma once

#include "domain/delivery.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "domain/member.hpp"
#include "domain/money.hpp"
#include "domain/order.hpp"
#include "domain/plan.hpp"
#include "domain/product.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"
#include "domain/turnover.hpp"

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace upline::domain {

struct RecordPurchase {
  OrderId order{};
  MemberId member{};
  ProductId product{};
  Quantity quantity{};
  Minor amount{};  // of the whole order, whatever the list price; 0 is a gift
  Currency currency{};
  std::string channel{};
  Timestamp occurred_at{};
  bool dated{true};  // false: the caller named no time, so a repetition is the same at any time
};

/// The states that the command touches, as they are when it is decided.
struct PurchaseStates {
  const Order& order;
  const Member& buyer;
  const Product& product;
  const KeyPool& pool;
  const Turnover& turnover;
  const std::optional<PlanInForce>& plan;
  const std::vector<UplineMember>& upline;  // level 1 first, as far as the plan reaches
  FirstPurchase first_purchase{};
};

/// ReferrerBound where this purchase binds, OrderPlaced, PaymentReceived, KeysDelivered or OrderDelivered, what was
/// forfeited, and one CommissionAccrued per earning level; or all of it refused. No events: this very purchase is
/// there. Refusals come in the order: conflict, id, unknown member, unknown product, currency, quantity, amount,
/// channel, stock, overflow.
std::expected<NewEvents, Rejection> decide(const PurchaseStates& states, const RecordPurchase& command);

}  // namespace upline::domain
