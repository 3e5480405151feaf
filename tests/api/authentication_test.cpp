// Tokens as a running server takes them.
#include "api/authentication.hpp"

#include "api/authorization.hpp"
#include "eventstore/command_handler.hpp"
#include "tests/api/guarded_shop.hpp"
#include "tests/api/served_books.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace upline;
using namespace upline::tests;
using api::Authentication;
using api::Request;
using api::ShopTokens;
using eventstore::Role;
using Json = nlohmann::json;

namespace {

/// Fails after a minute.
void eventually(const std::function<bool()>& is_so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) FAIL("it is not so after a minute");
  }
}

/// Asks again until the answer has that status.
Answer until(unsigned status, const std::function<Answer()>& ask) {
  Answer answer;
  eventually([&] {
    answer = ask();
    return answer.status == status;
  });
  return answer;
}

const api::Roles everybody{Role::storefront, Role::merchant, Role::accountant, Role::auditor, Role::promoter};

Request with_token(const std::string& token) {
  return {.headers = {{"Host", "localhost"}, {"Authorization", "Bearer " + token}}};
}

/// Two shops: `guarded`, with the token, and `open`.
struct TwoShops {
  TempFolder guarded{};
  TempFolder open{};
  std::string token{make_token_for(guarded.path(), Role::storefront)};
  Authentication authentication{{}, {}};

  TwoShops() {
    authentication.add("guarded", std::make_unique<ShopTokens>(guarded.path()));
    authentication.add("open", std::make_unique<ShopTokens>(open.path()));
  }
};

}  // namespace

TEST_CASE("the token is what follows Bearer in the one Authorization header", "[authentication]") {
  const auto token_of = [](const std::string& value) {
    const Request request{.headers = {{"authorization", value}}};
    return std::string(api::bearer_token(request).value_or("-"));
  };
  CHECK(token_of("Bearer abc") == "abc");
  CHECK(token_of("bearer   abc") == "abc");
  CHECK(token_of("Bearer ").empty());
  CHECK(token_of("Bearerabc") == "-");
  CHECK(token_of("Basic abc") == "-");
  CHECK(token_of("") == "-");
  CHECK_FALSE(api::bearer_token({}));
  CHECK_FALSE(api::bearer_token({.headers = {{"Authorization", "Bearer a"}, {"authorization", "Bearer b"}}}));
}

TEST_CASE("a running server follows when tokens are made and revoked beside it", "[authentication]") {
  ServedBooks books;
  const auto ask = [&](const std::string& token) {
    return Client(books.port()).ask(get("/v1/shops/kami/stock", token.empty() ? "" : bearer(token)));
  };
  CHECK(ask("").status == 200);
  const auto token = make_token_for(books.data() / "kami", Role::storefront);
  CHECK(until(401, [&] { return ask(""); }).status == 401);
  CHECK(ask(token).status == 200);
  const auto id = std::string(eventstore::parse_token(token)->id);
  eventstore::open_tokens(books.data() / "kami")->revoke(id, eventstore::system_clock_now());
  CHECK(until(401, [&] { return ask(token); }).status == 401);
  CHECK(ask("").status == 401);
}

TEST_CASE("a token may come from another host or page, since it says who asks", "[authentication]") {
  const GuardedShop books;
  const auto foreign =
      "GET /v1/shops/kami/stock HTTP/1.1\r\nHost: api.shop.example\r\nOrigin: https://shop.example\r\n";
  CHECK(books.ask(foreign + bearer(books.token(Role::storefront)) + "\r\n").status == 200);
  CHECK(books.ask(std::string(foreign) + "\r\n").status == 401);
}

TEST_CASE("the log names the token that a command came with", "[authentication]") {
  const GuardedShop books;
  const auto& token = books.token(Role::merchant);
  REQUIRE(books.post("/members", R"({"member":"erin"})", bearer(token)).status == 201);
  const auto events = Json::parse(books.get("/events?limit=1000", bearer(token)).body)["events"];
  CHECK(events.back()["actor"] == "token:" + std::string(eventstore::parse_token(token)->id));
}

TEST_CASE("when a token was used is in the shop's file once the server has ended", "[authentication]") {
  GuardedShop books;
  const auto before = eventstore::system_clock_now();
  CHECK(books.get("/stock", bearer(books.token(Role::storefront))).status == 200);
  books.stop();
  for (const auto& token : eventstore::open_tokens(books.folder())->all()) {
    CHECK(token.last_used_at.has_value() == (token.terms.role == Role::storefront));
    if (token.last_used_at) CHECK(*token.last_used_at >= before);
  }
}

TEST_CASE("health is told to everybody, the shops only to those whose token opens one", "[authentication]") {
  const GuardedShop books;
  CHECK(books.ask(get("/livez")).status == 200);
  CHECK(books.ask(get("/readyz")).status == 200);
  CHECK(books.ask(get("/v1/shops")).status == 401);
  CHECK(books.ask(get("/v1/shops", bearer(books.revoked_token()))).status == 401);
  const auto own = books.ask(get("/v1/shops", bearer(books.token(Role::promoter))));
  CHECK(Json::parse(own.body) == Json({{"shops", {"kami"}}}));
}

TEST_CASE("whether there is another shop is not told to those who cannot open it", "[authentication]") {
  const GuardedShop books;
  const auto unknown = books.ask(get("/v1/shops/other/stock", bearer(books.token(Role::merchant))));
  CHECK(unknown.status == 401);
  CHECK(told(unknown) == told(books.get("/stock")));
}

TEST_CASE("a token opens its own shop only", "[authentication]") {
  const TwoShops shops;
  const auto request = with_token(shops.token);
  CHECK(shops.authentication.caller(request, "guarded", everybody)->role == Role::storefront);
  CHECK(shops.authentication.caller(with_token("nonsense"), "guarded", everybody).error().status == 401);
  CHECK(shops.authentication.caller(request, "missing", everybody).error().status == 401);
  CHECK(shops.authentication.shops_without_tokens() == std::vector<std::string>{"open"});
}

TEST_CASE("beside a shop with tokens, one without answers this machine's merchant, and no foreign page",
          "[authentication]") {
  const TwoShops shops;
  const auto caller = shops.authentication.caller({.headers = {{"Host", "localhost"}}}, "open", everybody);
  CHECK(caller->role == Role::merchant);
  CHECK(caller->actor() == "http");
  CHECK(shops.authentication.caller({.headers = {{"Host", "evil.example"}}}, "open", everybody).error().status == 403);
  CHECK(shops.authentication.shops_of({.headers = {{"Host", "localhost"}}}) == std::vector<std::string>{"open"});
}

TEST_CASE("a route that finds out by itself who asks is asked without a token", "[authentication]") {
  const TwoShops shops;
  const auto anybody = api::Roles::anybody();
  const Request gateway{.headers = {{"Host", "api.shop.example"}}};
  const auto caller = shops.authentication.caller(gateway, "guarded", anybody);
  REQUIRE(caller);
  CHECK(caller->role == Role::storefront);
  CHECK(caller->token_id.empty());
  CHECK(shops.authentication.caller(gateway, "missing", anybody).error().status == 401);
  CHECK(shops.authentication.caller(gateway, "open", anybody).error().status == 403);
  const api::Route<api::Endpoint> route{"POST", "/v1/shops/{shop}/gateways/{gateway}", {.roles = anybody}};
  CHECK_FALSE(api::refuse(*caller, route, {}));
}

TEST_CASE("an answer that goes on for long can see that its caller is no longer let in", "[authentication]") {
  TempFolder folder;
  Authentication authentication{{}, {}};
  authentication.add("kami", std::make_unique<ShopTokens>(folder.path()));
  authentication.start();
  const api::Caller merchant{.role = Role::merchant};
  CHECK(authentication.still_admits(merchant, "kami"));
  CHECK_FALSE(authentication.still_admits(merchant, "missing"));
  const auto token = make_token_for(folder.path(), Role::auditor);
  const api::Caller auditor{std::string(eventstore::parse_token(token)->id), Role::auditor, {}};
  eventually([&] { return authentication.still_admits(auditor, "kami"); });
  CHECK_FALSE(authentication.still_admits(merchant, "kami"));
  eventstore::open_tokens(folder.path())->revoke(auditor.token_id, eventstore::system_clock_now());
  eventually([&] { return !authentication.still_admits(auditor, "kami"); });
}

TEST_CASE("the server's numbers are for merchants and auditors, once there are tokens", "[authentication]") {
  const TempFolder folder;
  Authentication nobody{{}, {}};
  nobody.add("kami", std::make_unique<ShopTokens>(folder.path()));
  CHECK(nobody.metrics_scope({}) == api::everything);
  std::map<Role, std::string> tokens;
  for (const auto role : eventstore::roles) tokens[role] = make_token_for(folder.path(), role);
  Authentication guarded{{}, {}};
  guarded.add("kami", std::make_unique<ShopTokens>(folder.path()));
  CHECK(guarded.metrics_scope({}).error().status == 401);
  for (const auto& [role, token] : tokens) {
    const auto scope = guarded.metrics_scope(with_token(token));
    if (role == Role::merchant || role == Role::auditor) {
      CHECK(scope == api::MetricsScope{.sees_whole_server = true, .shops = {"kami"}});
    } else {
      CHECK(scope.error().status == 403);
    }
  }
}

TEST_CASE("a server that others could reach does not start without tokens", "[authentication]") {
  const TempFolder data;
  make_kami(data.path());
  api::ServerOptions options{.data = data.path(), .vault_key = data.path() / "vault.key"};
  options.transport.listen = {"0.0.0.0", 0};
  CHECK_THROWS_AS(api::Server(options), api::ServingRefused);
  options.transport.listen = {"127.0.0.1", 0};
  options.is_behind_proxy = true;
  CHECK_THROWS_AS(api::Server(options), api::ServingRefused);
}

TEST_CASE("a shop whose tokens cannot be read is not served", "[authentication]") {
  const TempFolder data;
  make_kami(data.path());
  make_token_for(data.path() / "kami", Role::merchant);
  for (const auto* file : {"tokens.db-wal", "tokens.db-shm"}) std::filesystem::remove(data.path() / "kami" / file);
  std::filesystem::resize_file(data.path() / "kami" / "tokens.db", 100);
  api::ServerOptions options{.data = data.path(), .vault_key = data.path() / "vault.key"};
  options.transport.listen = {"127.0.0.1", 0};
  CHECK_THROWS(api::Server(options));
}
