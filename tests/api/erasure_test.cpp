// A person is erased over HTTP: what the vault held is gone, what the books hold stays.
#include "tests/api/served_books.hpp"
#include "tests/await.hpp"

#include <string>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>

using namespace upline::tests;
using Json = nlohmann::json;

namespace {

const Json lookup{{"contact", "dave.the.buyer@mail.example"}, {"secret", "blue horse 42"}};

void sell_to_dave(ShopClient& client) {
  const Json order{{"order", "o1"},
                   {"member", "dave"},
                   {"product", "game"},
                   {"contact", lookup["contact"]},
                   {"query_secret", lookup["secret"]}};
  REQUIRE(client.post("/orders", order).status == 201);
  REQUIRE(client.post("/orders/o1/payments", {{"payment", "p1"}, {"amount_minor", 999}, {"currency", "CNY"}}).status ==
          201);
}

const Json reason{{"reason", "asked for it"}};

}  // namespace

TEST_CASE("who is erased is found by no contact any more, and all money stays as it was", "[erasure]") {
  ServedBooks books;
  auto client = books.client();
  sell_to_dave(client);
  REQUIRE(client.post("/orders/lookup", lookup).body["orders"].size() == 1);
  const auto balances = client.get("/balances").body["balances"];
  const auto journal = client.get("/reports/trial-balance").body["lines"];
  const auto order = client.get("/orders/o1").body["order"];
  REQUIRE(balances.size() == 3);

  const auto erased = client.post("/members/dave/erase", reason);
  CHECK(erased.status == 201);
  CHECK(client.post("/orders/lookup", lookup).body["orders"].empty());
  CHECK(client.get("/balances").body["balances"] == balances);
  CHECK(client.get("/reports/trial-balance").body["lines"] == journal);
  CHECK(client.get("/orders/o1").body["order"] == order);

  books.restart();
  auto later = books.client();
  CHECK(later.post("/orders/lookup", lookup).body["orders"].empty());
  CHECK(later.post("/members/dave/erase", reason).status == 200);
}

TEST_CASE("an erased member is closed and orders nothing", "[erasure]") {
  ServedBooks books;
  auto client = books.client();
  REQUIRE(client.post("/members/dave/erase", reason).status == 201);
  CHECK(client.get("/members/dave").body["standing"] == "closed");
  const auto refused = client.post("/orders", {{"order", "o1"}, {"member", "dave"}, {"product", "game"}});
  CHECK(refused.status == 409);
  CHECK(refused.code() == "member_closed");
}

TEST_CASE("nobody is erased without a reason, and nobody who is not there", "[erasure]") {
  ServedBooks books;
  auto client = books.client();
  CHECK(client.post("/members/dave/erase", Json::object()).status == 400);
  CHECK(client.post("/members/nobody/erase", reason).code() == "unknown_member");
  CHECK(client.get("/members/dave").body["standing"] == "active");
}

TEST_CASE("while another process reads the vault an erasure is unfinished, and the shop sells on", "[erasure]") {
  ServedBooks books;
  auto client = books.client();
  sell_to_dave(client);
  {
    SQLite::Database reader(books.data() / "kami" / "vault.db", SQLite::OPEN_READONLY);
    reader.exec("BEGIN");
    REQUIRE(reader.execAndGet("SELECT count(*) FROM texts").getInt() > 0);
    const auto unfinished = client.post("/members/dave/erase", reason);
    CHECK(unfinished.status == 503);
    CHECK(unfinished.code() == "erasure_unfinished");
    CHECK(client.get("/members/dave").body["standing"] == "closed");
    CHECK(client.post("/orders", {{"order", "o2"}, {"member", "carol"}, {"product", "game"}}).status == 201);
  }
  CHECK(await([&] { return client.post("/members/dave/erase", reason).status != 503; }));
  CHECK(client.post("/orders/lookup", lookup).body["orders"].empty());
}
