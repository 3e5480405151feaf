// Where a request comes from, when a proxy stands in between.
#pragma once

#include "api/http.hpp"

#include <string>

namespace upline::api {

/// The last element of X-Forwarded-For, which the proxy added itself: those before it are the client's word. The
/// proxy's own address where it is none.
std::string client_address(const Request& request);

}  // namespace upline::api
