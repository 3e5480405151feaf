// The keys of one product: counters and cursors, never a secret. A key is named by its ordinal in the pool, 1, 2, 3
// ... in the order of import; keys leave in the order of their release (FIFO by batch). An open order holds a number of
// keys, not certain ones: which they are is settled when they are delivered.
#pragma once

#include "domain/fingerprint.hpp"
#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/product.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace upline::domain {

/// Keys in one event, so that no event is giant; a batch may span many.
constexpr std::size_t keys_per_event_max = 1000;

/// Orders that one shared key may serve at most, where it has a limit.
constexpr std::uint32_t use_limit_max = 1'000'000;

/// The keys first, first + 1, ... first + count - 1 of a pool.
struct KeyRange {
  std::uint64_t first{};
  std::uint64_t count{};
  bool operator==(const KeyRange&) const = default;
};

// Commands

/// The keys of one batch (or a part of it) that are new to the shop, sealed in the vault already.
struct ImportKeys {
  ProductId product{};
  BatchId batch{};
  std::vector<SealedKey> keys{};
  bool release{};             // for sale at once
  std::uint32_t use_limit{};  // of a reusable product: units that one key serves; 0: no limit
  Timestamp occurred_at{};
};

/// What waits of a batch goes on sale: at once, or at a time that lies ahead.
struct ReleaseKeys {
  ProductId product{};
  BatchId batch{};
  std::optional<Timestamp> at{};
  Timestamp occurred_at{};
};

/// What is for sale of a batch is taken from sale again: at once what no open order needs, the rest as soon as it is
/// free.
struct WithdrawKeys {
  ProductId product{};
  BatchId batch{};
  std::string reason{};
  Timestamp occurred_at{};
};

/// Keys of a batch that turned out bad never go on sale (again): those that wait, those for sale that no open order
/// needs, and the rest as soon as it is free. Keys that were delivered are replaced or refunded with their order.
struct RevokeKeys {
  ProductId product{};
  BatchId batch{};
  std::string reason{};
  Timestamp occurred_at{};
};

using KeyPoolCommand = std::variant<ImportKeys, ReleaseKeys, WithdrawKeys, RevokeKeys>;

// Events, in the stream `pool/<product>`

struct KeysImported {
  BatchId batch{};
  std::uint64_t first{};
  std::vector<SealedKey> keys{};
  std::uint32_t use_limit{};
  bool operator==(const KeysImported&) const = default;
};

struct KeysReleased {
  KeyRange keys{};
  bool operator==(const KeysReleased&) const = default;
};

/// The batch goes on sale at this time, by whoever holds the pen next.
struct ReleaseScheduled {
  BatchId batch{};
  Timestamp at{};
  bool operator==(const ReleaseScheduled&) const = default;
};

/// The schedule is carried out, or has nothing left to release.
struct ScheduleEnded {
  BatchId batch{};
  bool operator==(const ScheduleEnded&) const = default;
};

struct KeysWithdrawn {
  std::vector<KeyRange> keys{};
  std::string reason{};
  BatchId batch{};
  bool operator==(const KeysWithdrawn&) const = default;
};

struct KeysRevoked {
  std::vector<KeyRange> unreleased{};
  std::vector<KeyRange> released{};
  std::string reason{};
  BatchId batch{};
  bool operator==(const KeysRevoked&) const = default;
};

using KeyPoolEvent =
    std::variant<KeysImported, KeysReleased, ReleaseScheduled, ScheduleEnded, KeysWithdrawn, KeysRevoked>;

// Events in the stream of an order, which the state of its pool follows as well

/// Where delivered keys come from. The numbers are stored; they never change.
enum class KeySource : std::uint8_t {
  sale = 1,         // free ones
  reservation = 2,  // those that the order held
  waiting = 3,      // free ones, for an order that stood in the queue
};

/// `sale`, `reservation`, `waiting`.
std::string_view name(KeySource source);

struct KeysDelivered {
  ProductId product{};
  std::vector<KeyRange> keys{};
  bool shared{};  // a reusable key: handed out, and still for sale until its limit is reached
  KeySource source{KeySource::sale};
  Quantity units{};  // how many units the order has: what a shared key's limit counts
  bool operator==(const KeysDelivered&) const = default;
};

/// A paid order waits in the queue of the product's pool, for keys.
struct StockAwaited {
  ProductId product{};
  Quantity quantity{};
  bool operator==(const StockAwaited&) const = default;
};

/// The waiting order was paid back in full.
struct StockNoLongerAwaited {
  ProductId product{};
  MemberId member{};
  Quantity quantity{};
  bool operator==(const StockNoLongerAwaited&) const = default;
};

/// 换卡: the order holds a key less and another one more.
struct KeyReplaced {
  ProductId product{};
  std::uint64_t old_key{};
  std::uint64_t new_key{};
  std::string reason{};
  bool operator==(const KeyReplaced&) const = default;
};

/// A refund took the keys back. They were seen, so they are never sold again.
struct DeliveredKeysRevoked {
  ProductId product{};
  RefundId refund{};
  std::vector<KeyRange> keys{};
  bool operator==(const DeliveredKeysRevoked&) const = default;
};

// State

/// Keys of one batch in a row.
struct StagedKeys {
  KeyRange keys{};
  BatchId batch{};
  std::uint32_t use_limit{};  // 0: none
  std::uint32_t used{};       // of the first of them
  bool operator==(const StagedKeys&) const = default;
};

/// What becomes of the keys of a batch that open orders still need. The numbers are stored; they never change.
enum class Leaving : std::uint8_t { withdrawn = 1, revoked = 2 };

struct WaitingOrder {
  OrderId order{};
  Quantity quantity{};
  bool operator==(const WaitingOrder&) const = default;
};

/// imported = unreleased + released + reserved + delivered + revoked, at every position.
struct KeyPool {
  std::uint64_t imported{};
  std::uint64_t unreleased{};
  std::uint64_t released{};
  std::uint64_t reserved{};
  std::uint64_t delivered{};
  std::uint64_t revoked{};
  std::vector<StagedKeys> waiting_for_release{};  // unreleased
  std::vector<StagedKeys> for_sale{};             // released and reserved, in the order of leaving
  std::map<BatchId, Timestamp> scheduled{};
  std::map<BatchId, Leaving> leaving{};  // batches that are taken from sale, and still have keys there
  std::vector<WaitingOrder> queue{};     // paid orders without keys, in the order of their payment
  bool operator==(const KeyPool&) const = default;
};

/// No events: already so. Refusals come in the order: unknown product, not a product with keys, ids, reason, keys.
std::expected<std::vector<KeyPoolEvent>, Rejection> decide(const KeyPool& state, const KeyPoolCommand& command,
                                                           const Product& product);

/// Of the batches that are taken from sale, what is free by now. Whoever appends asks this after every change of a
/// pool, until nothing is left to do.
std::vector<KeyPoolEvent> carry_on_leaving(const KeyPool& state);

/// What a schedule that is due leads to.
std::vector<KeyPoolEvent> carry_out_schedule(const KeyPool& state, const BatchId& batch);

KeyPool evolve(KeyPool state, const KeyPoolEvent& event);
KeyPool evolve(KeyPool state, const KeysDelivered& event, const OrderId& order);
KeyPool evolve(KeyPool state, const StockAwaited& event, const OrderId& order);
KeyPool evolve(KeyPool state, const StockNoLongerAwaited& event, const OrderId& order);
KeyPool evolve(KeyPool state, const KeyReplaced& event);
KeyPool evolve(KeyPool state, const DeliveredKeysRevoked& event);

/// An order holds this many keys from its placing on, until they are delivered or it ends.
KeyPool reserve(KeyPool state, Quantity quantity);
KeyPool free_reserved(KeyPool state, Quantity quantity);

/// The keys that an order of this many units gets, or nothing when there are too few. Keys of a batch that is being
/// taken from sale come last. A new sale leaves alone what the waiting orders are owed. A shared key without a limit
/// serves any number of units; with one, units are served by the oldest keys that have uses left.
std::optional<std::vector<KeyRange>> next_keys(const KeyPool& pool, Fulfilment fulfilment, Quantity quantity,
                                               KeySource source);

/// Keys that a new sale may take: free, and not owed to a waiting order.
std::uint64_t keys_to_sell(const KeyPool& pool);

/// The first of the queue, where there are keys for it.
std::optional<OrderId> next_to_deliver(const KeyPool& pool, Fulfilment fulfilment);

}  // namespace upline::domain
