// A path outside the table of routes, such as /livez: it has one method, no parameters, and takes HEAD and OPTIONS as
// every other.
#pragma once

#include "api/http.hpp"

#include <functional>

namespace upline::api {

/// What `make` answers to GET and HEAD; 204 with Allow to OPTIONS; 405 to other methods, 400 to a query.
Response answer_fixed(const Request& request, const std::function<Response()>& make);

}  // namespace upline::api
