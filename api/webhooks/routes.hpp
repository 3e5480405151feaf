// Where the merchant says to whom events are sent.
#pragma once

#include "api/endpoint.hpp"
#include "api/router.hpp"

#include <vector>

namespace upline::api {

std::vector<Route<Endpoint>> webhook_routes();

}  // namespace upline::api
