#include "api/problem.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace upline::api;

TEST_CASE("a problem is said in words and in a code", "[problem]") {
  const auto response = to_response({409, "out_of_stock", "There are 2 keys left.", "quantity"});
  CHECK(response.status == 409);
  CHECK(response.content_type == "application/problem+json");
  CHECK(response.body == R"({"type":"urn:upline:problem:out_of_stock","title":"Conflict","status":409,)"
                         R"("detail":"There are 2 keys left.","code":"out_of_stock","field":"quantity"})"
                         "\n");
}

TEST_CASE("a problem that is about no field names none", "[problem]") {
  CHECK(!to_json({404, "no_such_order", "There is no order 7."}).contains("field"));
}

TEST_CASE("a detail that quotes broken UTF-8 is still JSON", "[problem]") {
  const auto response = to_response({400, "malformed_request", "'\xFF' is not UTF-8"});
  CHECK(nlohmann::json::parse(response.body).at("detail") == "'\xEF\xBF\xBD' is not UTF-8");
}

TEST_CASE("a busy server says when to come again", "[problem]") {
  const auto response = busy_response("overloaded", "Too much to do.", 3);
  CHECK(response.status == 503);
  REQUIRE(response.headers.size() == 1);
  CHECK(response.headers[0].name == "Retry-After");
  CHECK(response.headers[0].value == "3");
}
