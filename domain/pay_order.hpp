// A payment arrives: in time, in part, late, twice, in another currency, or again with another content. Money that came
// in is recorded whatever it is for; what is not needed is owed back.
#pragma once

#include "domain/delivery.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "domain/money.hpp"
#include "domain/order.hpp"
#include "domain/product.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"
#include "domain/turnover.hpp"

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace upline::domain {

struct PayOrder {
  PaymentId payment{};
  OrderId order{};
  Minor amount{};  // above 0
  Currency currency{};
  std::string channel{};
  Timestamp occurred_at{};
};

/// The payment that has this id already, if there is one. Gateways retry with other times and channels.
struct KnownPayment {
  OrderId order{};
  Minor amount{};
  Currency currency{};
};

struct PaymentStates {
  const Order& order;
  const std::optional<KnownPayment>& known;
  bool mismatch_recorded{};  // with this very content, before
  const Product& product;
  const KeyPool& pool;
  const Turnover& turnover;
  const std::optional<PlanInForce>& plan;
  const std::vector<UplineMember>& upline;  // level 1 first, as far as the plan reaches
  FirstPurchase first_purchase{};
};

/// PaymentReceived; where it reaches the amount due also ReferrerBound (ahead), KeysDelivered or OrderDelivered with
/// the commission, or StockAwaited. PaymentMismatched alone where the id came with another content. No events: this
/// very payment is there. Refusals come in the order: payment mismatch recorded before, ids, unknown order, amount,
/// currency, channel, overflow.
std::expected<NewEvents, Rejection> decide(const PaymentStates& states, const PayOrder& command);

}  // namespace upline::domain
