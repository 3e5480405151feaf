// What is to happen at a known time: reservations that end, and batches that go on sale. Whoever holds the pen next
// carries out what is due before anything else, so a command never sees a reservation that is over.
#pragma once

#include "domain/event.hpp"
#include "domain/fingerprint.hpp"
#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace upline::domain {

/// An order that waits for its payment.
struct OpenOrder {
  MemberId member{};
  ProductId product{};
  Quantity quantity{};
  Timestamp expires_at{};
  std::optional<Fingerprint> address{};
  bool operator==(const OpenOrder&) const = default;
};

using Batch = std::pair<ProductId, BatchId>;

struct DueExpiry {
  OrderId order{};
  Timestamp at{};
};
struct DueRelease {
  Batch batch{};
  Timestamp at{};
};
using Due = std::variant<DueExpiry, DueRelease>;

class Agenda {
 public:
  void open(const OrderId& id, OpenOrder order);
  /// The order was paid, cancelled or has expired; nothing where it was not open.
  std::optional<OpenOrder> close(const OrderId& id);
  void schedule(const Batch& batch, Timestamp at);
  void unschedule(const Batch& batch);

  const OpenOrder* find(const OrderId& id) const;
  std::optional<Timestamp> scheduled(const Batch& batch) const;
  std::size_t open_of(const MemberId& buyer) const;
  std::size_t open_from(const Fingerprint& address) const;
  std::size_t open_count() const { return orders_.size(); }

  /// Earliest first, at most `count`.
  std::vector<Due> due(Timestamp now, std::size_t count) const;
  /// When something is due next.
  std::optional<Timestamp> next() const;

  const std::unordered_map<OrderId, OpenOrder>& orders() const { return orders_; }
  const std::map<Batch, Timestamp>& releases() const { return releases_; }

 private:
  std::unordered_map<OrderId, OpenOrder> orders_;
  std::map<Batch, Timestamp> releases_;
  std::set<std::pair<Timestamp, OrderId>> expiries_;
  std::set<std::pair<Timestamp, Batch>> release_times_;
  std::unordered_map<MemberId, std::size_t> by_buyer_;
  std::unordered_map<Fingerprint, std::size_t> by_address_;
};

/// What changed by an event: the entries to be stored anew or dropped, and the order that closed.
struct AgendaChange {
  std::optional<OrderId> order{};
  std::optional<Batch> batch{};
  std::optional<OpenOrder> closed{};
};

/// Follows any event of the shop.
AgendaChange follow(Agenda& agenda, const RecordedEvent& recorded);

}  // namespace upline::domain
