// A buyer orders, and the stock is held until the order is paid, expires or is cancelled.
#pragma once

#include "domain/delivery.hpp"
#include "domain/event.hpp"
#include "domain/fingerprint.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "domain/member.hpp"
#include "domain/money.hpp"
#include "domain/order.hpp"
#include "domain/policy.hpp"
#include "domain/product.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"

#include <cstddef>
#include <expected>
#include <optional>

namespace upline::domain {

struct PlaceOrder {
  OrderId order{};
  MemberId member{};
  ProductId product{};
  Quantity quantity{};
  std::optional<Fingerprint> address{};       // where it is placed from
  std::optional<SealedText> contact{};        // in the vault
  std::optional<Fingerprint> query_secret{};  // tells a repetition from another command; stands in no event
  Timestamp occurred_at{};
};

/// The states that the command touches, as they are when it is decided.
struct PlaceStates {
  const Order& order;
  const Member& buyer;
  const Product& product;
  const KeyPool& pool;
  const ReservationPolicy& policy;
  std::size_t open_of_buyer{};
  std::size_t open_from_address{};
  Quantity counted_units{};  // of the product, that count towards the buyer's limit
};

/// OrderPlaced; a gift (amount due 0) is paid and handed over at once. No events: this very order is there, in whatever
/// state. Refusals come in the order: conflict, id, unknown member, closed member, unknown product, retired, quantity,
/// amount, purchase limit, open orders, stock.
std::expected<NewEvents, Rejection> decide(const PlaceStates& states, const PlaceOrder& command);

}  // namespace upline::domain
