// Orders over HTTP: place, pay, deliver, cancel, refund, return, replace; the order, its keys, its audit.
#pragma once

#include "api/endpoint.hpp"

#include <vector>

namespace upline::api {

std::vector<Route<Endpoint>> order_routes();

}  // namespace upline::api
