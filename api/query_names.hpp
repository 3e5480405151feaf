// Which parameters a route's query may have: those that its row names, and those that every read takes. Any other is
// refused, so that a name that is written wrong is not passed over in silence.
#pragma once

#include "api/endpoint.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace upline::api {

std::vector<std::string_view> query_names_of(const Endpoint& endpoint);

/// 400 for the first parameter that the route has not; nothing when all is well.
std::optional<Response> refuse_unknown_query(const Endpoint& endpoint, const Parameters& query);

}  // namespace upline::api
