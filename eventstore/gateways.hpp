// Payment gateways that may report payments to a shop's server: each signs with a secret of its own, which lies in the
// vault and nowhere else.
#pragma once

#include "domain/time.hpp"
#include "eventstore/vault.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace upline::eventstore {

/// 1 to 32 of `A-Z a-z 0-9 . _ -`.
bool is_well_formed_gateway_name(std::string_view name);

struct Gateway {
  std::string name{};
  domain::Timestamp created_at{};
};

/// Makes a gateway with a random secret, and answers the secret. Nothing where there is a gateway of that name. All of
/// these throw what the vault throws.
std::optional<std::string> create_gateway(Vault& vault, const std::string& name, domain::Timestamp now);

/// In the order of names.
std::vector<Gateway> gateways(Vault& vault);

/// Destroys its secret. False where there is none of that name.
bool revoke_gateway(Vault& vault, const std::string& name);

/// What it signs with; nothing where there is no such gateway (any more). Reads the vault, so a change by another
/// process is seen at once. About 20 microseconds.
std::optional<std::string> gateway_secret(Vault& vault, const std::string& name);

}  // namespace upline::eventstore
