// The contract and the server say the same, in both directions.
#include "api/message_signature.hpp"
#include "api/query_names.hpp"
#include "api/routes.hpp"
#include "eventstore/gateways.hpp"
#include "eventstore/shop.hpp"
#include "tests/api/contract.hpp"
#include "tests/api/contract_story.hpp"
#include "tests/api/served_books.hpp"
#include "tests/api/settled_books.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline;
using namespace upline::tests;
using Json = nlohmann::json;
using Names = std::set<std::string>;

namespace {

std::string in_small_letters(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return text;
}

std::string signature(const std::string& method, const std::string& path) { return method + " " + path; }

/// Of the operations that are routes of a shop.
const api::Endpoint* endpoint_of(const Operation& operation) {
  for (const auto& route : api::routes().routes()) {
    if (route.method == operation.method && route.path == operation.path) return &route.handler;
  }
  return nullptr;
}

/// What a body is sent with: the documented example, changed where the step says so.
Json body_of(const Step& step, ShopClient& client) {
  auto body = operation(step.operation).example_body();
  body.update(step.instead.is_null() ? Json::object() : step.instead);
  if (!step.code_of_member.empty()) {
    body["code"] = client.get(fmt::format("/members/{}", step.code_of_member)).body.at("code");
  }
  return body;
}

/// What a notification is signed with.
std::string secret_of_gateway(const std::filesystem::path& data) {
  eventstore::Shop shop({data, "kami", data / "vault.key"});
  return eventstore::create_gateway(shop.vault(), "alipay", {}).value();
}

struct Walk {
  ServedBooks books{};
  std::string webhook{};  // that was added last
  std::string gateway_secret{secret_of_gateway(books.data())};
  Client client{books.port()};
  ShopClient shop{books.port()};

  Answer take(const Step& step) {
    const auto& wanted = operation(step.operation);
    auto path = (wanted.path.find("{shop}") == std::string::npos ? "" : "/v1/shops/kami") + step.path;
    if (const auto at = path.find("{webhook}"); at != std::string::npos) path.replace(at, 9, webhook);
    INFO(wanted.method << ' ' << path);
    REQUIRE(operation_of(wanted.method, path) == &wanted);
    auto answer = ask(wanted, path, wanted.method == "POST" ? body_of(step, shop).dump() : "");
    INFO(answer.body);
    if (step.operation == "openSettlement") {
      wait_for_settlement(shop, Json::parse(answer.body).at("settlement").get<std::string>());
    }
    if (step.operation == "addWebhook") webhook = Json::parse(answer.body).at("webhook").get<std::string>();
    CHECK(breaches(wanted, answer) == std::vector<std::string>{});
    CHECK(answer.status < 300);
    const auto& documented = wanted.description.at("responses").at(std::to_string(answer.status));
    for (const auto* header : {"Upline-Position", "ETag"}) {
      const bool is_balance = wanted.id.ends_with("Balances") || wanted.path.find("/reports/") != std::string::npos;
      if (is_balance && std::string_view(header) == "ETag") continue;  // their tags need an as_of
      CHECK(answer.headers.contains(in_small_letters(header)) ==
            documented.value("headers", Json::object()).contains(header));
    }
    return answer;
  }

  Answer ask(const Operation& wanted, const std::string& path, const std::string& body) {
    if (wanted.method == "GET") return get(path);
    if (wanted.method == "POST") return client.ask(post(wanted, path, body));
    return client.ask(fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n\r\n", wanted.method, path));
  }

  std::string post(const Operation& wanted, const std::string& path, const std::string& body) const {
    if (!wanted.description.contains("security")) return tests::post(path, body);
    const auto now = eventstore::system_clock_now().microseconds / 1'000'000;
    return tests::post(path, body, "Upline-Signature: " + api::signature_of(body, gateway_secret, now) + "\r\n");
  }

  void take_all() {
    for (const auto& step : contract_story()) take(step);
  }

  /// On a connection of its own, since an answer may be a stream.
  Answer get(const std::string& target) const { return Client(books.port()).ask(tests::get(target)); }
};

/// What a schema that is an object leaves open: a field that nobody documented would pass.
void find_open_objects(const Json& schema, const std::string& where, std::vector<std::string>& found) {
  if (!schema.is_structured()) return;
  if (schema.is_object() && schema.contains("properties") && schema.value("additionalProperties", true)) {
    found.push_back(where);
  }
  for (const auto& [name, part] : schema.items()) find_open_objects(part, where + "/" + name, found);
}

}  // namespace

TEST_CASE("every route is documented, and every documented operation is a route", "[openapi]") {
  Names served{"GET /livez", "GET /readyz", "GET /metrics", "GET /openapi.json", "GET /v1/shops"};
  for (const auto& route : api::routes().routes()) served.insert(signature(route.method, route.path));
  Names documented;
  for (const auto& operation : operations()) documented.insert(signature(operation.method, operation.path));
  CHECK(documented == served);
}

TEST_CASE("the roles and the parameters of every route are those that are documented", "[openapi]") {
  for (const auto& operation : operations()) {
    INFO(operation.id);
    const auto* endpoint = endpoint_of(operation);
    if (endpoint == nullptr) {
      CHECK(operation.query_names().empty());
      continue;
    }
    const auto names = api::query_names_of(*endpoint);
    CHECK(operation.query_names() == Names(names.begin(), names.end()));
    Names roles;
    for (const auto role : eventstore::roles) {
      if (!endpoint->roles.are_anybody() && endpoint->roles.contains(role)) roles.emplace(name(role));
    }
    CHECK(operation.description.at("x-roles").get<Names>() == roles);
  }
}

TEST_CASE("a documented answer has no room for fields that are not documented", "[openapi]") {
  std::vector<std::string> open;
  find_open_objects(contract().at("components").at("schemas"), "", open);
  CHECK(open == std::vector<std::string>{});
}

TEST_CASE("an answer that breaks the contract is noticed", "[openapi]") {
  Answer answer{200, {{"content-type", "application/json"}}, R"({"shops":["kami"]})"};
  const auto& shops = operation("listShops");
  CHECK(breaches(shops, answer).empty());
  answer.body = R"({"shops":["kami"],"more":1})";
  CHECK_FALSE(breaches(shops, answer).empty());
  answer.body = R"({"shops":[7]})";
  CHECK_FALSE(breaches(shops, answer).empty());
  answer.body = R"({})";
  CHECK_FALSE(breaches(shops, answer).empty());
  answer.body = R"({"shops":["kami"]})";
  answer.status = 299;
  CHECK_FALSE(breaches(shops, answer).empty());
  answer.status = 200;
  answer.headers["content-type"] = "text/plain";
  CHECK_FALSE(breaches(shops, answer).empty());
}

TEST_CASE("a walk through the API takes every operation, with the documented bodies, and gets documented answers",
          "[openapi]") {
  Walk walk;
  walk.take_all();
  Names taken;
  for (const auto& step : contract_story()) taken.emplace(step.operation);
  Names documented;
  for (const auto& operation : operations()) documented.insert(operation.id);
  CHECK(documented == taken);
}

TEST_CASE("what is served is the document", "[openapi]") {
  Walk walk;
  const auto served = walk.get("/openapi.json");
  CHECK(served.headers.at("content-type") == "application/json");
  CHECK(Json::parse(served.body) == contract());
  CHECK(contract().at("openapi") == "3.1.0");
}

TEST_CASE("scalars of the document keep their types", "[openapi]") {
  const auto& responses = operation("readOrder").description.at("responses");
  CHECK(responses.contains("200"));
  CHECK(operation("placeOrder").example_body().at("quantity") == 2);
  CHECK(operation("placeOrder").example_body().at("address") == "203.0.113.7");
  CHECK(contract().at("info").at("version") == "0.1.0");
}

TEST_CASE("a parameter that is not documented is refused by name, and one that is may be given", "[openapi]") {
  Walk walk;
  walk.take_all();
  for (const auto& operation : operations()) {
    if (operation.method != "GET") continue;
    const auto path = operation.example_path();
    INFO(path);
    const auto refused = walk.get(path + "?no_such_name=1");
    CHECK(refused.status == 400);
    CHECK(breaches(operation, refused) == std::vector<std::string>{});
    CHECK(Json::parse(refused.body).at("code") == "invalid_parameter");
    for (const auto& parameter : operation.parameters) {
      if (parameter.at("in") != "query") continue;
      const auto name = parameter.at("name").get<std::string>();
      const auto& example = parameter.at("example");
      const auto value = example.is_string() ? example.get<std::string>() : example.dump();
      const auto answer = walk.get(fmt::format("{}?{}={}", path, name, value));
      INFO(name << ": " << answer.body);
      CHECK(answer.status != 400);
      CHECK(breaches(operation, answer) == std::vector<std::string>{});
    }
  }
}

TEST_CASE("a parameter that says nothing sensible is refused by name", "[openapi]") {
  Walk walk;
  walk.take_all();
  for (const auto& operation : operations()) {
    if (operation.method != "GET") continue;
    for (const auto& name : operation.query_names()) {
      const auto answer = walk.get(fmt::format("{}?{}=!", operation.example_path(), name));
      INFO(operation.id << ' ' << name << ": " << answer.body);
      CHECK(answer.status == 400);
      CHECK(breaches(operation, answer) == std::vector<std::string>{});
      CHECK(Json::parse(answer.body).value("field", "") == name);
    }
  }
}

TEST_CASE("refusals are documented as they are", "[openapi]") {
  Walk walk;
  for (const auto& operation : operations()) {
    if (operation.path.find("{shop}") == std::string::npos) continue;
    auto nowhere = operation.example_path();
    nowhere.replace(nowhere.find("kami"), 4, "other");
    const auto unknown = walk.ask(operation, nowhere, "{}");
    // Who is not known by its signature does not learn which shops there are.
    const bool is_signed = operation.id == "notifyPayment";
    CHECK(unknown.status == (is_signed ? 401 : 404));
    CHECK(breaches(operation, unknown) == std::vector<std::string>{});
    if (operation.method != "POST") continue;
    const auto refused = walk.client.ask(tests::post(operation.example_path(), R"({"no_such_field": 1})"));
    INFO(operation.id << ": " << refused.body);
    const unsigned of_its_lines = 200;  // a batch says on each line what is wrong with it
    CHECK(refused.status == (is_signed ? 401 : operation.id == "sendCommands" ? of_its_lines : 400));
    CHECK(breaches(operation, refused) == std::vector<std::string>{});
  }
}

TEST_CASE("HEAD answers as GET without the body, and OPTIONS lists the methods of every path", "[openapi]") {
  Walk walk;
  walk.take_all();
  for (const auto& operation : operations()) {
    const auto path = operation.example_path();
    INFO(path);
    const auto options = walk.client.ask(fmt::format("OPTIONS {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path));
    CHECK(options.status == 204);
    CHECK(options.headers.at("allow").find(operation.method) != std::string::npos);
    if (operation.method != "GET") continue;
    CHECK(options.headers.at("allow").find("HEAD") != std::string::npos);
    const auto full = walk.get(path);
    Client asking(walk.books.port());
    asking.send(fmt::format("HEAD {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path));
    const auto head = asking.receive(false);
    CHECK(head.status == full.status);
    CHECK(head.headers.at("content-type") == full.headers.at("content-type"));
    CHECK(head.body.empty());
  }
}
