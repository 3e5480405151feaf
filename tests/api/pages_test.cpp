// Lists page by page: nothing twice, nothing missing, whoever writes meanwhile; and what the new reports say.
#include "tests/api/served_books.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using Json = nlohmann::json;

namespace {

void buy(ShopClient& client, const std::string& id, const std::string& at, const std::string& member = "dave",
         const std::string& product = "course") {
  const auto bought = client.post("/purchases", {{"order", id},
                                                 {"member", member},
                                                 {"product", product},
                                                 {"amount_minor", 999},
                                                 {"currency", "CNY"},
                                                 {"occurred_at", at}});
  REQUIRE(bought.status == 201);
}

/// Every page of a list, `limit` things each; `between` is called after each page.
template <class Between>
std::vector<Json> all_pages(ShopClient& client, const std::string& path, const std::string& list, int limit,
                            Between between) {
  std::vector<Json> all;
  std::string after;
  for (;;) {
    const auto separator = path.find('?') == std::string::npos ? '?' : '&';
    const auto page = client.get(fmt::format("{}{}limit={}{}", path, separator, limit, after));
    REQUIRE(page.status == 200);
    CHECK(page.body.at(list).size() <= static_cast<std::size_t>(limit));
    for (const auto& item : page.body.at(list)) all.push_back(item);
    if (!page.body.contains("next")) return all;
    CHECK(page.body.at(list).size() == static_cast<std::size_t>(limit));
    after = "&after=" + page.body.at("next").get<std::string>();
    between();
  }
}

std::vector<Json> all_pages(ShopClient& client, const std::string& path, const std::string& list, int limit) {
  return all_pages(client, path, list, limit, [] {});
}

std::vector<std::string> ids(const std::vector<Json>& list, const char* name) {
  std::vector<std::string> found;
  for (const auto& item : list) found.push_back(item.at(name).get<std::string>());
  return found;
}

struct Sold {
  ServedBooks books{};
  ShopClient client{books.client()};

  Sold() {
    for (int i = 1; i <= 7; ++i) buy(client, fmt::format("o{}", i), fmt::format("2026-05-{:02}T12:00:00Z", i));
    for (int i = 1; i <= 3; ++i) {  // owed back: paid twice
      const auto payment = Json{{"payment", fmt::format("p{}", i)}, {"amount_minor", 100 + i}, {"currency", "CNY"}};
      REQUIRE(client.post(fmt::format("/orders/o{}/payments", i), payment).status == 201);
    }
  }
};

}  // namespace

TEST_CASE("every list in pages of any length is the list in one page", "[pages]") {
  Sold sold;
  for (const auto& [path, list] : std::vector<std::pair<std::string, std::string>>{
           {"/orders", "orders"},
           {"/liabilities", "orders"},
           {"/members", "members"},
           {"/members/alice/downline/1", "members"},
           {"/balances", "balances"},
           {"/members/carol/entries", "entries"},
           {"/members/carol/statement?from=2026-05-02T00:00:00Z&to=2026-05-06T00:00:00Z", "lines"},
           {"/products", "products"},
           {"/stock", "products"},
           {"/inventory", "products"},
           {"/plans", "plans"},
           {"/sales", "sales"},
           {"/events", "events"}}) {
    INFO(path);
    const auto whole = all_pages(sold.client, path, list, 1000);
    CHECK_FALSE(whole.empty());
    for (const int limit : {1, 2, 3}) CHECK(all_pages(sold.client, path, list, limit) == whole);
  }
}

TEST_CASE("pages do not shift while others write", "[pages]") {
  Sold sold;
  int written = 0;
  const auto enrol = [&] {
    ++written;
    sold.client.post("/members", {{"member", fmt::format("a{}", written)}, {"referrer", "alice"}});
    buy(sold.client, fmt::format("new-{}", written), "2026-05-20T12:00:00Z", fmt::format("a{}", written));
  };
  const auto orders = ids(all_pages(sold.client, "/orders", "orders", 2, enrol), "order");
  CHECK(orders == std::vector<std::string>{"o7", "o6", "o5", "o4", "o3", "o2", "o1"});
  const auto members = ids(all_pages(sold.client, "/members", "members", 1, enrol), "member");
  CHECK(std::set<std::string>(members.begin(), members.end()).size() == members.size());
  for (const auto* there_before : {"alice", "bob", "carol", "dave"}) {
    CHECK(std::ranges::find(members, there_before) != members.end());
  }
}

TEST_CASE("a page of nothing and a page of too much are refused", "[pages]") {
  Sold sold;
  CHECK(sold.client.get("/orders?limit=0").status == 400);
  CHECK(sold.client.get("/orders?limit=1001").status == 400);
  CHECK(sold.client.get("/balances?after=CNY").status == 400);
  CHECK(sold.client.get("/members/carol/entries?after=CNY:x").status == 400);
  CHECK(sold.client.get("/liabilities?after=x:CNY").status == 400);
  CHECK(sold.client.get("/sales?after=CNY:yesterday").status == 400);
  CHECK(sold.client.get("/members/alice/downline/0").status == 400);
  CHECK(sold.client.get("/members/alice/downline/x").status == 400);
}

TEST_CASE("a downline is counted by level, and listed level by level", "[pages]") {
  ServedBooks books;
  auto client = books.client();
  CHECK(client.get("/members/alice/downline").body["by_level"] == Json{1, 1, 1});
  CHECK(client.get("/members/alice/downline/1").body["members"] == Json::array({"bob"}));
  CHECK(client.get("/members/alice/downline/3").body["members"] == Json::array({"dave"}));
  CHECK(client.get("/members/alice/downline/4").body["members"].empty());
  CHECK(client.get("/members/nobody/downline/1").code() == "unknown_member");
}

TEST_CASE("a statement opens with what was there, closes with what is there, and its lines are the difference",
          "[pages]") {
  Sold sold;
  sold.client.post("/orders/o2/refunds",
                   {{"refund", "r1"}, {"amount_minor", 500}, {"occurred_at", "2026-05-04T13:00:00Z"}});
  const auto statement =
      sold.client.get("/members/carol/statement?from=2026-05-02T12:00:00Z&to=2026-05-05T12:00:00Z").body;
  REQUIRE(statement["currencies"].size() == 1);
  const auto& sums = statement["currencies"][0];
  CHECK(sums["opening_minor"] == 99);
  std::int64_t moved = 0;
  for (const auto& line : statement["lines"]) moved += line["amount_minor"].get<std::int64_t>();
  CHECK(statement["lines"].size() == 4);
  CHECK(moved == 3 * 99 - 50);
  CHECK(sums["closing_minor"] == 99 + moved);
  const auto whole = sold.client.get("/members/carol/statement").body;
  CHECK(whole["currencies"][0]["opening_minor"] == 0);
  CHECK(whole["currencies"][0]["closing_minor"] == 7 * 99 - 50);
}

TEST_CASE("sales are told by hour, day and month, of all products or one", "[pages]") {
  ServedBooks books;
  auto client = books.client();
  buy(client, "o1", "2026-04-30T23:59:59Z");
  buy(client, "o2", "2026-05-01T00:00:00Z");
  buy(client, "o3", "2026-05-01T09:30:00Z", "dave", "licence");
  buy(client, "o4", "2026-05-31T09:30:00Z");
  client.post("/orders/o2/refunds", {{"refund", "r1"}, {"amount_minor", 500}, {"occurred_at", "2026-05-02T00:00:00Z"}});
  const auto line = [](const char* from, int orders, int sales, int refunded) {
    return Json{
        {"from", from}, {"currency", "CNY"}, {"orders", orders}, {"sales_minor", sales}, {"refunded_minor", refunded}};
  };
  CHECK(client.get("/sales?by=month").body["sales"] ==
        Json::array({line("2026-04-01T00:00:00Z", 1, 999, 0), line("2026-05-01T00:00:00Z", 3, 2997, 500)}));
  CHECK(client.get("/sales?by=day&to=2026-05-03T00:00:00Z").body["sales"] ==
        Json{line("2026-04-30T00:00:00Z", 1, 999, 0), line("2026-05-01T00:00:00Z", 2, 1998, 0),
             line("2026-05-02T00:00:00Z", 0, 0, 500)});
  CHECK(client.get("/sales?by=hour&product=licence").body["sales"] ==
        Json::array({line("2026-05-01T09:00:00Z", 1, 999, 0)}));
  CHECK(client.get("/sales?from=2026-05-03T00:00:00Z").body["sales"] ==
        Json::array({line("2026-05-31T00:00:00Z", 1, 999, 0)}));
}

TEST_CASE("the inventory says what is low, waited for and scheduled", "[pages]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/products/game/low-stock-level", {{"keys", 10}});
  client.post("/products/game/keys", {{"batch", "b9"}, {"keys", {"later"}}});
  client.post("/products/game/keys/release", {{"batch", "b9"}, {"at", "2100-01-01T00:00:00Z"}});
  for (const auto& product : client.get("/inventory").body["products"]) {
    if (product["product"] != "game") continue;
    CHECK(product["low"] == true);
    CHECK(product["low_stock_level"] == 10);
    CHECK(product["unreleased"] == 1);
    CHECK(product["scheduled_releases"] == Json::array({{{"batch", "b9"}, {"at", "2100-01-01T00:00:00Z"}}}));
  }
}

TEST_CASE("plans are listed in all their versions", "[pages]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/plans", {{"plan", "standard"}, {"rates_bp", {900}}, {"hold", "3d"}});
  client.post("/plans", {{"plan", "launch"}, {"rates_bp", {1000}}, {"hold", "3d"}});
  const auto plans = client.get("/plans").body["plans"];
  REQUIRE(plans.size() == 2);
  CHECK(plans[0]["plan"] == "launch");
  CHECK(plans[1]["plan"] == "standard");
  CHECK(plans[1]["versions"].size() == 2);
}
