// What is sold and where the keys are, replayed: prices, pools, queues, and the keys that each order holds.
#pragma once

#include "domain/books_keys.hpp"
#include "domain/books_names.hpp"
#include "domain/books_order.hpp"
#include "domain/event.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace upline::domain {

struct BookedProduct {
  Minor unit_price{};
  Name currency{};
  std::optional<Name> plan{};
  Fulfilment fulfilment{};
  bool is_retired{};
};

/// Each call answers nothing, or what is broken, as a part of a sentence. Cost: as BookedKeys; of revoking and
/// replacing, linear in the ranges of keys that the order holds; of leaving the queue, in those that wait.
class BookedStock {
 public:
  explicit BookedStock(BookNames& names) : names_(names) {}

  void add(Name product, const ProductAdded& event);
  BookedProduct* find(Name product);
  BookedKeys& pool(Name product) { return pools_[product.value].keys; }

  std::optional<std::string> import(Name product, const KeysImported& event);
  std::optional<std::string> schedule(Name product, const RecordedEvent& recorded, const ReleaseScheduled& event);
  std::optional<std::string> end_schedule(Name product, const ScheduleEnded& event);

  std::optional<std::string> place(const BookedOrder& order, const RecordedEvent& recorded, const OrderPlaced& event);

  /// The order ended unpaid.
  std::optional<std::string> free(BookedOrder& order, const ProductId& product, Quantity freed);

  std::optional<std::string> deliver(BookedOrder& order, const RecordedEvent& recorded, const KeysDelivered& event);
  std::optional<std::string> deliver_without_keys(const BookedOrder& order);
  std::optional<std::string> await(BookedOrder& order, const RecordedEvent& recorded, const StockAwaited& event);
  std::optional<std::string> leave_queue(BookedOrder& order, const RecordedEvent& recorded,
                                         const StockNoLongerAwaited& event);
  std::optional<std::string> replace(BookedOrder& order, const KeyReplaced& event);
  std::optional<std::string> revoke(BookedOrder& order, const DeliveredKeysRevoked& event);

  KeyCounts counts(Name product) const;

 private:
  struct Pool {
    BookedKeys keys{};
    std::uint64_t units_waiting{};                 // of the orders in the queue
    std::deque<std::string> queue{};               // orders, in the order of their payment
    std::map<std::string, Timestamp> scheduled{};  // by batch
  };

  std::optional<std::string> deliver_keys(BookedOrder& order, const KeysDelivered& event);
  void hold(BookedOrder& order, const std::vector<KeyRange>& keys);
  std::vector<KeyRange> held(const BookedOrder& order) const;

  BookNames& names_;
  std::unordered_map<std::uint32_t, BookedProduct> products_;
  std::unordered_map<std::uint32_t, Pool> pools_;  // by product
  std::deque<KeyRange> held_;                      // of all orders; what an order held before a replacement stays
};

}  // namespace upline::domain
