// What is sold, over HTTP: products, plans, keys and stock.
#pragma once

#include "api/endpoint.hpp"

#include <vector>

namespace upline::api {

std::vector<Route<Endpoint>> catalogue_routes();

}  // namespace upline::api
