// What is asked most, in memory: every product's page, the newest orders, the stock, the referral tree, balances.
// Folded from the log's events, so that an answer is exactly the one of the position that it states.
#pragma once

#include "api/balance_memory.hpp"
#include "api/hot_read.hpp"
#include "api/tree_memory.hpp"
#include "domain/ids.hpp"
#include "domain/order.hpp"
#include "domain/product.hpp"
#include "eventstore/bounded_cache.hpp"
#include "eventstore/event_store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace upline::api {

/// Found from any thread; filled by one thread, the stock by another.
class HotMemory {
 public:
  struct Bounds {
    std::size_t products{10'000};  // those beyond are not held
    std::size_t orders{10'000};    // at least so many of the newest
    TreeMemory::Bounds tree{};
    BalanceMemory::Bounds balances{};
  };
  HotMemory() : HotMemory(Bounds{}) {}
  explicit HotMemory(Bounds bounds);

  /// Takes in what was appended since the last call; a long way in steps, each told of when it can be found. Throws
  /// what reading the log throws, and then holds nothing.
  void follow(eventstore::EventStore& log, const std::function<void()>& after_step = {});

  /// As the read models have it at this position, or a later one.
  void put_stock(HotAnswer stock);

  /// True where memory is as new as the read asks, or will not have it however long it is waited for.
  bool has_reached(const HotRead& read) const;
  /// Nothing where memory is not as new as asked, or does not hold it.
  std::optional<HotAnswer> find(const HotRead& read) const;

  // For whoever fills them.
  TreeMemory& tree() { return tree_; }
  BalanceMemory& balances() { return balances_; }

 private:
  using SharedOrder = std::shared_ptr<const domain::Order>;
  using SharedProduct = std::shared_ptr<const domain::Product>;
  struct Changes;
  struct Found {
    domain::Position position{};
    std::string tag{};
    SharedOrder order{};
    SharedProduct product{};
  };

  void begin(eventstore::EventStore& log);
  void read_on(eventstore::EventStore& log, domain::Position last, Changes& changes);
  void take_in(Changes& changes, const domain::RecordedEvent& event);
  void publish(Changes changes, domain::Position position, std::string tag);
  void forget();
  SharedOrder held_order(const domain::OrderId& id) const;
  Found look_up(const HotRead& read) const;

  Bounds bounds_;
  mutable std::mutex mutex_;
  std::optional<domain::Position> position_{};  // of products and orders; none: nothing is held
  std::string tag_{};
  std::unordered_map<domain::ProductId, SharedProduct> products_;
  mutable eventstore::BoundedCache<domain::OrderId, SharedOrder> orders_;
  std::optional<HotAnswer> stock_{};
  TreeMemory tree_;
  BalanceMemory balances_;
};

}  // namespace upline::api
