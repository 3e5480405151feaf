// What the shop does by itself: expiries, scheduled releases, and deliveries to those who wait for keys. Says which
// events those are; the command handler appends them.
#pragma once

#include "domain/agenda.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "eventstore/deciding.hpp"
#include "eventstore/shop_state.hpp"

namespace upline::eventstore {

/// Expired reservations free their keys, and batches go on sale, each dated when it was due; the states are loaded.
/// Nothing where a stream cannot be read: that is told to whoever asks for it, and stops nobody else.
domain::NewEvents due_events(ShopState& state, const domain::Due& due, domain::Timestamp now);

/// Of the first in the product's queue. Nothing where there are too few keys for it, and where a stream cannot be read:
/// whoever stands behind waits all the same.
domain::NewEvents next_delivery(ShopState& state, const domain::ProductId& id, domain::Timestamp at,
                                const CodeSource& propose_code);

}  // namespace upline::eventstore
