// An import of card keys: which of its secrets are new to the shop, and how those get into the vault.
#pragma once

#include "domain/event.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"
#include "eventstore/deciding.hpp"
#include "eventstore/request.hpp"
#include "eventstore/shop_state.hpp"
#include "eventstore/vault.hpp"

#include <cstddef>
#include <expected>
#include <vector>

namespace upline::eventstore {

struct KeyImport {
  std::expected<domain::NewEvents, domain::Rejection> decision{};
  std::vector<std::size_t> duplicates{};  // which secrets are left out; of a refused import, where they are the reason
};

/// Decides on the request's ImportKeys and its secrets, and seals the new ones into the vault's open transaction. A
/// refused import leaves nothing there.
KeyImport import_keys(const Request& request, ShopState& state, Vault& vault, const CodeSource& propose_code,
                      domain::Timestamp now);

}  // namespace upline::eventstore
