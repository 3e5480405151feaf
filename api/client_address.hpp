// Where a request comes from, when a proxy stands in between.
#pragma once

#include "api/http.hpp"

#include <optional>
#include <string>

namespace upline::api {

/// The last element of X-Forwarded-For, which the proxy added itself: those before it are the client's word. The
/// proxy's own address where it is none.
std::string client_address(const Request& request);

/// Whom an address stands for: itself, or for IPv6 its network of 64 bits, since whoever has one has all of them.
/// Nothing for this machine's own: a proxy on it speaks for everybody.
std::optional<std::string> client_of(const std::string& address);

}  // namespace upline::api
