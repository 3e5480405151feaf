#include "api/fixed_path.hpp"

#include "api/problem.hpp"

#include <fmt/format.h>

namespace upline::api {

Response answer_fixed(const Request& request, const std::function<Response()>& make) {
  const Header allow{"Allow", "GET, HEAD, OPTIONS"};
  if (request.method == "OPTIONS") return {204, {}, {allow}, {}};
  if (request.method != "GET" && request.method != "HEAD") {
    auto refused = to_response({405, "method_not_allowed", fmt::format("This path has {}.", allow.value)});
    refused.headers.push_back(allow);
    return refused;
  }
  if (!request.query.empty()) return to_response({400, "invalid_parameter", "This path has no parameters."});
  return make();
}

}  // namespace upline::api
