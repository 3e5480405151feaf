// The orders that commands are decided on, in bounded caches. An order that was delivered is hardly asked for again,
// and with what it has earned for others it takes a kilobyte, twice what one that waits for its payment does: so fewer
// of them are kept.
#pragma once

#include "domain/order.hpp"
#include "eventstore/bounded_cache.hpp"

#include <cstddef>
#include <utility>
#include <variant>

namespace upline::eventstore {

class OrderCache {
 public:
  /// At least so many of those that were used last, at most twice.
  OrderCache(std::size_t waiting_max, std::size_t delivered_max) : waiting_(waiting_max), delivered_(delivered_max) {}

  /// The order, or null. Valid until the next call.
  domain::Order* find(const domain::OrderId& id) {
    if (auto* order = waiting_.find(id)) return order;
    return delivered_.find(id);
  }

  /// What find() has just not found.
  domain::Order& add(const domain::OrderId& id, domain::Order order) {
    return (is_delivered(order) ? delivered_ : waiting_).add(id, std::move(order));
  }

  /// An order that begins.
  void put(const domain::OrderId& id, domain::Order order) { waiting_.put(id, std::move(order)); }

  /// Nothing happens to an order that is not here.
  template <class Step>
  void change(const domain::OrderId& id, Step step) {
    if (auto* waiting = waiting_.find(id)) {
      *waiting = step(std::move(*waiting));
      if (is_delivered(*waiting)) waiting_.hand_over(id, delivered_);
    } else if (auto* delivered = delivered_.find(id)) {
      *delivered = step(std::move(*delivered));
    }
  }

  void clear() {
    waiting_.clear();
    delivered_.clear();
  }

  std::size_t size() const { return waiting_.size() + delivered_.size(); }

 private:
  static bool is_delivered(const domain::Order& order) { return std::holds_alternative<domain::DeliveredOrder>(order); }

  BoundedCache<domain::OrderId, domain::Order> waiting_;
  BoundedCache<domain::OrderId, domain::Order> delivered_;
};

}  // namespace upline::eventstore
