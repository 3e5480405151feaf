// Every route, asked in every role: what is written here is what the server does.
#include "api/routes.hpp"
#include "tests/api/guarded_shop.hpp"

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace upline::tests;
using upline::api::Endpoint;
using upline::api::Route;
using upline::eventstore::Role;
using Json = nlohmann::json;

namespace {

const std::string shop = "/v1/shops/{shop}";

/// Who may: Storefront, Merchant, Accountant, aUditor, Promoter (of its own member); "anybody" without a token.
const std::map<std::string, std::string> expected{
    {"GET /balances", "-MAU-"},
    {"POST /commands", "SM---"},
    {"POST /gateways/{gateway}/payments", "anybody"},
    {"GET /events/stream", "-MAU-"},
    {"GET /inventory", "-MAU-"},
    {"GET /members", "-MAU-"},
    {"GET /members/{member}/downline/{level}", "-MAU-"},
    {"GET /members/{member}/statement", "-MAUP"},
    {"POST /orders/lookup", "SM---"},
    {"GET /plans", "-MAU-"},
    {"GET /journal", "-MAU-"},
    {"GET /reports/income", "-MAU-"},
    {"GET /reports/liabilities", "-MAU-"},
    {"GET /reports/trial-balance", "-MAU-"},
    {"GET /sales", "-MAU-"},
    {"GET /webhooks", "-M---"},
    {"POST /webhooks", "-M---"},
    {"GET /webhooks/{webhook}", "-M---"},
    {"DELETE /webhooks/{webhook}", "-M---"},
    {"POST /webhooks/{webhook}/pause", "-M---"},
    {"POST /webhooks/{webhook}/replay", "-M---"},
    {"POST /webhooks/{webhook}/resume", "-M---"},
    {"POST /clicks", "SM---"},
    {"GET /events", "-MAU-"},
    {"GET /liabilities", "-MAU-"},
    {"POST /members", "SM---"},
    {"GET /members/{member}", "SMAU-"},
    {"GET /members/{member}/audit", "-MAU-"},
    {"GET /members/{member}/balances", "-MAUP"},
    {"POST /members/{member}/close", "-M---"},
    {"POST /members/{member}/erase", "-M---"},
    {"GET /members/{member}/downline", "-MAUP"},
    {"GET /members/{member}/entries", "-MAUP"},
    {"POST /members/{member}/move", "-M---"},
    {"POST /members/{member}/referrer", "-M---"},
    {"POST /members/{member}/resume", "-M---"},
    {"POST /members/{member}/suspend", "-M---"},
    {"GET /members/{member}/upline", "-MAU-"},
    {"GET /orders", "-MAU-"},
    {"POST /orders", "SM---"},
    {"GET /orders/{order}", "SMAU-"},
    {"GET /orders/{order}/audit", "-MAU-"},
    {"POST /orders/{order}/cancellation", "SM---"},
    {"POST /orders/{order}/delivery", "-M---"},
    {"GET /orders/{order}/keys", "SM---"},
    {"GET /orders/{order}/payments", "-MAU-"},
    {"POST /orders/{order}/payments", "SM---"},
    {"GET /orders/{order}/refunds", "-MAU-"},
    {"POST /orders/{order}/refunds", "-M---"},
    {"POST /orders/{order}/replacements", "-M---"},
    {"POST /orders/{order}/returns", "-M---"},
    {"POST /plans", "-M---"},
    {"GET /plans/{plan}", "-MAU-"},
    {"GET /policy", "SMAU-"},
    {"POST /policy/default-plan", "-M---"},
    {"POST /policy/max-levels", "-M---"},
    {"POST /policy/referral", "-M---"},
    {"POST /policy/reservation", "-M---"},
    {"POST /policy/settlement", "-M---"},
    {"GET /products", "SMAU-"},
    {"POST /products", "-M---"},
    {"GET /products/{product}", "SMAU-"},
    {"POST /products/{product}/keys", "-M---"},
    {"POST /products/{product}/keys/release", "-M---"},
    {"POST /products/{product}/keys/revocation", "-M---"},
    {"POST /products/{product}/keys/withdrawal", "-M---"},
    {"POST /products/{product}/low-stock-level", "-M---"},
    {"POST /products/{product}/plan", "-M---"},
    {"POST /products/{product}/price", "-M---"},
    {"POST /products/{product}/purchase-limit", "-M---"},
    {"POST /products/{product}/relisting", "-M---"},
    {"POST /products/{product}/retirement", "-M---"},
    {"POST /purchases", "SM---"},
    {"GET /settlements", "-MAU-"},
    {"POST /settlements", "-MA--"},
    {"GET /settlements/{settlement}", "-MAU-"},
    {"POST /settlements/{settlement}/approve", "-MA--"},
    {"POST /settlements/{settlement}/cancel", "-MA--"},
    {"POST /settlements/{settlement}/export", "-MA--"},
    {"GET /settlements/{settlement}/left-out", "-MAU-"},
    {"GET /settlements/{settlement}/lines", "-MAU-"},
    {"POST /settlements/{settlement}/results", "-MA--"},
    {"GET /stats", "-MAU-"},
    {"GET /stock", "SMAU-"},
};

constexpr std::array letters{std::pair{Role::storefront, 'S'}, std::pair{Role::merchant, 'M'},
                             std::pair{Role::accountant, 'A'}, std::pair{Role::auditor, 'U'},
                             std::pair{Role::promoter, 'P'}};

std::string name_of(const Route<Endpoint>& route) {
  return route.method + " " + (route.path.starts_with(shop) ? route.path.substr(shop.size()) : route.path);
}

/// bob is the promoter's own member; nothing else has to be there.
std::string request_for(const Route<Endpoint>& route, const std::string& headers) {
  std::string path;
  for (std::size_t at = 0; at < route.path.size();) {
    if (route.path[at] != '{') {
      path += route.path[at++];
      continue;
    }
    const auto end = route.path.find('}', at);
    const auto parameter = route.path.substr(at + 1, end - at - 1);
    path += parameter == "shop" ? "kami" : parameter == "member" ? "bob" : "x1";
    at = end + 1;
  }
  if (route.method == "POST") return post(path, "{\"no such field\":1}", headers);
  auto request = get(path, headers);
  return request.replace(0, std::string("GET").size(), route.method);
}

std::string code_of(const Answer& answer) {
  const auto json = Json::parse(answer.body, nullptr, false);
  return json.is_object() ? json.value("code", "") : "";
}

}  // namespace

TEST_CASE("every route answers the roles that it is for, and refuses every other", "[roles]") {
  const GuardedShop books;
  std::set<std::string> seen;
  for (const auto& route : upline::api::routes().routes()) {
    const auto name = name_of(route);
    INFO(name << ": a route that is new needs a line in the table of this test");
    const auto row = expected.find(name);
    REQUIRE(row != expected.end());
    seen.insert(name);
    std::string allowed;
    CHECK(route.handler.roles.are_anybody() == (row->second == "anybody"));
    if (route.handler.roles.are_anybody()) continue;
    for (const auto& [role, letter] : letters) {
      const auto answer = books.ask(request_for(route, bearer(books.token(role))));
      CHECK(answer.status != 401);
      CHECK(answer.status != 500);
      CHECK((answer.status == 403) == (code_of(answer) == "forbidden"));
      allowed += answer.status == 403 ? '-' : letter;
    }
    CHECK(allowed == row->second);
  }
  CHECK(seen.size() == expected.size());
}

TEST_CASE("no route answers without a valid token, and none tells why one is not valid", "[roles]") {
  const GuardedShop books;
  const auto& token = books.token(Role::merchant);
  const auto unknown = upline::eventstore::make_token({.role = Role::merchant}, {}).text;
  auto damaged = token;
  damaged.back() = damaged.back() == 'A' ? 'B' : 'A';
  const std::vector<std::string> headers{"",
                                         bearer(unknown),
                                         bearer(books.revoked_token()),
                                         bearer(damaged),
                                         bearer("nonsense"),
                                         bearer(""),
                                         "Authorization: Basic " + token + "\r\n",
                                         "Authorization: " + token + "\r\n",
                                         bearer(token) + bearer(token)};
  for (const auto& route : upline::api::routes().routes()) {
    if (route.handler.roles.are_anybody()) continue;
    INFO(name_of(route));
    std::set<std::string> bodies;
    for (const auto& header : headers) {
      const auto answer = books.ask(request_for(route, header));
      CHECK(answer.status == 401);
      CHECK(answer.headers.at("www-authenticate") == "Bearer");
      CHECK(code_of(answer) == "unauthenticated");
      bodies.insert(told(answer));
    }
    CHECK(bodies.size() == 1);
  }
}

TEST_CASE("a refusal names the role and the route", "[roles]") {
  const GuardedShop books;
  const auto answer = books.post("/products", "{}", bearer(books.token(Role::storefront)));
  CHECK(answer.status == 403);
  CHECK(Json::parse(answer.body)["detail"] == "POST /v1/shops/{shop}/products is not for the role storefront.");
}
