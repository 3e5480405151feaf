// The keys of one product: counters and cursors, never a secret. A key is named by its ordinal in the pool, 1, 2, 3
// ... in the order of import; keys leave in the order of their release (FIFO by batch).
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/product.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <variant>
#include <vector>

namespace upline::domain {

/// Keys in one event, so that no event is giant; a batch may span many.
constexpr std::size_t keys_per_event_max = 1000;

/// Keyed hash of a secret: equal exactly for equal secrets, and useless to whoever lacks the shop's key.
struct Fingerprint {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Fingerprint&) const = default;
};

/// First half of the SHA-256 of a secret's ciphertext: shows whether the vault still holds what was imported.
struct CiphertextDigest {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const CiphertextDigest&) const = default;
};

struct SealedKey {
  Fingerprint fingerprint{};
  CiphertextDigest digest{};
  bool operator==(const SealedKey&) const = default;
};

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
  bool release{};  // for sale at once
  Timestamp occurred_at{};
};

// Events, in the stream `pool/<product>`

struct KeysImported {
  BatchId batch{};
  std::uint64_t first{};
  std::vector<SealedKey> keys{};
  bool operator==(const KeysImported&) const = default;
};

struct KeysReleased {
  KeyRange keys{};
  bool operator==(const KeysReleased&) const = default;
};

using KeyPoolEvent = std::variant<KeysImported, KeysReleased>;

/// In the stream of the order that the keys went to; the pool's state follows it as well.
struct KeysDelivered {
  ProductId product{};
  std::vector<KeyRange> keys{};
  bool shared{};  // a reusable key: handed out, and still for sale
  bool operator==(const KeysDelivered&) const = default;
};

// State

/// imported = unreleased + released + reserved + delivered + revoked, at every position.
struct KeyPool {
  std::uint64_t imported{};
  std::uint64_t unreleased{};
  std::uint64_t released{};
  std::uint64_t reserved{};
  std::uint64_t delivered{};
  std::uint64_t revoked{};
  std::vector<KeyRange> for_sale{};  // released and neither reserved nor sold, in the order of leaving
  bool operator==(const KeyPool&) const = default;
};

/// Events for the keys given, all of which are new.
std::expected<std::vector<KeyPoolEvent>, Rejection> decide(const KeyPool& state, const ImportKeys& command,
                                                           const Product& product);
KeyPool evolve(KeyPool state, const KeyPoolEvent& event);
KeyPool evolve(KeyPool state, const KeysDelivered& event);

/// The keys that an order of this many units gets, or nothing when there are too few. A reusable product hands out
/// its oldest released key, once, whatever the quantity.
std::optional<std::vector<KeyRange>> next_keys(const KeyPool& pool, Fulfilment fulfilment, Quantity quantity);

}  // namespace upline::domain
