#include "api/openapi.hpp"

#include <string>

namespace upline::api {

Response openapi_response() { return {200, "application/json", {}, std::string(openapi_json())}; }

}  // namespace upline::api
