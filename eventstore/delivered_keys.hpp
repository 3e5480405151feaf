// What an order delivered, read again from the vault: the same keys at every repetition.
#pragma once

#include "domain/order.hpp"
#include "eventstore/vault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace upline::eventstore {

struct DeliveredKey {
  std::uint64_t number{};  // in its product's pool
  std::string secret{};
};

/// The keys that the order holds now: replaced and revoked ones are not among them. About 10 microseconds a key.
/// Throws where the vault lacks one.
std::vector<DeliveredKey> delivered_keys(Vault& vault, const domain::DeliveredOrder& order);

/// What was delivered by hand, or nothing.
std::optional<std::string> delivered_text(Vault& vault, const domain::OrderId& id, const domain::DeliveredOrder& order);

}  // namespace upline::eventstore
