// How a receiver knows that a delivery is the shop's, and not an old one sent again by somebody else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace upline::api {

/// `t=1767225600,v1=<hex>`: HMAC-SHA-256 of "<t>.<body>" under the secret as it was shown; t is in Unix seconds.
std::string webhook_signature(std::string_view secret, std::int64_t unix_seconds, std::string_view body);

}  // namespace upline::api
