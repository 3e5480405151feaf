// A server whose shop cannot write for a while: what is let in waits and is answered, the rest is told at once.
#include "eventstore/shop.hpp"
#include "tests/api/metrics_text.hpp"
#include "tests/api/served_books.hpp"
#include "tests/await.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline;
using namespace upline::tests;
using Json = nlohmann::json;

namespace {

/// Room for 4: 1 report, 2 with lookups, 3 with orders, 6 with payments.
struct NarrowServer {
  NarrowServer() {
    make_kami(folder.path());
    api::ServerOptions options{.data = folder.path(), .vault_key = folder.path() / "vault.key"};
    options.transport.listen = {"127.0.0.1", 0};
    options.admission.gate = {.least = 4, .most = 4, .at_first = 4};
    server.emplace(std::move(options));
  }
  ShopClient client() const { return ShopClient(server->address().port); }
  void await_under_way(std::size_t count) const {
    CHECK(await([&] { return server->admission().gate().under_way() >= count; }));
  }

  TempFolder folder;
  std::optional<api::Server> server;
};

struct HeldPen {
  explicit HeldPen(const NarrowServer& narrow)
      : shop({narrow.folder.path(), "kami", narrow.folder.path() / "vault.key"}),
        pen(shop.store().take_pen(std::chrono::minutes{1})) {}
  eventstore::Shop shop;
  std::unique_ptr<eventstore::Pen> pen;
};

Json order(int number) {
  constexpr std::array members{"alice", "bob", "carol", "dave"};  // none has too many open orders
  return {{"order", fmt::format("o{}", number)},
          {"member", members.at(static_cast<std::size_t>(number) % members.size())},
          {"product", "course"}};
}

Json payment(int number) {
  return {{"payment", fmt::format("p{}", number)}, {"amount_minor", 999}, {"currency", "CNY"}, {"channel", "alipay"}};
}

}  // namespace

TEST_CASE("at a peak new orders are refused at once, payments go on, and who was let in is answered",
          "[server][peak]") {
  NarrowServer narrow;
  REQUIRE(narrow.client().post("/orders", order(0)).status == 201);
  std::optional<HeldPen> held;
  held.emplace(narrow);
  std::vector<std::jthread> buyers;
  std::vector<unsigned> placed(3);
  for (int i = 1; i <= 3; ++i) {
    buyers.emplace_back(
        [&, i] { placed[static_cast<std::size_t>(i - 1)] = narrow.client().post("/orders", order(i)).status; });
  }
  narrow.await_under_way(3);

  Client direct(narrow.server->address().port);
  const auto refused = direct.ask(tests::post("/v1/shops/kami/orders", order(4).dump()));
  CHECK(refused.status == 503);
  CHECK(refused.headers.at("retry-after") == "1");
  CHECK(Json::parse(refused.body)["code"] == "overloaded");
  CHECK(narrow.client().get("/liabilities").status == 503);
  CHECK(narrow.client().get("/policy").status == 503);
  // From memory: that needs no room.
  CHECK(narrow.client().get("/orders/o0").status == 200);
  CHECK(narrow.client().get("/products/course").status == 200);
  CHECK(narrow.client().get("/stock").status == 200);
  CHECK(direct.ask(tests::get("/livez")).status == 200);
  CHECK(direct.ask(tests::get("/readyz")).status == 200);

  unsigned paid = 0;
  buyers.emplace_back([&] { paid = narrow.client().post("/orders/o0/payments", payment(0)).status; });
  narrow.await_under_way(4);
  held.reset();
  buyers.clear();
  CHECK(placed == std::vector{201U, 201U, 201U});
  CHECK(paid == 201);
  const auto page = MetricsText(direct.ask(tests::get("/metrics")).body);
  const auto shed_of = [&](const char* request_class) {
    return page.sum("upline_http_shed_requests_total", {{"class", request_class}, {"reason", "server"}});
  };
  CHECK(shed_of("order") == 1);
  CHECK(shed_of("lookup") == 1);
  CHECK(shed_of("report") == 1);
  CHECK(shed_of("payment") == 0);
  // Behind the peak everything is answered again.
  CHECK(narrow.client().get("/liabilities").status == 200);
  CHECK(narrow.client().post("/orders", order(4)).status == 201);
}
