// What members earned, over HTTP: balances, entries, statements.
#pragma once

#include "api/endpoint.hpp"

#include <vector>

namespace upline::api {

std::vector<Route<Endpoint>> account_routes();

}  // namespace upline::api
