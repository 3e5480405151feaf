// An order's whole history: its own events, and the entries that they caused in the accounts of the upline.
#pragma once

#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/order.hpp"
#include "eventstore/event_store.hpp"

#include <functional>

namespace upline::eventstore {

/// The order that an account's entry belongs to; null for any other event.
const domain::OrderId* order_of_entry(const domain::Event& event);

/// Folds an event of an order's history.
domain::Order step_order(domain::Order state, const domain::RecordedEvent& event);

/// The order as the log has it now; NoOrder where there is none.
domain::Order read_order(EventStore& store, const domain::OrderId& order);

/// The order as it was when the log ended at this position.
domain::Order read_order(EventStore& store, const domain::OrderId& order, domain::Position until);

/// Visits the events in the order of the log. A command's events are adjacent, so the entries that an order's event
/// caused stand right behind it and need no index. Two look-ups an event, about 5 microseconds each.
void read_order_history(EventStore& store, const domain::OrderId& order,
                        const std::function<void(const domain::RecordedEvent&)>& visit);

}  // namespace upline::eventstore
