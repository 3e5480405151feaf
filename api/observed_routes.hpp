// The names that requests are counted and logged under: the rows of the tables, the server's own paths, and one name
// for all the rest.
#pragma once

#include "api/metrics.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace upline::api {

/// The rows of the tables come first, at their own places.
std::vector<RouteName> observed_routes();

/// The place of one of the server's own paths; that of all the rest for any other path.
std::size_t own_route(std::string_view path);

/// Asked for by what watches the server, again and again.
bool is_for_monitoring(const RouteName& route);

}  // namespace upline::api
