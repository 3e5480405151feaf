// A server without access tokens answers this machine only, and no page that a browser on it was lured to.
#pragma once

#include "api/cors.hpp"
#include "api/http.hpp"

#include <optional>

namespace upline::api {

/// A page in a browser may reach a server on this machine: through a name that leads here, or from another origin. Both
/// are refused: 403. Pages of the origins that the server was told to allow are not foreign.
std::optional<Response> refuse_foreign(const Request& request, const AllowedOrigins& allowed);

}  // namespace upline::api
