#include "api/observed_routes.hpp"

#include "api/routes.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace upline::api {

namespace {

struct OwnRoute {
  std::string_view path;
  std::string_view importance;
};

constexpr std::string_view monitoring = "monitoring";
constexpr std::array<OwnRoute, 6> own_routes{{{"/livez", monitoring},
                                              {"/readyz", monitoring},
                                              {"/metrics", monitoring},
                                              {"/openapi.json", "lookup"},
                                              {"/v1/shops", "lookup"},
                                              {"(none)", "none"}}};

}  // namespace

std::vector<RouteName> observed_routes() {
  std::vector<RouteName> names;
  for (const auto& route : routes().routes()) {
    names.push_back({route.method, route.path, name(route.handler.importance)});
  }
  for (const auto& own : own_routes) {
    names.push_back({own.importance == "none" ? "any" : "GET", std::string(own.path), own.importance});
  }
  return names;
}

std::size_t own_route(std::string_view path) {
  const auto rest = std::prev(own_routes.end());
  const auto* const hit = std::find_if(own_routes.begin(), rest, [&](const OwnRoute& own) { return own.path == path; });
  return routes().routes().size() + static_cast<std::size_t>(hit - own_routes.begin());
}

bool is_for_monitoring(const RouteName& route) { return route.importance == monitoring; }

}  // namespace upline::api
