// What a server tells of its requests: enough to find one again, and nothing that is nobody's business.
#include "api/job.hpp"
#include "tests/api/log_lines.hpp"
#include "tests/api/metrics_text.hpp"
#include "tests/api/served_books.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline;
using namespace upline::api;
using namespace upline::tests;
using Json = nlohmann::json;

namespace {

TelemetryOptions logging(LogLines& lines, LogLevel level = LogLevel::debug) {
  return {.log = {.format = LogFormat::json, .level = level, .write = lines.sink()},
          .metrics_fresh_for = std::chrono::milliseconds{0}};
}

std::vector<Json> parsed(const LogLines& lines) {
  std::vector<Json> all;
  for (const auto& line : lines.all()) all.push_back(Json::parse(line));
  return all;
}

Json line_of_status(const LogLines& lines, int status) {
  for (const auto& line : parsed(lines)) {
    if (line.value("status", 0) == status) return line;
  }
  return {};
}

}  // namespace

TEST_CASE("each request is one line, with the id that its answer bears", "[telemetry]") {
  LogLines lines;
  ServedBooks books(logging(lines));
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto answer = Client(books.port())
                          .ask(post("/v1/shops/kami/orders", R"({"order":"o1","member":"dave","product":"game"})",
                                    "traceparent: 00-" + trace + "-00f067aa0ba902b7-01\r\n"));
  CHECK(answer.status == 201);
  books.stop();
  REQUIRE(lines.all().size() == 1);
  const auto line = parsed(lines)[0];
  CHECK(line["request_id"] == answer.headers.at("x-request-id"));
  CHECK(line["trace_id"] == trace);
  CHECK(line["parent_id"] == "00f067aa0ba902b7");
  CHECK(line["level"] == "info");
  CHECK(line["message"] == "POST /v1/shops/{shop}/orders 201");
  CHECK(line["method"] == "POST");
  CHECK(line["route"] == "/v1/shops/{shop}/orders");
  CHECK(line["status"] == 201);
  CHECK(line["shop"] == "kami");
  CHECK(line["class"] == "order");
  CHECK(line["bytes"] == answer.body.size());
  CHECK(line["duration_ms"].get<double>() > 0);
}

TEST_CASE("a refusal can be quoted: it names its request, and the log its code", "[telemetry]") {
  LogLines lines;
  ServedBooks books(logging(lines));
  const auto answer = Client(books.port()).ask(get("/v1/shops/kami/orders/nobody"));
  const auto problem = Json::parse(answer.body);
  CHECK(problem["request_id"] == answer.headers.at("x-request-id"));
  CHECK(problem["code"] == "unknown_order");
  books.stop();
  const auto line = line_of_status(lines, 404);
  CHECK(line["request_id"] == problem["request_id"]);
  CHECK(line["code"] == "unknown_order");
  CHECK_FALSE(line.contains("detail"));
}

TEST_CASE("probes and scrapes are no news", "[telemetry]") {
  LogLines lines;
  ServedBooks books(logging(lines, LogLevel::info));
  Client client(books.port());
  for (const auto* path : {"/livez", "/readyz", "/metrics"}) CHECK(client.ask(get(path)).status == 200);
  client.ask(get("/v1/shops"));
  books.stop();
  REQUIRE(lines.all().size() == 1);
  CHECK(parsed(lines)[0]["route"] == "/v1/shops");
}

TEST_CASE("what takes long is a warning", "[telemetry]") {
  LogLines lines;
  auto options = logging(lines, LogLevel::warn);
  options.slow_request = std::chrono::milliseconds{0};
  ServedBooks books(options);
  books.client().get("/stock");
  books.stop();
  REQUIRE(lines.all().size() == 1);
  CHECK(parsed(lines)[0]["message"] == "slow: GET /v1/shops/{shop}/stock 200");
}

TEST_CASE("what keeps a shop from being written is said once, and that it is over", "[telemetry]") {
  LogLines lines;
  {
    Telemetry telemetry(logging(lines));
    const auto observe = telemetry.writer_observer("kami");
    const auto trouble = std::make_exception_ptr(std::runtime_error("the disk is full"));
    for (int i = 0; i < 3; ++i) observe({.trouble = trouble});
    for (int i = 0; i < 3; ++i) observe({});
  }
  const auto said = parsed(lines);
  REQUIRE(said.size() == 2);
  CHECK(said[0]["level"] == "error");
  CHECK(said[0]["message"] == "the shop cannot be written to: the disk is full");
  CHECK(said[0]["shop"] == "kami");
  CHECK(said[1]["message"] == "the shop is written to again");
}

TEST_CASE("what broke is told to the log, and to the caller only that it did", "[telemetry]") {
  LogLines lines;
  std::string body;
  {
    const auto telemetry = std::make_shared<Telemetry>(logging(lines));
    for (const auto& broken : {std::make_exception_ptr(std::runtime_error("no such file: /srv/upline/vault.key")),
                               std::make_exception_ptr(eventstore::DamagedStore("/srv/upline/vault.key is bad"))}) {
      Respond respond = [&](const Response& response) { body += response.body; };
      telemetry->begin({.method = "GET", .path = "/v1/shops"}, respond);
      respond(answer_of(broken));
    }
  }
  CHECK(body.find("/srv") == std::string::npos);
  CHECK(body.find("\"code\":\"internal_error\"") != std::string::npos);
  CHECK(body.find("\"code\":\"damaged_store\"") != std::string::npos);
  const auto told = parsed(lines);
  REQUIRE(told.size() == 2);
  CHECK(told[0]["detail"] == "no such file: /srv/upline/vault.key");
  CHECK(told[1]["detail"] == "/srv/upline/vault.key is bad");
  for (const auto& line : told) CHECK(body.find(line["request_id"].get<std::string>()) != std::string::npos);
}

TEST_CASE("a request that is dropped is told of as failed", "[telemetry]") {
  LogLines lines;
  {
    const auto telemetry = std::make_shared<Telemetry>(logging(lines));
    unsigned answered = 0;
    {
      Respond respond = [&](const Response& response) { answered = response.status; };
      telemetry->begin({.method = "GET", .path = "/v1/shops"}, respond);
    }
    CHECK(answered == 0);
  }
  REQUIRE(lines.all().size() == 1);
  CHECK(parsed(lines)[0]["status"] == 500);
  CHECK(parsed(lines)[0]["level"] == "error");
}

TEST_CASE("no line of the log and no metric holds a key, a contact, a token or a secret", "[telemetry]") {
  LogLines lines;
  ServedBooks books(logging(lines));
  const std::string bearer =
      "Authorization: Bearer SECRET-token\r\nX-Signature: t=1,v1=SECRET-signature\r\nCookie: SECRET-cookie\r\n";
  auto client = books.client();
  const auto send = [&](const std::string& path, const Json& body) { return client.post(path, body, bearer).status; };
  CHECK(send("/products/game/keys", {{"batch", "b9"}, {"keys", {"SECRET-key-1", "SECRET-key-2"}}, {"release", true}}) ==
        201);
  CHECK(send("/products/game/keys", {{"batch", "b8"}, {"keys", {"SECRET-key-1"}}}) == 409);
  CHECK(send("/products/game/keys", {{"batch", "SECRET batch"}, {"keys", {"SECRET-key-3"}}}) == 422);
  CHECK(send("/orders",
             {{"order", "o1"}, {"member", "dave"}, {"product", "game"}, {"contact", "SECRET@example.org"}}) == 201);
  CHECK(send("/orders", {{"order", "o2"}, {"member", "dave"}, {"product", "game"}, {"SECRET-field", 1}}) == 400);
  CHECK(send("/orders/o1/payments",
             {{"payment", "p1"}, {"amount_minor", 999}, {"currency", "CNY"}, {"channel", "alipay"}}) == 201);
  CHECK(send("/orders", {{"order", "o3"}, {"member", "dave"}, {"product", "service"}}) == 201);
  CHECK(send("/orders/o3/payments",
             {{"payment", "p3"}, {"amount_minor", 999}, {"currency", "CNY"}, {"channel", "alipay"}}) == 201);
  CHECK(send("/orders/o3/delivery", {{"text", "SECRET-password"}}) == 201);
  CHECK(send("/members", {{"member", "erin"}, {"visitor", "SECRET-visitor"}}) == 201);
  CHECK(send("/clicks", {{"visitor", "SECRET-visitor"}, {"code", "SECRETCODE"}}) >= 400);
  CHECK(client.get("/orders/o1/keys?query_secret=SECRET-query").status == 400);
  CHECK(client.get("/orders/o1/keys").status == 200);
  CHECK(client.get("/stock?as_of=SECRET-time").status == 400);
  CHECK(client.post_text("/orders", R"({"order":"SECRET)", bearer).status == 400);
  Client bare(books.port());
  CHECK(bare.ask(get("/SECRET-path/%53ECRET?x=SECRET", bearer)).status == 404);
  CHECK(bare.ask(get("/v1/shops/SECRET-shop/stock", bearer)).status == 404);
  CHECK(bare.ask(get("/v1/%ff?SECRET", bearer)).status == 400);
  CHECK(bare.ask("SECRET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 405);
  CHECK(bare.ask("GET /livez HTTP/1.1\r\nHost: SECRET.example\r\n\r\n").status == 403);
  CHECK(bare.ask(get("/livez", "traceparent: 00-SECRET\r\n")).status == 200);
  CHECK(Client(books.port()).ask("SECRET\r\n\r\n").status == 400);
  const auto page = Client(books.port()).ask(get("/metrics")).body;
  books.stop();
  CHECK(lines.all().size() >= 20);
  for (const auto& line : lines.all()) {
    INFO(line);
    CHECK(Json::parse(line).is_object());
    CHECK(line.find("SECRET") == std::string::npos);
  }
  CHECK_NOTHROW(MetricsText(page));
  CHECK(page.find("SECRET") == std::string::npos);
}
