// Whatever is refused because there is too much to do is counted in /metrics, by its class and by why.
#include "tests/api/shed_counts.hpp"

#include "tests/api/guarded_shop.hpp"
#include "tests/api/served_books.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline;
using namespace upline::tests;
using Json = nlohmann::json;

namespace {

/// The worked example's shop behind a server whose page of metrics is always fresh.
class Served {
 public:
  using Adjust = std::function<void(api::ServerOptions&)>;
  explicit Served(const Adjust& adjust) {
    make_kami(folder_.path());
    api::ServerOptions options{.data = folder_.path(), .vault_key = folder_.path() / "vault.key"};
    options.transport.listen = {"127.0.0.1", 0};
    options.telemetry.metrics_fresh_for = std::chrono::milliseconds{0};
    adjust(options);
    server_.emplace(std::move(options));
  }
  std::uint16_t port() const { return server_->address().port; }
  ShopClient client() const { return ShopClient(port()); }

 private:
  TempFolder folder_;
  std::optional<api::Server> server_;
};

Json order(const std::string& id, const std::string& member = "dave") {
  return {{"order", id}, {"member", member}, {"product", "course"}};
}

Json payment() { return {{"payment", "p1"}, {"amount_minor", 999}, {"currency", "CNY"}, {"channel", "alipay"}}; }

}  // namespace

TEST_CASE("what finds the workers' queue full is counted under its class", "[server][peak][shed]") {
  const Served served([](auto& options) { options.work_queue_max = 0; });
  auto client = served.client();
  CHECK(client.get("/policy").code() == "overloaded");
  CHECK(client.get("/liabilities").code() == "overloaded");
  // Refused ones: what is appended may have its answer before anybody asks a worker.
  CHECK(client.post("/orders", order("o1", "nobody")).code() == "overloaded");
  CHECK(client.post("/orders/o1/payments", payment()).code() == "overloaded");
  for (const auto* request_class : {"report", "lookup", "order", "payment"}) {
    INFO(request_class);
    CHECK(shed(served.port(), request_class, "workers") == 1);
  }
  Client scraper(served.port());
  CHECK(shed(scraper) == 4);
}

TEST_CASE("commands that find the writer's queue full are counted, those of a batch one by one",
          "[server][peak][shed]") {
  const Served served([](auto& options) { options.write_queue_max = 0; });
  CHECK(served.client().post("/orders", order("o1")).code() == "queue_full");
  CHECK(served.client().post("/orders/o1/payments", payment()).code() == "queue_full");
  const auto line = R"({"command":"place_order","order":"o2","member":"dave","product":"course"})";
  const auto batch = Client(served.port())
                         .ask(fmt::format("POST /v1/shops/kami/commands HTTP/1.1\r\nHost: localhost\r\n"
                                          "Content-Type: application/x-ndjson\r\nContent-Length: {}\r\n\r\n{}\n{}",
                                          2 * std::string(line).size() + 1, line, line));
  CHECK(batch.status == 200);
  CHECK(shed(served.port(), "payment", "pen_queue") == 1);
  CHECK(shed(served.port(), "order", "pen_queue") == 3);
}

TEST_CASE("reads that find no place to wait in are counted", "[server][peak][shed]") {
  const Served served(
      [](auto& options) { options.admission.gate = {.least = 10'000, .most = 10'000, .at_first = 10'000}; });
  const auto waits = get("/v1/shops/kami/policy?min_position=1000000&wait_ms=25000");
  constexpr int places = 1024;
  constexpr int too_many = 6;
  std::vector<Client> readers;
  for (int i = 0; i < places + too_many; ++i) readers.emplace_back(served.port()).send(waits);
  double counted = 0;
  while (counted < too_many) counted = shed(served.port(), "lookup", "waiting_reads");
  CHECK(counted == too_many);
}

TEST_CASE("bodies that find no room in memory are counted as shed, of no class", "[server][peak][shed]") {
  const Served served([](auto& options) { options.transport.buffer_bytes_max = 100'000; });
  const auto refused = Client(served.port()).ask(post("/v1/shops/kami/orders", std::string(90'000, ' ')));
  CHECK(refused.status == 503);
  CHECK(refused.headers.contains("retry-after"));
  CHECK(Json::parse(refused.body)["code"] == "overloaded");
  CHECK(served.client().post("/orders", order("o1")).status == 201);
  CHECK(shed(served.port(), "none", "memory") == 1);
}

TEST_CASE("connections beyond the limit are counted as shed, of no class", "[server][peak][shed]") {
  const Served served([](auto& options) { options.transport.connections_max = 1; });
  Client first(served.port());
  CHECK(first.ask(get("/livez")).status == 200);
  CHECK(Client(served.port()).receive().status == 503);
  const MetricsText page(first.ask(get("/metrics")).body);
  CHECK(page.sum("upline_http_shed_requests_total", {{"class", "none"}, {"reason", "connections"}}) == 1);
  CHECK(page.sum("upline_http_connections_refused_total") == 1);
}

TEST_CASE("connections of one client beyond its limit are counted as shed, of no class", "[server][peak][shed]") {
  const Served served([](auto& options) {
    options.transport.client_of = [](const std::string& address) { return std::optional(address); };
    options.transport.connections_per_client = 1;
  });
  Client first(served.port());
  CHECK(first.ask(get("/livez")).status == 200);
  CHECK(Client(served.port()).receive().status == 429);
  const MetricsText page(first.ask(get("/metrics")).body);
  CHECK(page.sum("upline_http_shed_requests_total", {{"class", "none"}, {"reason", "client_connections"}}) == 1);
}

TEST_CASE("callers that ask too often are counted, also where nobody knows them", "[server][peak][shed]") {
  const GuardedShop shop([](auto& options) {
    options.is_behind_proxy = true;
    options.admission.per_token = {.per_second = 0.001, .burst = 1};
    options.admission.per_address = {.per_second = 0.001, .burst = 1};
  });
  const auto token = bearer(shop.token(eventstore::Role::merchant));
  CHECK(shop.get("/policy", token).status == 200);
  CHECK(shop.get("/policy", token).status == 429);
  const std::string stranger = "X-Forwarded-For: 203.0.113.7\r\n";
  CHECK(shop.get("/liabilities", stranger).status == 401);
  CHECK(shop.get("/liabilities", stranger).status == 429);
  const auto metrics = shop.ask(get("/metrics", token));
  const MetricsText page(metrics.body);
  const std::string name = "upline_http_shed_requests_total";
  CHECK(page.sum(name, {{"class", "lookup"}, {"reason", "token"}}) == 1);
  CHECK(page.sum(name, {{"class", "report"}, {"reason", "address"}}) == 1);
  CHECK(page.sum(name) == 2);
}
