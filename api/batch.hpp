// Many commands in one request: NDJSON, one command a line, one result a line. Each stands alone.
#pragma once

#include "api/endpoint.hpp"

#include <cstddef>
#include <vector>

namespace upline::api {

constexpr std::size_t batch_lines_max = 1000;

std::vector<Route<Endpoint>> batch_routes();

}  // namespace upline::api
