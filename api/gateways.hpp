// Where payment gateways report payments: a signature over the body stands in for an access token.
#pragma once

#include "api/endpoint.hpp"

#include <vector>

namespace upline::api {

std::vector<Route<Endpoint>> gateway_routes();

/// What is answered to whoever does not hold the secret; also where there is no such shop.
Response refuse_unknown_signer();

}  // namespace upline::api
