// What a route answers from the read models, without a server around it.
#pragma once

#include "api/endpoint.hpp"
#include "api/reader.hpp"
#include "api/routes.hpp"

#include <string>
#include <variant>

namespace upline::tests {

/// The body, as of the log's head.
inline std::string routed(api::Reader& reader, const std::string& path, const std::string& query = "") {
  reader.models.catch_up();
  const api::Request request{.method = "GET", .path = "/v1/shops/kami" + path, .query = query};
  const auto match = api::routes().find(request).value();
  const api::Caller caller;
  return std::get<api::Read>(api::routes().handler_of(match).action)(reader, {request, match, caller}).body;
}

}  // namespace upline::tests
