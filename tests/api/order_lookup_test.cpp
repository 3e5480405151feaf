// A buyer finds its orders again, and nobody learns who is a buyer.
#include "eventstore/shop.hpp"
#include "tests/api/served_books.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
namespace eventstore = upline::eventstore;
using Json = nlohmann::json;

namespace {

const std::string contact = "dave.the.buyer@mail.example";
const std::string secret = "blue horse 42";

Json order(const std::string& id, const std::string& query_secret = secret) {
  return {{"order", id}, {"member", "dave"}, {"product", "game"}, {"contact", contact}, {"query_secret", query_secret}};
}

Json found(ShopClient& client, const std::string& given_contact, const std::string& given_secret) {
  const auto answer = client.post("/orders/lookup", {{"contact", given_contact}, {"secret", given_secret}});
  CHECK(answer.status == 200);
  return answer.body;
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a buyer finds the orders that were placed with its contact and secret, and no others", "[lookup]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/orders", order("o1"));
  client.post("/orders", order("o2", "another secret"));
  client.post("/orders/o1/payments", {{"payment", "p1"}, {"amount_minor", 999}, {"currency", "CNY"}});
  client.post("/orders", order("o3"));
  const auto orders = found(client, contact, secret)["orders"];
  REQUIRE(orders.size() == 2);
  CHECK(orders[0]["order"] == "o1");
  CHECK(orders[0]["state"] == "delivered");
  CHECK(orders[1]["order"] == "o3");
  CHECK(found(client, contact, "another secret")["orders"][0]["order"] == "o2");
  books.restart();
  auto after_restart = books.client();
  CHECK(found(after_restart, contact, secret)["orders"].size() == 2);
}

TEST_CASE("a wrong secret and an unknown contact have the same answer", "[lookup]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/orders", order("o1"));
  const Json nothing{{"orders", Json::array()}};
  CHECK(found(client, contact, "wrong") == nothing);
  CHECK(found(client, "nobody@mail.example", secret) == nothing);
  CHECK(found(client, contact + secret.substr(0, 1), secret.substr(1)) == nothing);
}

TEST_CASE("an order found by its secret is found page by page", "[lookup]") {
  ServedBooks books;
  auto client = books.client();
  for (const auto* id : {"o1", "o2", "o3"}) client.post("/orders", order(id));
  const Json body{{"contact", contact}, {"secret", secret}};
  const auto first = client.post("/orders/lookup?limit=2", body).body;
  CHECK(first["orders"].size() == 2);
  const auto rest = client.post(fmt::format("/orders/lookup?after={}", first["next"].get<std::string>()), body).body;
  CHECK(rest["orders"].size() == 1);
  CHECK_FALSE(rest.contains("next"));
}

TEST_CASE("rows that open no order make no page shorter", "[lookup]") {
  ServedBooks books;
  auto client = books.client();
  for (const auto* id : {"o1", "o5", "o9"}) client.post("/orders", order(id));
  {  // as placing leaves them that was cut short before the log had it
    eventstore::Shop beside({books.data(), "kami", books.data() / "vault.key"});
    for (const auto* id : {"o2", "o3", "o4", "o6"}) {
      beside.vault().put_lookup({id}, {"dave"}, {.contact = contact, .secret = secret});
    }
    beside.vault().commit();
  }
  const Json body{{"contact", contact}, {"secret", secret}};
  const auto first = client.post("/orders/lookup?limit=2", body).body;
  REQUIRE(first["orders"].size() == 2);
  CHECK(first["orders"][1]["order"] == "o5");
  const auto rest = client.post("/orders/lookup?limit=2&after=" + first["next"].get<std::string>(), body).body;
  REQUIRE(rest["orders"].size() == 1);
  CHECK(rest["orders"][0]["order"] == "o9");
  CHECK_FALSE(rest.contains("next"));
}

TEST_CASE("a secret needs a contact, and a look-up needs both", "[lookup]") {
  ServedBooks books;
  auto client = books.client();
  const auto alone = client.post(
      "/orders", {{"order", "o1"}, {"member", "dave"}, {"product", "game"}, {"query_secret", "blue horse"}});
  CHECK(alone.status == 400);
  CHECK(alone.body["field"] == "query_secret");
  CHECK(client.post("/orders/lookup", {{"contact", contact}}).status == 400);
  CHECK(client.post("/orders/lookup", {{"contact", ""}, {"secret", "x"}}).status == 400);
}

TEST_CASE("the secret is part of what a repeated order says", "[lookup][idempotency]") {
  ServedBooks books;
  auto client = books.client();
  const std::string key = "Idempotency-Key: k1\r\n";
  const auto first = client.post("/orders", order("o1"), key);
  REQUIRE(first.status == 201);
  const auto again = client.post("/orders", order("o1"), key);
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  auto without = order("o1");
  without.erase("query_secret");
  for (const auto& other : {order("o1", "another secret"), without}) {
    const auto refused = client.post("/orders", other, key);
    CHECK(refused.status == 422);
    CHECK(refused.code() == "idempotency_key_reused");
  }
  CHECK(found(client, contact, secret)["orders"].size() == 1);
  CHECK(found(client, contact, "another secret")["orders"].empty());
}

TEST_CASE("neither contact nor secret lies in any file of the shop", "[lookup]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/orders", order("o1"));
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(books.data())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const auto content = content_of(entry.path());
    CHECK(content.find(contact) == std::string::npos);
    CHECK(content.find(secret) == std::string::npos);
  }
  CHECK(files > 2);
}
