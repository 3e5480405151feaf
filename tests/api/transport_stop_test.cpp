// Beginnings and ends: who gets the port, and what happens to whom when the server stops.
#include "api/transport.hpp"
#include "tests/api/client.hpp"
#include "tests/api/handlers.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include <catch2/catch.hpp>

using namespace upline::api;
using namespace upline::tests;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds soon{50};
constexpr milliseconds never{600'000};

}  // namespace

TEST_CASE("a port that another server listens on is not shared with it", "[transport]") {
  const Transport transport({.io_threads = 3}, echo);
  CHECK(transport.port() != 0);
  CHECK_THROWS_MATCHES(
      Transport({.listen = transport.address()}, echo), ListenError,
      Catch::Message("127.0.0.1:" + std::to_string(transport.port()) + " is taken by another program"));
}

TEST_CASE("a port is free again at once when its server has stopped", "[transport]") {
  ListenAddress address;
  {
    Transport transport({}, echo);
    address = transport.address();
    Client client(transport.port());
    CHECK(client.ask(get("/", "Connection: close\r\n")).status == 200);
    CHECK(client.is_closed_by_server());
  }
  const Transport again({.listen = address}, echo);
  CHECK(again.port() == address.port);
}

TEST_CASE("IPv6 is listened on where the machine has it", "[transport]") {
  try {
    const Transport transport({.listen = {"::1", 0}}, echo);
    CHECK(to_string(transport.address()) == "[::1]:" + std::to_string(transport.port()));
  } catch (const ListenError& error) {
    CHECK(std::string(error.what()).starts_with("[::1]:0 cannot be listened on: "));
  }
}

TEST_CASE("stopping closes who is idle and lets a request in flight finish", "[transport]") {
  Desk desk;
  Transport transport({.linger_timeout = soon}, desk.handle());
  Client idle(transport.port());
  idle.send(get("/before"));
  auto before = desk.take();
  before.respond(echo_of(before.request));
  CHECK(idle.receive().status == 200);
  Client silent(transport.port());
  Client busy(transport.port());
  busy.send(get("/in-flight"));
  auto in_flight = desk.take();

  std::jthread stopping([&] { transport.stop(never); });
  CHECK(idle.is_closed_by_server());
  CHECK(silent.is_closed_by_server());
  in_flight.respond(echo_of(in_flight.request));
  const auto answer = busy.receive();
  CHECK(answer.body == "GET /in-flight? ");
  CHECK(answer.headers.at("connection") == "close");
  CHECK(busy.is_closed_by_server());
}

TEST_CASE("stopping lets a request that is still arriving finish", "[transport]") {
  Desk desk;
  Transport transport({.io_threads = 1, .linger_timeout = soon}, desk.handle());
  Client client(transport.port());
  client.send("POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbo");
  Client idle(transport.port());
  std::jthread stopping([&] { transport.stop(never); });
  CHECK(idle.is_closed_by_server());
  client.send("dy");
  auto slow = desk.take();
  CHECK(slow.request.body == "body");
  slow.respond(echo_of(slow.request));
  CHECK(client.receive().headers.at("connection") == "close");
  CHECK(client.is_closed_by_server());
}

TEST_CASE("the drain is bounded, and an answer that comes after the end is dropped", "[transport]") {
  Desk desk;
  std::optional<Desk::Case> late;
  {
    Transport transport({.handler_timeout = never}, desk.handle());
    Client client(transport.port());
    client.send(get("/stuck"));
    late = desk.take();
    Client half(transport.port());
    half.send("GET / HTTP/1.1\r\nHost");
    transport.stop(soon);
    CHECK(client.is_closed_by_server());
    CHECK(half.is_closed_by_server());
    CHECK_THROWS_AS(Client(transport.port()), std::system_error);
  }
  late->respond({});
  late.reset();
}

TEST_CASE("an answer that is dropped after the end does no harm", "[transport]") {
  Desk desk;
  std::optional<Desk::Case> late;
  std::optional<Transport> transport(std::in_place, TransportOptions{}, desk.handle());
  Client client(transport->port());
  client.send(get("/stuck"));
  late = desk.take();
  transport.reset();
  late.reset();
  CHECK(client.is_closed_by_server());
}

TEST_CASE("a second stop shortens the first", "[transport]") {
  Desk desk;
  Transport transport({.handler_timeout = never}, desk.handle());
  Client client(transport.port());
  client.send(get("/stuck"));
  const auto stuck = desk.take();
  std::jthread patient([&] { transport.stop(never); });
  transport.stop(milliseconds(0));
  CHECK(client.is_closed_by_server());
}

TEST_CASE("answers given while the server stops and clients leave go nowhere, quietly", "[transport][concurrency]") {
  for (int round = 0; round < 20; ++round) {
    Desk desk;
    Transport transport({}, desk.handle());
    std::optional<Client> client(std::in_place, transport.port());
    client->send(get("/1"));
    auto one = desk.take();
    std::jthread leaving([&] { client.reset(); });
    std::jthread stopping([&] { transport.stop(milliseconds(1)); });
    one.respond(echo_of(one.request));
  }
}
