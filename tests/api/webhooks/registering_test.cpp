// A webhook is registered once, however often it is asked for.
#include "tests/api/webhooks/hooked_shop.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace upline::tests;
using Json = nlohmann::json;

namespace {

const Json wanted{{"url", "http://127.0.0.1:9/hooks"}, {"types", {"OrderPlaced"}}};
const std::string key = "Idempotency-Key: k1\r\n";

Answer ask(ServedBooks& books, const std::string& path, const Json& body, const std::string& headers) {
  return Client(books.port()).ask(post("/v1/shops/kami" + path, body.dump(), headers));
}

std::size_t webhooks(ServedBooks& books) { return books.client().get("/webhooks").body["webhooks"].size(); }

}  // namespace

TEST_CASE("a registration sent again under its key answers the same, with the secret", "[webhook][idempotency]") {
  ServedBooks books;
  const auto first = ask(books, "/webhooks", wanted, key);
  REQUIRE(first.status == 201);
  const auto body = Json::parse(first.body);
  CHECK(body["outcome"] == "registered");
  CHECK(body["position"] == books.client().get("/stats").body["last_position"]);
  CHECK_FALSE(first.headers.contains("idempotency-replayed"));
  books.client().post("/members", {{"member", "erin"}});
  books.restart();
  const auto again = ask(books, "/webhooks", wanted, key);
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(again.headers.at("idempotency-replayed") == "true");
  CHECK(again.headers.at("cache-control") == "no-store");
  CHECK(webhooks(books) == 1);
}

TEST_CASE("a key of a registration names no other, and no other command's key names one", "[webhook][idempotency]") {
  ServedBooks books;
  auto client = books.client();
  REQUIRE(client.post("/webhooks", wanted, key).status == 201);
  auto other = wanted;
  other["types"] = {"all"};
  CHECK(client.post("/webhooks", other, key).code() == "idempotency_key_reused");
  REQUIRE(client.post("/members", {{"member", "erin"}}, "Idempotency-Key: k2\r\n").status == 201);
  const auto refused =
      client.post("/webhooks", {{"url", "http://127.0.0.1:9/other"}, {"types", {"all"}}}, "Idempotency-Key: k2\r\n");
  CHECK(refused.status == 422);
  CHECK(refused.body["field"] == "Idempotency-Key");
  CHECK(client.post("/webhooks", wanted, "Idempotency-Key: ?\r\n").code() == "invalid_idempotency_key");
  CHECK(webhooks(books) == 1);
}

TEST_CASE("without its key a registration that is there is refused, and shows no secret", "[webhook][idempotency]") {
  ServedBooks books;
  auto client = books.client();
  const auto first = client.post("/webhooks", wanted, key);
  for (const std::string header : {"", "Idempotency-Key: k2\r\n"}) {
    const auto refused = client.post("/webhooks", wanted, header);
    CHECK(refused.code() == "webhook_exists");
    CHECK(refused.body.dump().find(first.body["secret"].get<std::string>()) == std::string::npos);
  }
}

TEST_CASE("a key goes with its webhook", "[webhook][idempotency]") {
  ServedBooks books;
  auto client = books.client();
  const auto first = client.post("/webhooks", wanted, key);
  client.remove("/webhooks/" + first.body["webhook"].get<std::string>());
  const auto anew = client.post("/webhooks", wanted, key);
  CHECK(anew.status == 201);
  CHECK(anew.body["webhook"] != first.body["webhook"]);
  CHECK(anew.body["secret"] != first.body["secret"]);
}

TEST_CASE("a replay sent again under its key is asked for once", "[webhook][idempotency]") {
  HookedShop shop;
  Receiver receiver;
  const auto hook = shop.hook(receiver.url());
  const auto replay = [&](const Json& body, const std::string& headers) {
    return shop.client().post("/webhooks/" + hook.id + "/replay", body, headers);
  };
  REQUIRE(replay({{"from", 1}, {"to", 2}}, key).status == 202);
  receiver.await([](const auto& all) { return Receiver::is_accepted(all, 2); });
  CHECK(replay({{"from", 1}, {"to", 2}}, key).status == 202);
  CHECK(replay({{"from", 1}, {"to", 3}}, key).code() == "idempotency_key_reused");
  REQUIRE(replay({{"from", 3}, {"to", 3}}, "").status == 202);
  const auto all = receiver.await([](const auto& received) { return Receiver::is_accepted(received, 3); });
  CHECK(all.size() == 3);
}

TEST_CASE("the reads of webhooks and the numbers of a shop wait for a position as all reads", "[webhook][reading]") {
  ServedBooks books;
  auto client = books.client();
  for (const auto* path : {"/webhooks", "/stats"}) {
    INFO(path);
    const auto late = client.get(std::string(path) + "?min_position=9999&wait_ms=0");
    CHECK(late.code() == "not_there_yet");
    const auto there = Client(books.port()).ask(get(std::string("/v1/shops/kami") + path + "?min_position=1"));
    CHECK(there.status == 200);
    CHECK(there.headers.contains("upline-position"));
    CHECK_FALSE(there.headers.contains("etag"));
  }
}
