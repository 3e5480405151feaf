// What the accountant takes away, over HTTP: reports of the double entry, and the journal as a file.
#pragma once

#include "api/endpoint.hpp"

#include <vector>

namespace upline::api {

std::vector<Route<Endpoint>> journal_routes();

}  // namespace upline::api
