// The server as a storefront meets it: real sockets, a real shop.
#include "tests/api/served_books.hpp"

#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using Json = nlohmann::json;

namespace {

Json order(const std::string& id, const std::string& product = "game", int quantity = 1) {
  return {{"order", id}, {"member", "dave"}, {"product", product}, {"quantity", quantity}};
}

Json payment(const std::string& id, int amount, const std::string& currency = "CNY") {
  return {{"payment", id}, {"amount_minor", amount}, {"currency", currency}, {"channel", "alipay"}};
}

}  // namespace

TEST_CASE("an order is placed, paid and shows its keys", "[server]") {
  ServedBooks books;
  auto client = books.client();
  const auto placed = client.post("/orders", order("o1", "game", 2));
  CHECK(placed.status == 201);
  CHECK(placed.body["order"]["state"] == "placed");
  CHECK(placed.body["order"]["amount_due_minor"] == 1998);
  CHECK(client.get("/orders/o1/keys").code() == "not_delivered");
  const auto paid = client.post("/orders/o1/payments", payment("p1", 1998));
  CHECK(paid.status == 201);
  CHECK(paid.body["order"]["state"] == "delivered");
  const Json keys{{{"number", 1}, {"key", "b1-key-0"}}, {{"number", 2}, {"key", "b1-key-1"}}};
  CHECK(paid.body["order"]["keys"] == keys);
  CHECK(client.get("/orders/o1/keys").body["keys"] == keys);
}

TEST_CASE("every write can be sent again, and answers as the first time", "[server]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/orders", order("o1"));
  const auto first = client.post("/orders/o1/payments", payment("p1", 999));
  books.restart();
  auto after_restart = books.client();
  const auto again = after_restart.post("/orders/o1/payments", payment("p1", 999));
  CHECK(again.status == 200);
  CHECK(again.body["outcome"] == "already_there");
  CHECK(again.body["order"]["keys"] == first.body["order"]["keys"]);
  CHECK(after_restart.post("/orders", order("o1")).body["outcome"] == "already_there");
}

TEST_CASE("a read at the position of a write sees the write", "[server]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/orders", order("o1"));
  const auto paid = client.post("/orders/o1/payments", payment("p1", 999));
  const auto position = paid.body["position"].get<int>();
  const auto balances = client.get(fmt::format("/members/carol/balances?min_position={}", position));
  REQUIRE(balances.body["balances"].size() == 1);
  CHECK(balances.body["balances"][0]["earned_minor"] == 99);
  const auto entries = client.get(fmt::format("/members/carol/entries?min_position={}", position));
  CHECK(entries.body["entries"][0]["amount_minor"] == 99);
  const auto beyond = client.get(fmt::format("/stock?min_position={}", position + 1));
  CHECK(beyond.status == 503);
  CHECK(beyond.code() == "not_there_yet");
}

TEST_CASE("payments in every order they can arrive", "[server]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/orders", order("o1"));
  CHECK(client.post("/orders/o1/payments", payment("p1", 500)).body["order"]["state"] == "underpaid");
  const auto foreign = client.post("/orders/o1/payments", payment("p2", 100, "USD"));
  CHECK(foreign.body["order"]["owed_back_minor"] == Json{{"USD", 100}});
  const auto paid = client.post("/orders/o1/payments", payment("p3", 600));
  CHECK(paid.body["order"]["state"] == "delivered");
  CHECK(paid.body["order"]["owed_back_minor"] == Json{{"CNY", 101}, {"USD", 100}});
  const auto second = client.post("/orders/o1/payments", payment("p4", 999));
  CHECK(second.body["order"]["owed_back_minor"]["CNY"] == 1100);
  for (int time = 0; time < 2; ++time) {
    const auto mismatch = client.post("/orders/o1/payments", payment("p3", 601));
    CHECK(mismatch.status == 409);
    CHECK(mismatch.code() == "payment_mismatch");
  }
  const auto returned =
      client.post("/orders/o1/returns", {{"return", "t1"}, {"amount_minor", 1100}, {"currency", "CNY"}});
  CHECK(returned.body["order"]["owed_back_minor"] == Json{{"USD", 100}});
}

TEST_CASE("a refund takes keys and commissions back", "[server]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/orders", order("o1"));
  client.post("/orders/o1/payments", payment("p1", 999));
  const auto refunded = client.post(
      "/orders/o1/refunds", {{"refund", "r1"}, {"amount_minor", 999}, {"reason", "bad"}, {"revoke_keys", true}});
  CHECK(refunded.body["order"]["state"] == "refunded");
  CHECK(refunded.body["order"]["keys"].empty());
  const auto position = refunded.body["position"].get<int>();
  const auto balances = client.get(fmt::format("/members/carol/balances?min_position={}", position));
  CHECK(balances.body["balances"][0]["reversed_minor"] == 99);
  const auto again = client.post("/orders/o1/refunds",
                                 {{"refund", "r1"}, {"amount_minor", 999}, {"reason", "bad"}, {"revoke_keys", true}});
  CHECK(again.body["outcome"] == "already_there");
}

TEST_CASE("what is done by hand shows its text to whoever asks for the keys", "[server]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/orders", order("o1", "service"));
  CHECK(client.post("/orders/o1/payments", payment("p1", 999)).body["order"]["state"] == "paid");
  const auto delivered = client.post("/orders/o1/delivery", {{"text", "account: dave, password: hunter2"}});
  CHECK(delivered.body["order"]["state"] == "delivered");
  CHECK(client.get("/orders/o1/keys").body["text"] == "account: dave, password: hunter2");
  CHECK(client.get("/orders/o1").body.dump().find("hunter2") == std::string::npos);
}

TEST_CASE("what the rules refuse has the rejection's code, and the status of its kind", "[server]") {
  ServedBooks books;
  auto client = books.client();
  const auto nobody = client.post("/orders", {{"order", "o1"}, {"member", "nobody"}, {"product", "game"}});
  CHECK(nobody.status == 404);
  CHECK(nobody.code() == "unknown_member");
  CHECK(client.post("/orders", order("o1", "game", 11)).code() == "out_of_stock");
  CHECK(client.post("/orders", order("not an id")).status == 422);
  CHECK(client.get("/orders/o9").status == 404);
  CHECK(client.get("/members/nobody").status == 404);
  CHECK(client.get("/nothing").status == 404);
  CHECK(ShopClient(books.port(), "other").get("/stock").code() == "unknown_shop");
}

TEST_CASE("a page of another site is not answered", "[server]") {
  ServedBooks books;
  Client client(books.port());
  CHECK(client.ask("GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n").status == 403);
  CHECK(client.ask("GET /livez HTTP/1.1\r\nHost: localhost:1\r\nOrigin: https://evil.example\r\n\r\n").status == 403);
  CHECK(client.ask("GET /livez HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n").status == 403);
  CHECK(client.ask("GET /livez HTTP/1.1\r\nHost: localhost:1\r\nOrigin: http://localhost:3000\r\n\r\n").status == 200);
  CHECK(client.ask("GET /readyz HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n").status == 200);
}

TEST_CASE("keys come in over HTTP, and a secret is never told back", "[server]") {
  ServedBooks books;
  auto client = books.client();
  const auto imported = client.post("/products/game/keys",
                                    {{"batch", "b2"}, {"keys", {"new-1", "b1-key-3", "new-2"}}, {"release", true}});
  CHECK(imported.status == 201);
  CHECK(imported.body["duplicates"] == Json{1});
  CHECK(imported.body.dump().find("key-3") == std::string::npos);
  const auto only_old = client.post("/products/game/keys", {{"batch", "b3"}, {"keys", {"b1-key-3"}}});
  CHECK(only_old.code() == "duplicate_key");
  CHECK(only_old.body.dump().find("b1-key-3") == std::string::npos);
  const auto stock = client.get(fmt::format("/stock?min_position={}", imported.body["position"].get<int>()));
  for (const auto& product : stock.body["products"]) {
    if (product["product"] == "game") CHECK(product["available"] == 12);
  }
}

TEST_CASE("members enrol, click, move and are suspended over HTTP", "[server]") {
  ServedBooks books;
  auto client = books.client();
  const auto erin = client.post("/members", {{"member", "erin"}, {"referrer", "alice"}});
  CHECK(erin.status == 201);
  const auto code = erin.body["code"].get<std::string>();
  CHECK(client.post("/members", {{"member", "erin"}, {"referrer", "alice"}}).body["code"] == code);
  CHECK(client.post("/clicks", {{"visitor", "cookie-7"}, {"code", code}}).status == 201);
  const auto frank = client.post("/members", {{"member", "frank"}, {"visitor", "cookie-7"}});
  const auto position = frank.body["position"].get<int>();
  CHECK(client.get(fmt::format("/members/frank?min_position={}", position)).body["referrer"] == "erin");
  CHECK(client.post("/members/frank/move", {{"referrer", "bob"}}).status == 400);
  CHECK(client.post("/members/alice/move", {{"referrer", "dave"}, {"reason", "x"}}).code() == "referral_cycle");
  const auto moved = client.post("/members/frank/move", {{"referrer", "bob"}, {"reason", "asked for it"}});
  const auto upline =
      client.get(fmt::format("/members/frank/upline?min_position={}", moved.body["position"].get<int>()));
  REQUIRE(upline.body["upline"].size() == 2);
  CHECK(upline.body["upline"][0]["member"] == "bob");
  CHECK(client.post("/members/bob/suspend", {{"reason", "fraud"}}).status == 201);
  const auto closed = client.post("/members/bob/close", {{"reason", "fraud"}});
  CHECK(client.get(fmt::format("/members/bob?min_position={}", closed.body["position"].get<int>())).body["standing"] ==
        "closed");
}

TEST_CASE("the events are there, page by page", "[server]") {
  ServedBooks books;
  auto client = books.client();
  const auto page = client.get("/events?after=1&limit=3");
  REQUIRE(page.body["events"].size() == 3);
  CHECK(page.body["events"][0]["position"] == 2);
  CHECK(page.body["next"] == "4");
  const auto head = page.body["head"].get<int>();
  CHECK_FALSE(client.get(fmt::format("/events?after={}", head - 1)).body.contains("next"));
  CHECK(client.get(fmt::format("/events?after={}", head)).body["events"].empty());
  CHECK(client.get("/events?limit=1001").status == 400);
}

TEST_CASE("a stopped server has answered what it accepted", "[server]") {
  ServedBooks books;
  std::vector<std::thread> threads;
  std::vector<JsonAnswer> answers(8);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    threads.emplace_back([&, i] {
      auto client = books.client();
      answers[i] = client.post("/members", {{"member", fmt::format("m{}", i)}});
    });
  }
  for (auto& thread : threads) thread.join();
  books.restart();
  auto client = books.client();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    CHECK(answers[i].status == 201);
    CHECK(client.post("/members", {{"member", fmt::format("m{}", i)}}).body["outcome"] == "already_there");
  }
}

TEST_CASE("one order takes two commits, and the writer counts them", "[server]") {
  ServedBooks books;
  auto client = books.client();
  const auto before = client.get("/stats").body["writer"];
  client.post("/orders", order("o1"));
  client.post("/orders/o1/payments", payment("p1", 999));
  const auto after = client.get("/stats").body["writer"];
  CHECK(after["commits"].get<int>() - before["commits"].get<int>() == 2);
  CHECK(after["commands"].get<int>() - before["commands"].get<int>() == 2);
  CHECK(after["queue_length"] == 0);
}
