#include "api/problem.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace upline::api {

nlohmann::ordered_json to_json(const Problem& problem) {
  nlohmann::ordered_json json{{"type", "urn:upline:problem:" + problem.code},
                              {"title", reason_of(problem.status)},
                              {"status", problem.status},
                              {"detail", problem.detail},
                              {"code", problem.code}};
  if (!problem.field.empty()) json["field"] = problem.field;
  return json;
}

Response to_response(const Problem& problem) {
  // A detail may quote what the client sent, whatever bytes that was.
  auto body = to_json(problem).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  body += '\n';
  return {problem.status, "application/problem+json", {}, std::move(body)};
}

Response busy_response(std::string code, std::string detail, unsigned retry_after_seconds) {
  auto response = to_response({503, std::move(code), std::move(detail)});
  response.headers.push_back({"Retry-After", std::to_string(retry_after_seconds)});
  return response;
}

Response shed_response(ShedFor reason, std::string code, std::string detail, unsigned retry_after_seconds) {
  auto response = busy_response(std::move(code), std::move(detail), retry_after_seconds);
  response.shed = Shed{reason};
  return response;
}

}  // namespace upline::api
