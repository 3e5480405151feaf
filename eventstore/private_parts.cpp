#include "eventstore/private_parts.hpp"

#include "domain/policy.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace upline::eventstore {

namespace {

/// By the names of the fields. What is delivered by hand may have lines, and is judged by its length alone.
auto named_parts(const Request& request) {
  return std::array{std::pair("address", &request.address), std::pair("visitor", &request.visitor),
                    std::pair("contact", &request.contact), std::pair("query_secret", &request.query_secret)};
}

}  // namespace

std::expected<void, domain::Rejection> check_private(const Request& request) {
  for (const auto& [name, text] : named_parts(request)) {
    if (!domain::is_plain_text(*text, domain::reason_bytes_max)) {
      return domain::refuse(domain::Reason::invalid_text, name);
    }
  }
  if (request.text.size() > private_text_bytes_max) return domain::refuse(domain::Reason::invalid_text, "text");
  return {};
}

bool has_private_parts(const Request& request) {
  return !request.text.empty() ||
         std::ranges::any_of(named_parts(request), [](const auto& part) { return !part.second->empty(); });
}

}  // namespace upline::eventstore
