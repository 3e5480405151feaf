#include "api/authorization.hpp"

#include <fmt/format.h>

namespace upline::api {

namespace {

Response forbidden(const Caller& caller, const Route<Endpoint>& route) {
  return to_response(
      {403, "forbidden", fmt::format("{} {} is not for the role {}.", route.method, route.path, name(caller.role))});
}

}  // namespace

std::optional<Response> refuse(const Caller& caller, const Route<Endpoint>& route, const Parameters& path) {
  if (!route.handler.roles.contains(caller.role)) return forbidden(caller, route);
  if (!caller.is_promoter()) return std::nullopt;
  const auto* member = path.find("member");
  if (member == nullptr) return forbidden(caller, route);
  if (*member == caller.member.value) return std::nullopt;
  return to_response({404, "unknown_member", fmt::format("There is no member {}.", *member)});
}

}  // namespace upline::api
