#include "api/same_machine.hpp"

#include "api/problem.hpp"
#include "eventstore/this_machine.hpp"

#include <string_view>

namespace upline::api {

std::optional<Response> refuse_foreign(const Request& request, const AllowedOrigins& allowed) {
  const auto is_local = [](std::string_view host) {
    const auto end = host.starts_with('[') ? host.find(']') + 1 : host.find(':');
    return eventstore::is_this_machine(host.substr(0, end));
  };
  const auto* host = request.header("Host");
  if (host != nullptr && !is_local(*host)) {
    return to_response({403, "foreign_host", "The server answers for this machine only."});
  }
  const auto* origin = request.header("Origin");
  if (origin == nullptr || allowed.contain(*origin)) return std::nullopt;
  const auto scheme = origin->find("://");
  if (scheme != std::string::npos && is_local(std::string_view(*origin).substr(scheme + 3))) return std::nullopt;
  return to_response({403, "foreign_origin", "Pages of other origins are not answered."});
}

}  // namespace upline::api
