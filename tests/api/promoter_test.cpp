// What a promoter sees of a shop: its own member, and how many stand below it.
#include "api/routes.hpp"
#include "tests/api/guarded_shop.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace upline::tests;
using upline::eventstore::Role;
using Json = nlohmann::json;

namespace {

/// The paths of members that promoters may ask, such as "/balances".
std::vector<std::string> promoters_paths() {
  const std::string member = "/v1/shops/{shop}/members/{member}";
  std::vector<std::string> paths;
  for (const auto& route : upline::api::routes().routes()) {
    const auto& roles = route.handler.roles;
    if (!roles.are_anybody() && roles.contains(Role::promoter)) paths.push_back(route.path.substr(member.size()));
  }
  return paths;
}

}  // namespace

TEST_CASE("what is for promoters is about one member", "[promoter]") {
  for (const auto& route : upline::api::routes().routes()) {
    if (route.handler.roles.are_anybody() || !route.handler.roles.contains(Role::promoter)) continue;
    INFO(route.path);
    CHECK(route.method == "GET");
    CHECK(route.path.starts_with("/v1/shops/{shop}/members/{member}"));
  }
  CHECK(promoters_paths().size() >= 3);
}

TEST_CASE("to a promoter, other members are not there", "[promoter]") {
  const GuardedShop books;
  for (const auto& path : promoters_paths()) {
    INFO(path);
    CHECK(books.get("/members/bob" + path, bearer(books.token(Role::promoter))).status == 200);
    const auto missing = books.get("/members/nobody" + path, bearer(books.token(Role::merchant)));
    CHECK(missing.status == 404);
    for (const std::string other : {"alice", "carol", "dave", "nobody", "BOB", "bob%20"}) {
      const auto answer = books.get("/members/" + other + path, bearer(books.token(Role::promoter)));
      CHECK(answer.status == 404);
      CHECK(Json::parse(answer.body)["code"] == "unknown_member");
      if (other == "nobody") CHECK(told(answer) == told(missing));
    }
  }
}

TEST_CASE("a promoter is told how many stand below it, and not who", "[promoter]") {
  const GuardedShop books;
  const auto own = books.get("/members/bob/downline", bearer(books.token(Role::promoter)));
  CHECK(Json::parse(own.body) == Json({{"member", "bob"}, {"by_level", {1, 1}}}));
  const auto merchants = books.get("/members/bob/downline/1", bearer(books.token(Role::merchant)));
  CHECK(Json::parse(merchants.body)["members"] == Json{"carol"});
  CHECK(books.get("/members/bob/downline/1", bearer(books.token(Role::promoter))).status == 403);
}

TEST_CASE("nothing that a promoter can ask names another member", "[promoter]") {
  const GuardedShop books;
  const auto merchant = bearer(books.token(Role::merchant));
  const Json order{{"order", "o1"}, {"member", "dave"}, {"product", "game"}, {"contact", "dave@example.com"}};
  const Json payment{{"payment", "p1"}, {"amount_minor", 999}, {"currency", "CNY"}};
  REQUIRE(books.post("/orders", order.dump(), merchant).status == 201);
  REQUIRE(books.post("/orders/o1/payments", payment.dump(), merchant).status == 201);
  const auto entries = books.get("/members/bob/entries", bearer(books.token(Role::promoter)));
  CHECK(Json::parse(entries.body)["entries"][0]["order"] == "o1");
  for (const auto& path : promoters_paths()) {
    const auto answer = books.get("/members/bob" + path, bearer(books.token(Role::promoter)));
    CHECK(answer.status == 200);
    for (const auto* name : {"alice", "carol", "dave"}) {
      INFO(path << " names " << name);
      CHECK(answer.body.find(name) == std::string::npos);
    }
  }
}
