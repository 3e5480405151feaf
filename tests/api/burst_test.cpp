// The burst: far more buyers than keys, all at once, at a server with little room. Sanitized, a tenth of them.
#include "eventstore/shop.hpp"
#include "tests/api/served_books.hpp"
#include "tests/api/shed_counts.hpp"
#include "tests/await.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/sanitized.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline;
using namespace upline::tests;
using Json = nlohmann::json;

constexpr int buyers = is_sanitized ? 2'000 : 20'000;
constexpr int keys = is_sanitized ? 100 : 1'000;
constexpr int connections = 100;

namespace {

void must_append_all(eventstore::Shop& shop, const std::vector<eventstore::Request>& requests) {
  for (const auto& outcome : shop.handler().execute(requests)) must_append(outcome);
}

void make_shop(const std::filesystem::path& data) {
  make_kami(data);
  eventstore::Shop shop({data, "kami", data / "vault.key"});
  std::vector<eventstore::Request> requests;
  requests.push_back({.command = add_product("card", domain::Fulfilment::key_pool), .actor = "tester"});
  for (int i = 0; i < buyers; ++i) requests.push_back({.command = enrol(fmt::format("m{}", i), "dave")});
  auto& import = requests.emplace_back(eventstore::Request{.command = import_keys("card", "c1"), .actor = "tester"});
  for (int i = 0; i < keys; ++i) import.secrets.push_back(fmt::format("card-{}", i));
  must_append_all(shop, requests);
}

/// What became of the buyers.
struct Outcomes {
  std::mutex mutex{};
  std::vector<std::string> sold{};  // the keys
  int out_of_stock{};
  int shed{};
  std::vector<std::string> strange{};
};

struct Buyer {
  int number{};
  bool has_placed{};
};

/// One answer for one buyer. True when it was for good: a buyer who is told to come again comes again.
bool serve(ShopClient& client, Buyer& buyer, Outcomes& outcomes) {
  const auto order = fmt::format("o{}", buyer.number);
  const auto answer =
      buyer.has_placed
          ? client.post("/orders/" + order + "/payments",
                        {{"payment", "p-" + order}, {"amount_minor", 999}, {"currency", "CNY"}, {"channel", "alipay"}})
          : client.post("/orders",
                        {{"order", order}, {"member", fmt::format("m{}", buyer.number)}, {"product", "card"}});
  const std::lock_guard lock(outcomes.mutex);
  if (answer.status == 503 && answer.code() == "overloaded") {
    ++outcomes.shed;
    return false;
  }
  if (answer.code() == "out_of_stock") {
    ++outcomes.out_of_stock;
    return true;
  }
  if (answer.status != 201) {
    outcomes.strange.push_back(answer.body.dump());
    return true;
  }
  if (!std::exchange(buyer.has_placed, true)) return false;
  outcomes.sold.push_back(answer.body["order"]["keys"].at(0)["key"]);
  return true;
}

bool is_somebody_shed(Outcomes& outcomes) {
  const std::lock_guard lock(outcomes.mutex);
  return outcomes.shed > 0;
}

/// Every `connections`-th buyer, over one connection; who has to come again stands in line again.
void sell(std::uint16_t port, int first, Outcomes& outcomes) {
  ShopClient client(port);
  std::deque<Buyer> line;
  for (int i = first; i < buyers; i += connections) line.push_back({.number = i});
  while (!line.empty()) {
    auto buyer = line.front();
    line.pop_front();
    if (serve(client, buyer, outcomes)) continue;
    buyer.has_placed ? line.push_front(buyer) : line.push_back(buyer);
  }
}

}  // namespace

TEST_CASE("20,000 buyers at 1,000 keys: each key is sold once, and everybody is answered for good",
          "[server][peak][burst][concurrency]") {
  const TempFolder folder;
  make_shop(folder.path());
  api::ServerOptions options{.data = folder.path(), .vault_key = folder.path() / "vault.key"};
  options.transport.listen = {"127.0.0.1", 0};
  options.admission.gate = {.least = 64, .most = 64, .at_first = 64};  // 48 orders: half of the connections wait
  std::optional<api::Server> server(std::in_place, std::move(options));
  Outcomes outcomes;
  {
    eventstore::Shop shop({folder.path(), "kami", folder.path() / "vault.key"});
    auto pen = shop.store().take_pen(std::chrono::minutes{1});  // as many as are let in wait, and the next is shed
    std::vector<std::jthread> threads;
    for (int i = 0; i < connections; ++i) {
      threads.emplace_back([&, i] { sell(server->address().port, i, outcomes); });
    }
    CHECK(await([&] { return is_somebody_shed(outcomes); }));
    pen.reset();
  }
  INFO((outcomes.strange.empty() ? "" : outcomes.strange.front()));
  CHECK(outcomes.strange.empty());
  CHECK(outcomes.sold.size() == static_cast<std::size_t>(keys));
  CHECK(std::set(outcomes.sold.begin(), outcomes.sold.end()).size() == outcomes.sold.size());
  CHECK(outcomes.out_of_stock == buyers - keys);
  CHECK(outcomes.shed > 0);
  CHECK(shed(server->address().port, "payment", "server") == 0);
  server.reset();
  const auto verify = fmt::format("{} verify --data {} --shop kami >/dev/null", UPLINE_PROGRAM, folder.path().string());
  CHECK(std::system(verify.c_str()) == 0);
}

namespace {

Json order(const std::string& id, const std::string& member, const std::string& address = {}) {
  Json json{{"order", id}, {"member", member}, {"product", "game"}};
  if (!address.empty()) json["address"] = address;
  return json;
}

std::int64_t available(ShopClient& client) {
  for (const auto& product : client.get("/stock").body["products"]) {
    if (product["product"] == "game") return product["available"];
  }
  return -1;
}

}  // namespace

TEST_CASE("nobody holds more than a few keys without paying: not as one buyer, not from one address",
          "[server][peak]") {
  ServedBooks books;
  auto client = books.client();
  const std::string address = "203.0.113.77";
  for (int i = 0; i < 3; ++i) {
    CHECK(client.post("/orders", order(fmt::format("a{}", i), "alice")).status == 201);
  }
  CHECK(client.post("/orders", order("a3", "alice")).code() == "too_many_open_orders");
  CHECK(client.post("/orders", order("b0", "bob", address)).status == 201);
  CHECK(client.post("/orders", order("b1", "carol", address)).status == 201);
  CHECK(client.post("/orders", order("b2", "dave", address)).status == 201);
  CHECK(client.post("/orders", order("b3", "bob", address)).code() == "too_many_open_orders");
  CHECK(client.post("/orders", order("b4", "bob", "203.0.113.78")).status == 201);
  // The log knows addresses by keyed hashes only.
  CHECK(client.get("/events?limit=1000").body.dump().find(address) == std::string::npos);
  CHECK(available(client) == 3);
}

TEST_CASE("what was reserved and not paid in time is for sale again, without anybody asking", "[server][peak]") {
  const TempFolder folder;
  const eventstore::ShopLocation location{folder.path(), "kami", folder.path() / "vault.key"};
  eventstore::prepare_shop(location);
  {
    // All of it ten minutes ago but for a second: as long as a reservation lasts.
    constexpr std::int64_t ago_microseconds = (10 * 60 - 1) * 1'000'000LL;
    const domain::Timestamp then{eventstore::system_clock_now().microseconds - ago_microseconds};
    eventstore::Shop shop(location);
    shop.set_handler_options({.clock = [then] { return then; }});
    std::vector<eventstore::Request> requests;
    for (auto command : {open_shop(), publish("standard", {1000}), choose_default("standard"),
                         add_product("game", domain::Fulfilment::key_pool), enrol("alice"), enrol("bob")}) {
      requests.push_back({.command = std::move(command), .actor = "tester"});
    }
    requests.push_back({.command = import_keys("game", "b1"), .actor = "tester", .secrets = {"k1", "k2", "k3"}});
    for (const auto* id : {"o1", "o2", "o3"}) {
      requests.push_back(
          {.command = domain::PlaceOrder{.order = {id}, .member = {"alice"}, .product = {"game"}, .quantity = {1}},
           .actor = "tester",
           .dated = false});
    }
    must_append_all(shop, requests);
  }
  api::ServerOptions options{.data = folder.path(), .vault_key = location.vault_key};
  options.transport.listen = {"127.0.0.1", 0};
  api::Server server(std::move(options));
  ShopClient client(server.address().port);
  REQUIRE(await([&] { return available(client) >= 3; }));
  CHECK(client.get("/orders/o1").body["state"] == "expired");
  CHECK(client.post("/orders", order("again", "bob")).status == 201);
}
