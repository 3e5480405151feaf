// What api/openapi.yaml says of the API, and whether an answer keeps to it.
#pragma once

#include "tests/api/client.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace upline::tests {

struct Operation {
  std::string id{};
  std::string method{};  // GET
  std::string path{};    // /v1/shops/{shop}/orders
  nlohmann::json description{};
  std::vector<nlohmann::json> parameters{};  // of the path and of the operation, without references

  std::set<std::string> query_names() const;
  std::set<std::string> statuses() const;
  /// The path with the example of each of its parameters.
  std::string example_path() const;
  /// Null where it has no body.
  nlohmann::json example_body() const;
};

/// As the program serves it.
const nlohmann::json& contract();

const std::vector<Operation>& operations();
const Operation& operation(std::string_view id);

/// The operation that a request means; null for one that is not documented. `path` is without the query.
const Operation* operation_of(std::string_view method, std::string_view path);

/// In sentences, what of an answer is not documented: its status, its type, its body. Empty when all is well.
std::vector<std::string> breaches(const Operation& operation, const Answer& answer);

/// Throws std::logic_error with the breaches. What is answered to a path that is not documented must be a 404 or 405.
void must_keep_contract(std::string_view method, std::string_view target, const Answer& answer);

}  // namespace upline::tests
