// Settlements over HTTP: what an accountant does with `upline settle` on the command line.
#pragma once

#include "api/endpoint.hpp"
#include "api/router.hpp"

#include <vector>

namespace upline::api {

std::vector<Route<Endpoint>> settlement_routes();

}  // namespace upline::api
