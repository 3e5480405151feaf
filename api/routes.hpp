// Every route of the server, and what answers it.
#pragma once

#include "api/endpoint.hpp"
#include "api/router.hpp"

namespace upline::api {

const Router<Endpoint>& routes();

}  // namespace upline::api
