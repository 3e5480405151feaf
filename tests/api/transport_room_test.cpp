// What all connections may take together, and what one client may take of it.
#include "api/transport.hpp"
#include "api/transport/buffer_budget.hpp"
#include "tests/api/client.hpp"
#include "tests/api/handlers.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace upline::api;
using namespace upline::tests;

namespace {

const std::string large(200'000, 'b');  // held in 256 KiB

std::optional<std::string> by_address(const std::string& address) { return address; }

std::string code(const Answer& answer) { return nlohmann::json::parse(answer.body).at("code").get<std::string>(); }

}  // namespace

TEST_CASE("large holds leave a quarter of the room to small ones, and give back what they had", "[transport]") {
  using transport::BufferBudget;
  constexpr std::size_t kib = 1024;
  BufferBudget budget(400 * kib);
  {
    BufferBudget::Hold first(budget);
    BufferBudget::Hold second(budget);
    CHECK(first.resize(200 * kib));
    CHECK(!second.resize(101 * kib));
    CHECK(budget.bytes() == 200 * kib);
    CHECK(second.resize(100 * kib));
    BufferBudget::Hold small(budget);
    CHECK(small.resize(BufferBudget::small_bytes));
    CHECK(!small.resize(BufferBudget::small_bytes + 1));
    CHECK(first.resize(100 * kib));
    CHECK(budget.bytes() == 264 * kib);
    small.insist(1000 * kib);
    CHECK(budget.bytes() == 1200 * kib);
    CHECK(small.resize(10));
    CHECK(small.resize(BufferBudget::small_bytes + 300, 300));
  }
  CHECK(budget.bytes() == 0);
}

TEST_CASE("bodies beyond what all may take are refused, small ones and what follows are not", "[transport]") {
  Desk desk;
  Transport transport({.buffer_bytes_max = 1'000'000}, desk.handle());
  std::vector<Client> holding;
  std::vector<Desk::Case> held;
  for (int i = 0; i < 2; ++i) {
    holding.emplace_back(transport.port()).send(post("/", large));
    held.push_back(desk.take());
  }
  Client refused(transport.port());
  refused.send_as_far_as_possible(post("/", large));
  const auto answer = refused.receive();
  CHECK(answer.status == 503);
  CHECK(answer.headers.contains("retry-after"));
  CHECK(code(answer) == "overloaded");
  CHECK(refused.is_closed_by_server());

  Client small(transport.port());
  small.send(post("/", "small"));
  desk.take().respond({});
  CHECK(small.receive().status == 200);

  for (auto& one : held) one.respond({});
  for (auto& client : holding) CHECK(client.receive().status == 200);
  holding.front().send(post("/", large));  // on a connection that was kept
  auto later = desk.take();
  CHECK(later.request.body == large);
  later.respond({});
  CHECK(holding.front().receive().status == 200);
}

TEST_CASE("chunks count as they come", "[transport]") {
  Desk desk;
  Transport transport({.buffer_bytes_max = 200'000}, desk.handle());
  Client client(transport.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send_as_far_as_possible("30D40\r\n" + large + "\r\n0\r\n\r\n");
  CHECK(client.receive().status == 503);
}

TEST_CASE("an answer that finds no room is refused where it was a read, and told where it was a write", "[transport]") {
  Transport transport({.buffer_bytes_max = 200'000}, [](const Request&, Respond respond) { respond({.body = large}); });
  Client client(transport.port());
  const auto read = client.ask(get("/"));
  CHECK(read.status == 503);
  CHECK(read.headers.contains("retry-after"));
  const auto written = client.ask(post("/", "small"));
  CHECK(written.status == 200);
  CHECK(written.body == large);
}

TEST_CASE("a small answer is told whatever the memory says, and a refusal says of which request it is", "[transport]") {
  std::string body = "ok";
  Transport transport({.buffer_bytes_max = 1}, [&](const Request&, Respond respond) {
    respond({.headers = {{"X-Request-Id", "r1"},
                         {"Access-Control-Allow-Origin", "https://shop.example"},
                         {"ETag", "\"1\""}},
             .body = body});
  });
  CHECK(Client(transport.port()).ask(get("/livez")).status == 200);
  body = large;
  const auto refused = Client(transport.port()).ask(get("/"));
  CHECK(refused.status == 503);
  CHECK(refused.headers.at("x-request-id") == "r1");
  CHECK(refused.headers.at("access-control-allow-origin") == "https://shop.example");
  CHECK_FALSE(refused.headers.contains("etag"));
}

TEST_CASE("a client has no more connections than it may, and others are not touched", "[transport]") {
  std::atomic<bool> is_counted{true};
  Transport transport(
      {.client_of = [&](const std::string& address) { return is_counted ? by_address(address) : std::nullopt; },
       .connections_per_client = 2},
      echo);
  Client first(transport.port());
  CHECK(first.ask(get("/")).status == 200);
  {
    Client second(transport.port());
    CHECK(second.ask(get("/")).status == 200);
    Client third(transport.port());
    const auto answer = third.receive();
    CHECK(answer.status == 429);
    CHECK(answer.headers.contains("retry-after"));
    CHECK(code(answer) == "too_many_connections");
    CHECK(third.is_closed_by_server());
    is_counted = false;
    CHECK(Client(transport.port()).ask(get("/")).status == 200);
    is_counted = true;
  }
  unsigned status = 0;
  while (status != 200) {
    Client next(transport.port());
    next.send_as_far_as_possible(get("/"));
    status = next.receive().status;
  }
  CHECK(first.ask(get("/")).status == 200);
}
