// Each page as of an earlier moment is what it was then.
#include "tests/api/served_books.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using Json = nlohmann::json;

namespace {

/// A page as it was shown at a position.
struct Shown {
  std::string path{};
  std::uint64_t position{};
  Json body{};
};

class Story {
 public:
  ShopClient& client() { return client_; }

  void post(const std::string& path, const Json& body) {
    const auto answer = client_.post(path, body);
    INFO(answer.body.dump());
    REQUIRE(answer.status == 201);
    position_ = answer.body["position"];
  }
  void remember(const std::string& path) { shown_.push_back({path, position_, client_.get(path).body}); }

  void check_all() {
    for (const auto& [path, position, body] : shown_) {
      INFO(path << " as of " << position);
      CHECK(client_.get(fmt::format("{}?as_of={}", path, position)).body == body);
    }
  }
  std::uint64_t position() const { return position_; }

 private:
  ServedBooks books_;
  ShopClient client_{books_.port()};
  std::uint64_t position_{};
  std::vector<Shown> shown_;
};

Json order(const std::string& id, const std::string& product = "game", int quantity = 1) {
  return {{"order", id}, {"member", "dave"}, {"product", product}, {"quantity", quantity}};
}

Json payment(const std::string& id, int amount, const std::string& currency = "CNY") {
  return {{"payment", id}, {"amount_minor", amount}, {"currency", currency}};
}

}  // namespace

TEST_CASE("an order as of a position is as it was shown then", "[as_of]") {
  Story story;
  const auto step = [&](const std::string& path, const Json& body) {
    story.post(path, body);
    story.remember("/orders/o1");
  };
  step("/orders", order("o1", "game", 2));
  step("/orders/o1/payments", payment("p1", 998));
  step("/orders/o1/payments", payment("p2", 77, "USD"));
  step("/orders/o1/payments", payment("p3", 1005));
  step("/orders/o1/returns", {{"return", "b1"}, {"amount_minor", 5}, {"currency", "CNY"}});
  step("/orders/o1/refunds", {{"refund", "r1"}, {"amount_minor", 100}});
  step("/orders/o1/refunds", {{"refund", "r2"}, {"amount_minor", 1898}});
  story.check_all();
  CHECK(story.client().get("/orders/o1?as_of=1").code() == "unknown_order");
}

TEST_CASE("an order that waits, one that is cancelled and one that nobody pays have their past", "[as_of]") {
  Story story;
  const auto step = [&](const std::string& id, const std::string& path, const Json& body) {
    story.post(path, body);
    story.remember("/orders/" + id);
  };
  step("late", "/orders", order("late", "service"));
  step("late", "/orders/late/payments", payment("p1", 999));
  step("late", "/orders/late/delivery", {{"text", "done"}});
  step("gone", "/orders", order("gone"));
  step("gone", "/orders/gone/cancellation", {{"reason", "changed my mind"}});
  step("gone", "/orders/gone/payments", payment("p2", 3));
  step("sold", "/purchases",
       {{"order", "sold"},
        {"member", "dave"},
        {"product", "course"},
        {"amount_minor", 999},
        {"currency", "CNY"},
        {"occurred_at", "2026-05-02T00:00:00Z"}});
  story.check_all();
  CHECK(story.client().get("/orders/sold?as_of=2026-05-01T23:59:59Z").status == 404);
  CHECK(story.client().get("/orders/sold?as_of=2026-05-02T00:00:00Z").body["state"] == "delivered");
}

TEST_CASE("a product, the policy and the plans as of a position are as they were shown then", "[as_of]") {
  Story story;
  const auto step = [&](const std::string& path, const Json& body) {
    story.post(path, body);
    for (const auto* page : {"/products/game", "/policy", "/plans", "/plans/standard"}) story.remember(page);
  };
  step("/products/game/price", {{"unit_price_minor", 1099}});
  step("/plans", {{"plan", "standard"}, {"rates_bp", {2000}}, {"hold", "3d"}});
  step("/plans", {{"plan", "launch"}, {"rates_bp", {500}}, {"hold", "1d"}});
  step("/policy/default-plan", {{"plan", "launch"}});
  step("/products/game/plan", {{"plan", "launch"}});
  step("/products/game/retirement", {{"reason", "sold out"}});
  step("/products/game/relisting", Json::object());
  step("/policy/reservation", {{"reserve_for", "20m"}, {"reason", "slow banks"}});
  step("/products", {{"product", "film"}, {"title", "Film"}, {"unit_price_minor", 5}, {"currency", "CNY"}});
  story.check_all();
  CHECK(story.client().get("/plans/launch?as_of=1").code() == "unknown_plan");
  CHECK(story.client().get(fmt::format("/products/film?as_of={}", story.position() - 1)).code() == "unknown_product");
  CHECK(story.client().get("/policy?as_of=1900-01-01T00:00:00Z").code() == "shop_not_open");
}

TEST_CASE("what is dated before its thing was there is no past of it", "[as_of]") {
  Story story;
  story.post("/products/game/price", {{"unit_price_minor", 1099}, {"occurred_at", "2001-01-01T00:00:00Z"}});
  story.post("/plans",
             {{"plan", "standard"}, {"rates_bp", {1}}, {"hold", "1d"}, {"occurred_at", "2001-01-01T00:00:00Z"}});
  CHECK(story.client().get("/products/game?as_of=2002-01-01T00:00:00Z").code() == "unknown_product");
  CHECK(story.client().get("/plans/standard?as_of=2002-01-01T00:00:00Z").code() == "unknown_plan");
  CHECK(story.client().get("/plans?as_of=2002-01-01T00:00:00Z").body["plans"].empty());
}

TEST_CASE("plans that were not there yet do not make a page of plans shorter", "[as_of]") {
  Story story;
  const auto before = story.client().get("/stats").body["last_position"].get<std::uint64_t>();
  for (const auto* plan : {"a", "b", "c", "z"})
    story.post("/plans", {{"plan", plan}, {"rates_bp", {1}}, {"hold", "1d"}});
  const auto page = story.client().get(fmt::format("/plans?limit=1&as_of={}", before)).body;
  REQUIRE(page["plans"].size() == 1);
  CHECK(page["plans"][0]["plan"] == "standard");
  CHECK_FALSE(page.contains("next"));
}

TEST_CASE("the events as of a moment end where the log ended then", "[as_of]") {
  Story story;
  story.post("/orders", order("o1"));
  const auto then = story.position();
  const auto events = story.client().get("/events?limit=1000").body;
  const auto recorded_at = events["events"].back()["recorded_at"].get<std::string>();
  story.post("/orders", order("o2"));
  CHECK(story.client().get(fmt::format("/events?limit=1000&as_of={}", then)).body == events);
  const auto by_time = story.client().get("/events?limit=1000&as_of=" + recorded_at).body;
  CHECK(by_time["head"].get<std::uint64_t>() >= then);
  CHECK(by_time["events"].back()["recorded_at"] == recorded_at);
  CHECK(story.client().get("/events?as_of=1900-01-01T00:00:00Z").body["events"].empty());
}

TEST_CASE("where a past has no meaning, as_of is refused in so many words", "[as_of]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/orders", order("o1"));
  for (const auto* path : {"/stats", "/webhooks", "/orders/o1/keys"}) {
    INFO(path);
    const auto refused = client.get(std::string(path) + "?as_of=3");
    CHECK(refused.status == 400);
    CHECK(refused.body["field"] == "as_of");
    CHECK(refused.body["detail"].get<std::string>().starts_with("'as_of' has no meaning here"));
  }
}
