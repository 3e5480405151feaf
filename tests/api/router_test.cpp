#include "api/router.hpp"

#include <functional>
#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>

using namespace upline::api;

namespace {

using Handler = std::function<std::string(const RouteMatch&)>;

const Router<Handler>& routes() {
  static const Router<Handler> table{{
      {"GET", "/", [](const RouteMatch&) { return "the start"; }},
      {"GET", "/v1/shops/{shop}/orders", [](const RouteMatch& m) { return "orders of " + m.path["shop"]; }},
      {"POST", "/v1/shops/{shop}/orders", [](const RouteMatch& m) { return "place in " + m.path["shop"]; }},
      {"GET", "/v1/shops/{shop}/orders/{order}",
       [](const RouteMatch& m) { return "order " + m.path["order"] + " of " + m.path["shop"]; }},
      {"GET", "/v1/shops/{shop}/orders/export", [](const RouteMatch& m) { return "export of " + m.path["shop"]; }},
      {"DELETE", "/v1/shops/{which}/orders/{order}", [](const RouteMatch&) { return "gone"; }},
  }};
  return table;
}

/// What the handler says, or the status of the refusal and what is allowed.
std::string answer_to(std::string method, std::string path, std::string query = "") {
  const auto match = routes().find({.method = std::move(method), .path = std::move(path), .query = std::move(query)});
  if (match) return routes().handler_of(*match)(*match);
  const auto& refusal = match.error();
  std::string text = std::to_string(refusal.status);
  for (const auto& header : refusal.headers) text += " " + header.name + ": " + header.value;
  return text;
}

std::string values_of(std::string_view query) {
  const auto parameters = parse_query(query);
  if (!parameters) return parameters.error();
  std::string text;
  for (const auto& [name, value] : *parameters) text += "(" + name + "=" + value + ")";
  return text;
}

}  // namespace

TEST_CASE("a path leads to its handler, with its parameters", "[router]") {
  CHECK(answer_to("GET", "/") == "the start");
  CHECK(answer_to("GET", "/v1/shops/tea/orders") == "orders of tea");
  CHECK(answer_to("POST", "/v1/shops/tea/orders") == "place in tea");
  CHECK(answer_to("GET", "/v1/shops/tea/orders/7") == "order 7 of tea");
  CHECK(answer_to("DELETE", "/v1/shops/tea/orders/7") == "gone");
}

TEST_CASE("a literal segment goes before a parameter, wherever it stands in the table", "[router]") {
  CHECK(answer_to("GET", "/v1/shops/tea/orders/export") == "export of tea");
  CHECK(answer_to("DELETE", "/v1/shops/tea/orders/export") == "gone");
}

TEST_CASE("segments are decoded after they are told apart", "[router]") {
  CHECK(answer_to("GET", "/v1/shops/a%2Fb/orders/%E8%8C%B6%20x+y") == "order \xE8\x8C\xB6 x+y of a/b");
  CHECK(answer_to("GET", "/v1/%73hops/tea/orders") == "orders of tea");
}

TEST_CASE("HEAD is served as GET", "[router]") {
  CHECK(answer_to("HEAD", "/v1/shops/tea/orders") == "orders of tea");
  CHECK(answer_to("HEAD", "/nothing") == "404");
}

TEST_CASE("what leads nowhere is 404", "[router]") {
  for (const auto* path : {"/v1", "/v1/shops//orders", "/v1/shops/tea/orders/", "/v1/shops/tea/orders/7/8", "//",
                           "/V1/shops/tea/orders", "/v1/shops/tea/../tea/orders"}) {
    INFO(path);
    CHECK(answer_to("GET", path) == "404");
  }
}

TEST_CASE("a method that a path has not is 405, and the answer says which it has", "[router]") {
  CHECK(answer_to("PUT", "/v1/shops/tea/orders") == "405 Allow: GET, HEAD, OPTIONS, POST");
  CHECK(answer_to("get", "/") == "405 Allow: GET, HEAD, OPTIONS");
  CHECK(answer_to("POST", "/v1/shops/tea/orders/7") == "405 Allow: DELETE, GET, HEAD, OPTIONS");
}

TEST_CASE("OPTIONS says which methods a path has, or all paths have", "[router]") {
  CHECK(answer_to("OPTIONS", "/v1/shops/tea/orders") == "204 Allow: GET, HEAD, OPTIONS, POST");
  CHECK(answer_to("OPTIONS", "*") == "204 Allow: DELETE, GET, HEAD, OPTIONS, POST");
  CHECK(answer_to("OPTIONS", "/nothing") == "404");
}

TEST_CASE("escapes that are none are 400, in the path and in the query", "[router]") {
  for (const auto* bad : {"%", "%4", "%zz", "%4g", "%+1", "%FF", "%C0%80", "%00"}) {
    INFO(bad);
    CHECK(answer_to("GET", "/v1/shops/" + std::string(bad) + "/orders") == "400");
    CHECK(answer_to("GET", "/", "a=" + std::string(bad)) == "400");
    CHECK(answer_to("GET", "/", std::string(bad) + "=a") == "400");
  }
}

TEST_CASE("queries are read as forms write them", "[router]") {
  CHECK(values_of("").empty());
  CHECK(values_of("a=1&b=x%20y+z&c=%2B%26%3D") == "(a=1)(b=x y z)(c=+&=)");
  CHECK(values_of("flag&empty=&x=a=b&&") == "(flag=)(empty=)(x=a=b)");
  CHECK(values_of("a=1&b=2&a=1") == "the query gives 'a' twice");
  CHECK(values_of("a=%4") == "'%4' is no escape: two hexadecimal digits follow a '%'");
}

TEST_CASE("a query reaches the handler by name", "[router]") {
  const auto match = routes().find({.method = "GET", .path = "/", .query = "limit=5"});
  REQUIRE(match);
  REQUIRE(match->query.find("limit") != nullptr);
  CHECK(*match->query.find("limit") == "5");
  CHECK(match->query.find("absent") == nullptr);
  CHECK_THROWS_AS(match->path["absent"], std::logic_error);
}

TEST_CASE("a table that is ambiguous or malformed is refused when it is made", "[router]") {
  CHECK_THROWS_AS(RouteTable({{"GET", "/a/{x}"}, {"GET", "/a/{y}"}}), std::invalid_argument);
  CHECK_THROWS_AS(RouteTable({{"GET", "a"}}), std::invalid_argument);
  CHECK_THROWS_AS(RouteTable({{"", "/a"}}), std::invalid_argument);
  CHECK_THROWS_AS(RouteTable({{"GET", "/a{x}"}}), std::invalid_argument);
  CHECK_THROWS_AS(RouteTable({{"GET", "/{}"}}), std::invalid_argument);
}
