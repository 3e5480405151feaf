#include "api/query_names.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace upline::api {

namespace {

bool is_read(const Endpoint& endpoint) {
  return std::holds_alternative<Read>(endpoint.action) || std::holds_alternative<LiveRead>(endpoint.action);
}

std::string refusal_of(const std::string& name, const std::vector<std::string_view>& names) {
  if (name == "as_of") return "'as_of' has no meaning here: what this tells has no past that the log could show.";
  auto detail = fmt::format("'{}' is no parameter of this path; ", name);
  detail += names.empty() ? "it has none." : fmt::format("it has {}.", fmt::join(names, ", "));
  return detail;
}

}  // namespace

std::vector<std::string_view> query_names_of(const Endpoint& endpoint) {
  auto names = endpoint.query;
  if (is_read(endpoint)) names.insert(names.end(), {"min_position", "wait_ms"});
  return names;
}

std::optional<Response> refuse_unknown_query(const Endpoint& endpoint, const Parameters& query) {
  const auto names = query_names_of(endpoint);
  const auto is_unknown = [&](const Parameter& given) { return std::ranges::find(names, given.name) == names.end(); };
  const auto unknown = std::ranges::find_if(query, is_unknown);
  if (unknown == query.end()) return std::nullopt;
  return to_response({400, "invalid_parameter", refusal_of(unknown->name, names), unknown->name});
}

}  // namespace upline::api
