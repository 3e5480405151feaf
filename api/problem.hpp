// A refusal in words and in a code that programs can rely on: RFC 9457, application/problem+json.
#pragma once

#include "api/http.hpp"

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace upline::api {

struct Problem {
  unsigned status{500};
  std::string code{};    // stable, in snake_case: "out_of_stock"
  std::string detail{};  // a sentence for people
  std::string field{};   // what of the request is meant, such as "items[0].quantity"; left out when empty
};

/// {"type": "urn:upline:problem:out_of_stock", "title": "Conflict", "status": 409, "detail": …, "code":
/// "out_of_stock"}, in that order, for callers that add members of their own.
nlohmann::ordered_json to_json(const Problem& problem);

Response to_response(const Problem& problem);

/// A 503 that says when to come again, for what a wait mends.
Response busy_response(std::string code, std::string detail, unsigned retry_after_seconds = 1);

/// The refusal of a request because there is too much to do: 503, counted under that reason.
Response shed_response(ShedFor reason, std::string code, std::string detail, unsigned retry_after_seconds = 1);

}  // namespace upline::api
