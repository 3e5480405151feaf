#include "api/query_names.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace upline::api {

std::vector<std::string_view> query_names_of(const Endpoint& endpoint) {
  auto names = endpoint.query;
  if (std::holds_alternative<Read>(endpoint.action)) names.insert(names.end(), {"min_position", "wait_ms"});
  return names;
}

std::optional<Response> refuse_unknown_query(const Endpoint& endpoint, const Parameters& query) {
  const auto names = query_names_of(endpoint);
  const auto is_unknown = [&](const Parameter& given) { return std::ranges::find(names, given.name) == names.end(); };
  const auto unknown = std::ranges::find_if(query, is_unknown);
  if (unknown == query.end()) return std::nullopt;
  auto detail = fmt::format("'{}' is no parameter of this path; ", unknown->name);
  detail += names.empty() ? "it has none." : fmt::format("it has {}.", fmt::join(names, ", "));
  return to_response({400, "invalid_parameter", std::move(detail), unknown->name});
}

}  // namespace upline::api
