// What a caller may do: one rule for every route, since each row of the tables says whom it is for.
#pragma once

#include "api/caller.hpp"
#include "api/endpoint.hpp"
#include "api/router.hpp"

#include <optional>

namespace upline::api {

/// 403 where the route is not for the caller's role. A promoter is shown its own member only: to it there is no other
/// (404), and a route without a member is not for it, whatever its row says.
std::optional<Response> refuse(const Caller& caller, const Route<Endpoint>& route, const Parameters& path);

}  // namespace upline::api
