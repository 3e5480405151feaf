#include "api/cors.hpp"

#include "tests/api/guarded_shop.hpp"
#include "tests/api/served_books.hpp"

#include <optional>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

using namespace upline::api;
using namespace upline::tests;
using upline::eventstore::Role;

namespace {

const std::string shop_page = "Origin: https://shop.example\r\n";
const std::string other_page = "Origin: https://evil.example\r\n";

void allow_shop(ServerOptions& options) { options.allowed_origins = {"https://shop.example"}; }

bool is_shared(const Answer& answer) {
  for (const auto& [name, value] : answer.headers) {
    if (name.starts_with("access-control-")) return true;
  }
  return false;
}

std::string options(const std::string& path, const std::string& headers) {
  return "OPTIONS " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

}  // namespace

TEST_CASE("an origin is taken as browsers send it", "[cors]") {
  CHECK(parse_origin("https://shop.example") == "https://shop.example");
  CHECK(parse_origin("HTTPS://Shop.Example:443") == "https://shop.example");
  CHECK(parse_origin("http://localhost:80") == "http://localhost");
  CHECK(parse_origin("http://localhost:3000") == "http://localhost:3000");
  CHECK(parse_origin("http://[::1]:3000") == "http://[::1]:3000");
  for (const auto* text : {"", "*", "null", "shop.example", "https://", "https://*.example", "https://shop.example/",
                           "https://shop.example/path", "https://me@shop.example", "ftp://shop.example",
                           "https://a.example, https://b.example"}) {
    INFO(text);
    CHECK(parse_origin(text).error().starts_with("'" + std::string(text) + "' is no origin: write scheme"));
  }
}

TEST_CASE("a page of an allowed origin may read every answer, also a refusal", "[cors]") {
  const GuardedShop books(allow_shop);
  const auto answer = books.get("/stock", shop_page + bearer(books.token(Role::storefront)));
  CHECK(answer.status == 200);
  CHECK(answer.headers.at("access-control-allow-origin") == "https://shop.example");
  CHECK(answer.headers.at("access-control-expose-headers").find("Retry-After") != std::string::npos);
  CHECK_FALSE(answer.headers.contains("access-control-allow-credentials"));
  CHECK(answer.headers.at("vary") == "Origin");
  const auto refused = books.get("/stock", shop_page);
  CHECK(refused.status == 401);
  CHECK(refused.headers.at("access-control-allow-origin") == "https://shop.example");
}

TEST_CASE("a page of another origin gets an answer that its browser does not show it", "[cors]") {
  const GuardedShop books(allow_shop);
  for (const auto* origin : {"https://evil.example", "https://shop.example.evil.example", "http://shop.example",
                             "https://shop.example:8443", "null", "*", ""}) {
    const auto headers = "Origin: " + std::string(origin) + "\r\n" + bearer(books.token(Role::storefront));
    const auto answer = books.get("/stock", headers);
    CHECK(answer.status == 200);
    CHECK_FALSE(is_shared(answer));
    CHECK(answer.headers.at("vary") == "Origin");
  }
  CHECK_FALSE(is_shared(books.get("/stock", bearer(books.token(Role::storefront)))));
}

TEST_CASE("a page asks before it sends a token, and needs none to ask", "[cors]") {
  const GuardedShop books(allow_shop);
  const std::string asks = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n";
  const auto answer = books.ask(options("/v1/shops/kami/orders", shop_page + asks));
  CHECK(answer.status == 204);
  CHECK(answer.headers.at("access-control-allow-origin") == "https://shop.example");
  CHECK(answer.headers.at("access-control-allow-methods") == "GET, HEAD, OPTIONS, POST");
  CHECK(answer.headers.at("access-control-allow-headers").find("Authorization") != std::string::npos);
  CHECK(answer.headers.at("access-control-allow-headers").find("Idempotency-Key") != std::string::npos);
  CHECK(answer.headers.contains("access-control-max-age"));
  const auto list = books.ask(options("/v1/shops", shop_page + asks));
  CHECK(list.headers.at("access-control-allow-methods") == "GET, HEAD, OPTIONS");
  CHECK_FALSE(is_shared(books.ask(options("/v1/shops/kami/orders", other_page + asks))));
  const auto plain = books.ask(options("/v1/shops/kami/orders", shop_page));
  CHECK(plain.headers.at("allow") == "GET, HEAD, OPTIONS, POST");
  CHECK_FALSE(plain.headers.contains("access-control-allow-methods"));
}

TEST_CASE("a server that allows no origin says nothing about origins", "[cors]") {
  const GuardedShop books;
  const auto answer = books.get("/stock", shop_page + bearer(books.token(Role::storefront)));
  CHECK(answer.status == 200);
  CHECK_FALSE(is_shared(answer));
  CHECK_FALSE(answer.headers.contains("vary"));
}

TEST_CASE("before a shop without tokens, only pages of allowed origins and of this machine are answered", "[cors]") {
  const TempFolder data;
  make_kami(data.path());
  ServerOptions options{.data = data.path(), .vault_key = data.path() / "vault.key"};
  options.transport.listen = {"127.0.0.1", 0};
  allow_shop(options);
  const Server server(std::move(options));
  const auto ask = [&](const std::string& page) {
    return Client(server.address().port).ask(get("/v1/shops/kami/stock", page));
  };
  const auto own = ask(shop_page);
  CHECK(own.status == 200);
  CHECK(own.headers.at("access-control-allow-origin") == "https://shop.example");
  CHECK(ask("Origin: http://localhost:3000\r\n").status == 200);
  const auto foreign = ask(other_page);
  CHECK(foreign.status == 403);
  CHECK_FALSE(is_shared(foreign));
}
