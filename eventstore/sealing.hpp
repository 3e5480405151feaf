// What is private on its way into the vault, before the events that name it are appended. All of it belongs to the
// vault's open transaction.
#pragma once

#include "domain/event.hpp"
#include "eventstore/request.hpp"
#include "eventstore/shop_state.hpp"
#include "eventstore/vault.hpp"

namespace upline::eventstore {

/// Contacts and delivered texts go into the vault, and their digests into the events that name them; what a buyer finds
/// an order again with is kept, or dropped where the order was placed without.
void seal_texts(domain::NewEvents& events, const Request& request, ShopState& state, Vault& vault);

}  // namespace upline::eventstore
