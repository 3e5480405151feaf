#include "api/health.hpp"

#include "eventstore/event_store.hpp"
#include "tests/api/log_lines.hpp"
#include "tests/api/metrics_text.hpp"
#include "tests/api/served_books.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace upline;
using namespace upline::api;
using namespace upline::tests;
using Json = nlohmann::json;

namespace {

ShopHealth healthy() {
  return {.name = "kami",
          .is_open = true,
          .writing = {.queue_length = 3, .queue_max = 4},
          .projecting = {.head = {20'000}, .projected = {10'000}}};
}

ServerHealth server_with(ShopHealth shop) { return {.shops = {std::move(shop)}}; }

/// "name: sentence" of the first failed check, with the status; "200" where there is none.
template <class AnyResponse>
std::string said(const AnyResponse& response) {
  const Json json = Json::parse(response.body);
  std::string text = std::to_string(response.status);
  for (const auto& check : json["checks"]) {
    if (check["state"] != "ok") {
      text += " " + check["name"].get<std::string>() + " " + check["state"].get<std::string>() + ": " +
              check["detail"].get<std::string>();
    }
  }
  return text;
}

std::string ready_with(ShopHealth shop) { return said(readyz(server_with(std::move(shop)))); }

}  // namespace

TEST_CASE("a shop that does its work is ready", "[health]") {
  CHECK(ready_with(healthy()) == "200");
  CHECK(said(livez(server_with(healthy()))) == "200");
  const auto json = Json::parse(readyz(server_with(healthy())).body);
  CHECK(json["status"] == "ready");
  CHECK(json["checks"].size() == 5);
}

TEST_CASE("what keeps a shop from its work is named", "[health]") {
  auto full = healthy();
  full.writing.queue_length = 4;
  CHECK(ready_with(full) == "503 shop kami: queue failed: All 4 places for waiting commands are taken.");
  auto behind = healthy();
  behind.projecting.head = {20'001};
  CHECK(ready_with(behind) == "503 shop kami: projections failed: The read models are 10001 positions behind the log.");
  auto stopped = healthy();
  stopped.projecting.failed = {"orders", "inventory"};
  CHECK(ready_with(stopped) ==
        "503 shop kami: projections failed: These read models cannot be carried on: orders, inventory.");
}

TEST_CASE("a store that fails is told of without its path", "[health]") {
  auto shop = healthy();
  shop.writing.trouble = std::make_exception_ptr(eventstore::StoreUnwritable("/srv/secret/path is read-only"));
  CHECK(ready_with(shop) == "503 shop kami: store failed: The shop's files cannot be written to; the log says why.");
  shop.writing.trouble = std::make_exception_ptr(eventstore::DamagedStore("/srv/secret/path"));
  CHECK(ready_with(shop) == "503 shop kami: store failed: The shop's files are damaged; the log says how.");
  shop.writing.trouble = std::make_exception_ptr(std::runtime_error("/srv/secret/path"));
  CHECK(ready_with(shop) == "503 shop kami: store failed: The last write failed; the log says why.");
}

TEST_CASE("a shop that could not be opened is a warning as long as others are served", "[health]") {
  ServerHealth health{.shops = {healthy(), {.name = "broken"}}};
  CHECK(said(readyz(health)) ==
        "200 shop broken: open warning: The shop could not be opened and is not served; the log says why.");
  health.shops.erase(health.shops.begin());
  CHECK(readyz(health).status == 503);
}

TEST_CASE("a server that ends is not ready, and says when to come again", "[health]") {
  auto health = server_with(healthy());
  health.is_ending = true;
  const auto response = readyz(health);
  CHECK(said(response) == "503 server failed: The server is shutting down.");
  CHECK(Json::parse(response.body)["code"] == "shutting_down");
  CHECK(response.content_type == "application/problem+json");
  REQUIRE(!response.headers.empty());
  CHECK(response.headers[0].name == "Retry-After");
  CHECK(livez(health).status == 200);
}

TEST_CASE("a writer that is stuck is dead, one that works is not", "[health]") {
  auto health = server_with(healthy());
  health.now = std::chrono::steady_clock::now();
  health.shops[0].writing.busy_since = health.now - stuck_after + std::chrono::seconds(1);
  CHECK(said(livez(health)) == "200");
  health.shops[0].writing.busy_since = health.now - std::chrono::minutes(7);
  CHECK(said(livez(health)) == "503 shop kami: writer failed: The same batch has been written for 7 minutes.");
}

TEST_CASE("a shop that cannot be opened is told of wherever somebody looks, and the others are served",
          "[health][server]") {
  LogLines lines;
  ServedBooks books({.log = {.format = LogFormat::json, .write = lines.sink()}});
  std::filesystem::create_directory(books.data() / "broken");
  std::ofstream(books.data() / "broken" / "events.db") << "this is no database, however long it may be looked at";
  books.restart();
  Client client(books.port());
  CHECK(said(client.ask(get("/readyz"))) ==
        "200 shop broken: open warning: The shop could not be opened and is not served; the log says why.");
  CHECK(client.ask(get("/v1/shops/kami/stock")).status == 200);
  CHECK(client.ask(get("/v1/shops/broken/stock")).status == 404);
  const MetricsText metrics(client.ask(get("/metrics")).body);
  CHECK(metrics.sum("upline_shop_up", {{"shop", "kami"}}) == 1);
  CHECK(metrics.count("upline_shop_up", {{"shop", "broken"}}) == 1);
  CHECK(metrics.sum("upline_shop_up", {{"shop", "broken"}}) == 0);
  books.stop();
  const auto first = Json::parse(lines.all().at(0));
  CHECK(first["level"] == "warn");
  CHECK(first["message"].get<std::string>().starts_with("shop 'broken' is not served: "));
}

TEST_CASE("a running server says that it is alive and ready", "[health][server]") {
  ServedBooks books;
  Client client(books.port());
  const auto alive = client.ask(get("/livez"));
  CHECK(alive.status == 200);
  CHECK(Json::parse(alive.body)["status"] == "alive");
  const auto ready = client.ask(get("/readyz"));
  CHECK(ready.status == 200);
  CHECK(ready.headers.at("cache-control") == "no-store");
  CHECK(Json::parse(ready.body)["checks"][1] == Json{{"name", "shop kami: open"}, {"state", "ok"}});
}
