// States as they were at an earlier moment, where `as_of` asks for one.
#pragma once

#include "api/endpoint.hpp"
#include "domain/order.hpp"
#include "eventstore/stream_states.hpp"

#include <optional>

#include <nlohmann/json_fwd.hpp>

namespace upline::api {

/// Which events a state is made of; empty, which is all, without `as_of`.
eventstore::Counts counting(const Call& call, Reader& reader);

/// As eventstore::order_json() shows it; nothing where it was not placed by then.
std::optional<nlohmann::ordered_json> past_order_json(Reader& reader, const domain::OrderId& id,
                                                      const projections::AsOf& as_of);

/// The last position of the log that `as_of` sees: of a time, what was recorded by then.
domain::Position last_position(const Call& call, Reader& reader);

}  // namespace upline::api
