// What the merchant looks at, over HTTP: sales over time, the inventory.
#pragma once

#include "api/endpoint.hpp"

#include <vector>

namespace upline::api {

std::vector<Route<Endpoint>> report_routes();

}  // namespace upline::api
