// What came in for an order and what went back, page by page.
#include "tests/api/served_books.hpp"

#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using Json = nlohmann::json;

namespace {

/// All pages of so many, with the items of each list, in the order in which they came.
std::vector<Json> pages_of(ShopClient& client, const std::string& path, int limit, std::vector<std::string> lists) {
  std::vector<Json> pages;
  std::string after;
  do {
    const auto page = client.get(fmt::format("{}?limit={}{}", path, limit, after)).body;
    std::size_t shown = 0;
    for (const auto& list : lists) shown += page[list].size();
    CHECK(shown <= static_cast<std::size_t>(limit));
    pages.push_back(page);
    after = page.contains("next") ? "&after=" + page["next"].get<std::string>() : "";
  } while (!after.empty());
  return pages;
}

std::vector<std::uint64_t> positions(const std::vector<Json>& pages, const std::string& list) {
  std::vector<std::uint64_t> all;
  for (const auto& page : pages) {
    for (const auto& item : page[list]) all.push_back(item["position"]);
  }
  return all;
}

void pay(ShopClient& client, const std::string& id, int amount) {
  client.post("/orders/o1/payments", {{"payment", id}, {"amount_minor", amount}, {"currency", "CNY"}});
}

}  // namespace

TEST_CASE("payments and mismatches of an order are paged together, and none is left out", "[pages]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/orders", {{"order", "o1"}, {"member", "dave"}, {"product", "game"}, {"quantity", 2}});
  for (const auto* id : {"p1", "p2", "p3"}) {
    pay(client, id, 1);
    pay(client, id, 2);  // again, with another amount
  }
  const auto whole = client.get("/orders/o1/payments").body;
  REQUIRE(whole["payments"].size() == 3);
  REQUIRE(whole["mismatches"].size() == 3);
  CHECK_FALSE(whole.contains("next"));
  const auto pages = pages_of(client, "/orders/o1/payments", 2, {"payments", "mismatches"});
  CHECK(pages.size() == 3);
  for (const auto* list : {"payments", "mismatches"}) CHECK(positions(pages, list) == positions({whole}, list));
}

TEST_CASE("refunds of an order come page by page", "[pages]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/orders", {{"order", "o1"}, {"member", "dave"}, {"product", "game"}});
  pay(client, "p1", 999);
  for (int i = 0; i < 5; ++i) {
    client.post("/orders/o1/refunds", {{"refund", fmt::format("r{}", i)}, {"amount_minor", 10}});
  }
  const auto pages = pages_of(client, "/orders/o1/refunds", 2, {"refunds"});
  CHECK(pages.size() == 3);
  CHECK(positions(pages, "refunds") == positions({client.get("/orders/o1/refunds").body}, "refunds"));
  CHECK(client.get("/orders/none/refunds").code() == "unknown_order");
}

TEST_CASE("the audit of a member comes page by page, and its sums are of all", "[pages]") {
  ServedBooks books;
  auto client = books.client();
  const std::vector<std::string> lists{"moves", "entries", "forfeits"};
  client.post("/members/dave/move", {{"referrer", "bob"}, {"reason", "asked for it"}});
  for (int i = 0; i < 3; ++i) {
    const auto id = fmt::format("o{}", i);
    client.post("/orders", {{"order", id}, {"member", "dave"}, {"product", "game"}});
    client.post("/orders/" + id + "/payments", {{"payment", "p" + id}, {"amount_minor", 999}, {"currency", "CNY"}});
    client.post("/orders/" + id + "/refunds", {{"refund", "r" + id}, {"amount_minor", 500}});
    if (i == 1) client.post("/members/bob/suspend", {{"reason", "fraud"}});
  }
  const auto whole = client.get("/members/bob/audit").body;
  REQUIRE(whole["entries"].size() == 4);
  REQUIRE(whole["forfeits"].size() == 1);
  const auto pages = pages_of(client, "/members/bob/audit", 2, lists);
  CHECK(pages.size() == 3);
  for (const auto& list : lists) {
    Json together = Json::array();
    for (const auto& page : pages) together.insert(together.end(), page[list].begin(), page[list].end());
    CHECK(together == whole[list]);
  }
  for (const auto& page : pages) CHECK(page["totals"] == whole["totals"]);
  CHECK(client.get("/members/dave/audit?limit=1").body["moves"].size() == 1);
}
