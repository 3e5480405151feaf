// The contract of the API as OpenAPI 3.1: api/openapi.yaml, turned into JSON when the program is built.
#pragma once

#include "api/http.hpp"

#include <string_view>

namespace upline::api {

std::string_view openapi_json();

Response openapi_response();

}  // namespace upline::api
