// The shop itself, over HTTP: its policy, its numbers, its events.
#pragma once

#include "api/endpoint.hpp"

#include <vector>

namespace upline::api {

std::vector<Route<Endpoint>> shop_info_routes();

}  // namespace upline::api
