// Members over HTTP: enrolment, referrers, clicks, standing; upline, downline, balances, entries, audit.
#pragma once

#include "api/endpoint.hpp"

#include <vector>

namespace upline::api {

std::vector<Route<Endpoint>> member_routes();

}  // namespace upline::api
