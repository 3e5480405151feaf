// What is answered from memory is what the log says at the position that the answer states.
#include "eventstore/event_codec.hpp"
#include "eventstore/order_history.hpp"
#include "eventstore/shop.hpp"
#include "eventstore/state_json.hpp"
#include "eventstore/stream_states.hpp"
#include "tests/api/served_books.hpp"
#include "tests/await.hpp"
#include "tests/eventstore/shop_process.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline;
using namespace upline::tests;
using Json = nlohmann::ordered_json;

namespace {

struct Seen {
  std::string id{};
  domain::Position position{};
  std::string body{};
};

constexpr std::string_view base = "/v1/shops/kami";

/// From memory, unless `otherwise`.
Answer ask(Client& client, const std::string& path, bool otherwise = false) {
  return client.ask(get(std::string(base) + path, otherwise ? "If-None-Match: \"other\"\r\n" : ""));
}

std::uint64_t position_of(const Answer& answer) {
  const auto stated = answer.headers.find("upline-position");
  return stated == answer.headers.end() ? 0 : std::stoull(stated->second);
}

/// What the log says of an order up to a position.
std::string order_as_of(eventstore::EventStore& log, const std::string& id, domain::Position position) {
  domain::Order state;
  eventstore::read_order_history(log, {id}, [&](const domain::RecordedEvent& event) {
    if (event.position <= position) state = eventstore::step_order(std::move(state), event);
  });
  return eventstore::order_json({id}, state).dump() + '\n';
}

std::string product_as_of(eventstore::EventStore& log, const std::string& id, domain::Position position) {
  domain::Product state;
  for (const auto& event : log.read_stream("product/" + id)) {
    if (event.position <= position) state = eventstore::step_product(std::move(state), eventstore::decode(event));
  }
  return eventstore::product_json({id}, std::get<domain::ListedProduct>(state)).dump() + '\n';
}

/// What nobody expected, in words.
class Strange {
 public:
  void note(const std::string& what) {
    const std::scoped_lock lock(mutex_);
    all_ += what;
  }
  const std::string& all() const { return all_; }

 private:
  std::mutex mutex_;
  std::string all_;
};

/// Places, pays and refunds in part; looks at its order after each, and must see what it was told.
void buy(std::uint16_t port, const std::string& member, int count, std::vector<Seen>& seen, Strange& strange) {
  ShopClient writer(port);
  Client reader(port);
  for (int i = 0; i < count; ++i) {
    const auto order = fmt::format("{}-{}", member, i);
    const auto look = [&](const JsonAnswer& written, const char* state) {
      const auto answer = ask(reader, "/orders/" + order);
      const auto position = position_of(answer);
      const bool is_new = written.status == 201 && position >= written.body["position"].get<std::uint64_t>();
      if (!is_new || answer.status != 200 || Json::parse(answer.body)["state"] != state) {
        return strange.note(fmt::format("{} {}\n{} {}\n", written.status, written.body.dump(), position, answer.body));
      }
      seen.push_back({order, {position}, answer.body});
    };
    look(writer.post("/orders", {{"order", order}, {"member", member}, {"product", "course"}}), "placed");
    look(writer.post("/orders/" + order + "/payments",
                     {{"payment", "p-" + order}, {"amount_minor", 999}, {"currency", "CNY"}, {"channel", "alipay"}}),
         "delivered");
    look(writer.post("/orders/" + order + "/refunds", {{"refund", "r-" + order}, {"amount_minor", 100}}),
         "partially_refunded");
  }
}

}  // namespace

TEST_CASE("under concurrent writes each answer from memory is the log's at its position, and never older than a write",
          "[server][peak][hot][concurrency]") {
  ServedBooks books;
  constexpr int orders_each = 40;
  std::vector<std::vector<Seen>> orders(4);
  std::vector<Seen> products;
  Strange strange;
  std::atomic<bool> selling{true};
  {
    std::jthread pricing([&] {
      ShopClient writer(books.port());
      Client reader(books.port());
      for (std::int64_t price = 1000; selling; ++price) {
        const auto written = writer.post("/products/service/price", {{"unit_price_minor", price}});
        const auto answer = ask(reader, "/products/service");
        if (written.status != 201 || position_of(answer) < written.body["position"].get<std::uint64_t>()) {
          return strange.note(fmt::format("{} {}\n{}\n", written.status, written.body.dump(), answer.body));
        }
        products.push_back({"service", {position_of(answer)}, answer.body});
      }
    });
    std::vector<std::jthread> buyers;
    for (std::size_t i = 0; i < orders.size(); ++i) {
      static constexpr std::array members{"alice", "bob", "carol", "dave"};
      buyers.emplace_back([&, i] { buy(books.port(), members.at(i), orders_each, orders[i], strange); });
    }
    buyers.clear();
    selling = false;
  }
  CAPTURE(strange.all());
  REQUIRE(strange.all().empty());
  eventstore::Shop shop({books.data(), "kami", books.data() / "vault.key"});
  for (const auto& of_one : orders) {
    REQUIRE(of_one.size() == std::size_t{3} * orders_each);
    for (const auto& [id, position, body] : of_one) REQUIRE(body == order_as_of(shop.store(), id, position));
  }
  REQUIRE(!products.empty());
  for (const auto& [id, position, body] : products) REQUIRE(body == product_as_of(shop.store(), id, position));
}

TEST_CASE("the stock from memory moves with every order that was answered", "[server][peak][hot]") {
  ServedBooks books;
  ShopClient writer(books.port());
  Client reader(books.port());
  const auto reserved = [&] {
    const auto answer = ask(reader, "/stock");
    CHECK(position_of(answer) > 0);
    for (const auto& product : Json::parse(answer.body)["products"]) {
      if (product["product"] == "game") return product["reserved"].get<int>();
    }
    return -1;
  };
  CHECK(reserved() == 0);
  int count = 0;
  for (const auto* member : {"alice", "bob", "carol"}) {
    for (int i = 0; i < 3; ++i) {
      const auto id = fmt::format("{}-{}", member, i);
      REQUIRE(writer.post("/orders", {{"order", id}, {"member", member}, {"product", "game"}}).status == 201);
      REQUIRE(reserved() == ++count);
    }
  }
}

TEST_CASE("an answer from memory is the same as the one from the log", "[server][peak][hot]") {
  ServedBooks books;
  Client client(books.port());
  ShopClient writer(books.port());
  REQUIRE(writer.post("/orders", {{"order", "o1"}, {"member", "dave"}, {"product", "game"}}).status == 201);
  for (const auto* path : {"/orders/o1", "/products/game", "/products/licence", "/stock"}) {
    INFO(path);
    const auto hot = ask(client, path);
    CHECK(hot.status == 200);
    CHECK(hot.body == ask(client, path, true).body);
    CHECK(position_of(hot) > 0);
  }
  CHECK(ask(client, "/orders/unknown").status == 404);
  CHECK(ask(client, "/products/unknown").status == 404);
}

TEST_CASE("memory does not answer for a position that the log has not reached", "[server][peak][hot]") {
  ServedBooks books;
  Client client(books.port());
  CHECK(ask(client, "/products/game?min_position=1").status == 200);
  CHECK(ask(client, "/products/game?min_position=1000000").status == 503);
  CHECK(ask(client, "/products/game?min_position=x").status == 400);
}

TEST_CASE("what another process writes comes into memory by itself", "[server][peak][hot]") {
  ServedBooks books;
  Client client(books.port());
  eventstore::Shop other({books.data(), "kami", books.data() / "vault.key"});
  const std::vector<eventstore::Request> requests{
      {.command = domain::RepriceProduct{.product = {"game"}, .unit_price = {4242}},
       .actor = "tester",
       .dated = false}};
  must_append(other.handler().execute(requests).front());
  CHECK(await([&] { return Json::parse(ask(client, "/products/game").body)["unit_price_minor"] == 4242; }));
}

TEST_CASE("orders from before the start, and those that memory forgot, are answered from the log",
          "[server][peak][hot]") {
  ServedBooks books;
  REQUIRE(books.client().post("/orders", {{"order", "old"}, {"member", "dave"}, {"product", "game"}}).status == 201);
  books.restart();
  Client client(books.port());
  const auto answer = ask(client, "/orders/old");
  CHECK(answer.status == 200);
  const auto paid = books.client().post(
      "/orders/old/payments", {{"payment", "p"}, {"amount_minor", 999}, {"currency", "CNY"}, {"channel", "alipay"}});
  CHECK(paid.status == 201);
  CHECK(Json::parse(ask(client, "/orders/old").body)["state"] == "delivered");
}
