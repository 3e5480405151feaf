// What the bank may have is not given up by mistake: the next settlement would pay it again.
#include "eventstore/payees.hpp"
#include "eventstore/shop.hpp"
#include "tests/api/settled_books.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace upline::tests;
using Json = nlohmann::json;

namespace {

const std::string path = "/settlements/may";

/// Approved, with a file made of it.
void export_may(const SettledBooks& books, ShopClient& client) {
  {
    upline::eventstore::Shop shop({books.data(), "kami", books.data() / "vault.key"});
    for (const auto* member : {"alice", "bob", "carol"}) {
      put_payee(shop.vault(), shop.store(), {member}, {.name = "Owner", .alipay = "pay@mail.example"});
    }
  }
  settle(client, "may");
  client.post(path + "/approve", Json::object());
  const auto head = client.get("/stats").body.at("last_position").get<int>();
  Client(books.port()).ask(post("/v1/shops/kami/settlements/may/export", R"({"format":"alipay"})"));
  REQUIRE(client.get("/stats").body.at("last_position") == head + 1);
}

}  // namespace

TEST_CASE("a settlement whose file was exported is cancelled only where somebody says that it was never sent",
          "[settlements]") {
  SettledBooks books;
  auto client = books.client();
  export_may(books, client);
  const auto refused = client.post(path + "/cancel", {{"reason", "wrong cutoff"}});
  CHECK(refused.status == 409);
  CHECK(refused.code() == "settlement_exported");
  CHECK(client.post(path + "/cancel", {{"reason", "wrong cutoff"}, {"although_exported", false}}).code() ==
        "settlement_exported");
  CHECK(client.post(path + "/cancel", {{"reason", "wrong cutoff"}, {"although_exported", "yes"}}).status == 400);
  CHECK(settle(client, "june").at("lines") == 0);
  CHECK(client.post(path + "/cancel", {{"reason", "never sent"}, {"although_exported", true}}).status == 201);
  CHECK(settle(client, "july").at("lines") == 3);
}
