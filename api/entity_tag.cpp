#include "api/entity_tag.hpp"

#include "domain/text.hpp"
#include "eventstore/hex.hpp"

#include <functional>

#include <fmt/format.h>

namespace upline::api {

namespace {

/// Weak comparison: what stands in front of the quotes does not count.
std::string_view opaque(std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

}  // namespace

std::string entity_tag(const eventstore::TreeHead& head) {
  constexpr std::size_t root_digits = 16;
  return fmt::format("W/\"{}-{}\"", head.position.value, eventstore::to_hex(head.tree.root()).substr(0, root_digits));
}

std::string tag_of(std::string_view state, const Request& request) {
  if (state.empty()) return {};
  const auto target = std::hash<std::string>{}(request.path + '?' + request.query);
  return fmt::format("{}-{:016x}\"", state.substr(0, state.size() - 1), target);
}

bool has_already(const Request& request, std::string_view tag) {
  const auto* header = request.header("If-None-Match");
  if (header == nullptr) return false;
  std::string_view rest(*header);
  while (!rest.empty()) {
    const auto comma = rest.find(',');  // our tags hold none
    if (opaque(domain::trimmed(rest.substr(0, comma))) == opaque(tag)) return true;
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return false;
}

}  // namespace upline::api
