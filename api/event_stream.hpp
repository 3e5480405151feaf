// GET /v1/shops/{shop}/events/stream: the log as it grows, as Server-Sent Events.
#pragma once

#include "api/endpoint.hpp"

namespace upline::api {

/// Begins behind the position in `Last-Event-ID`, else in `after`, else at the present.
Response stream_events(ServedShop& shop, const Call& call);

}  // namespace upline::api
