// Requests and answers as they go over the wire.
#include "api/transport.hpp"

#include "api/problem.hpp"
#include "tests/api/client.hpp"
#include "tests/api/handlers.hpp"

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::api;
using namespace upline::tests;

TEST_CASE("a request reaches the handler whole, and its answer the client", "[transport]") {
  Request seen;
  Transport transport({}, [&](Request request, Respond respond) {
    seen = request;
    respond({201, "text/plain", {{"Location", "/here"}}, "made"});
  });
  Client client(transport.port());
  const auto answer = client.ask(post("/v1/a%20b?x=1&y=%2F", "the body", "X-Mixed: Case\r\n"));
  CHECK(answer.status == 201);
  CHECK(answer.body == "made");
  CHECK(answer.headers.at("location") == "/here");
  CHECK(answer.headers.at("content-type") == "text/plain");
  CHECK(!answer.headers.contains("connection"));
  CHECK(!answer.headers.contains("server"));
  CHECK(seen.method == "POST");
  CHECK(seen.path == "/v1/a%20b");
  CHECK(seen.query == "x=1&y=%2F");
  CHECK(seen.body == "the body");
  CHECK(seen.peer_address == "127.0.0.1");
  REQUIRE(seen.header("x-mixed") != nullptr);
  CHECK(*seen.header("x-mixed") == "Case");
  CHECK(seen.header("absent") == nullptr);
}

TEST_CASE("one connection serves many requests", "[transport]") {
  Transport transport({}, echo);
  Client client(transport.port());
  for (int i = 0; i < 50; ++i) {
    CHECK(client.ask(post("/" + std::to_string(i), "x")).body == "POST /" + std::to_string(i) + "? x");
  }
}

TEST_CASE("pipelined requests are answered in order, even if the answers are made the other way round", "[transport]") {
  Desk desk;
  Transport transport({}, desk.handle());
  Client client(transport.port());
  client.send(get("/1") + post("/2", "two") + get("/3"));
  for (int i = 1; i <= 3; ++i) {
    auto one = desk.take();
    CHECK(one.request.path == "/" + std::to_string(i));
    one.respond(echo_of(one.request));
  }
  CHECK(client.receive().body == "GET /1? ");
  CHECK(client.receive().body == "POST /2? two");
  CHECK(client.receive().body == "GET /3? ");
}

TEST_CASE("a hundred pipelined requests in one write are all answered", "[transport]") {
  Transport transport({}, echo);
  Client client(transport.port());
  std::string all;
  for (int i = 0; i < 100; ++i) all += post("/" + std::to_string(i), std::string(1000, 'b'));
  client.send(all);
  for (int i = 0; i < 100; ++i) CHECK(client.receive().body.starts_with("POST /" + std::to_string(i) + "? bbb"));
}

TEST_CASE("requests that come byte by byte are understood", "[transport]") {
  Transport transport({}, echo);
  Client client(transport.port());
  const std::string chunked =
      "POST /chunks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;name=\"value\"\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n";
  for (const char byte : post("/plain", "body") + chunked) client.send({&byte, 1});
  CHECK(client.receive().body == "POST /plain? body");
  CHECK(client.receive().body == "POST /chunks? hello world");
}

TEST_CASE("an answer may come from another thread", "[transport]") {
  std::jthread other;
  Transport transport({}, [&](Request request, Respond respond) {
    other = std::jthread(
        [request = std::move(request), respond = std::move(respond)]() mutable { respond(echo_of(request)); });
  });
  Client client(transport.port());
  CHECK(client.ask(get("/1")).body == "GET /1? ");
  CHECK(client.ask(get("/2")).body == "GET /2? ");
}

TEST_CASE("a handler that drops the answer, or throws, gives 500 and the connection lives", "[transport]") {
  Warnings warnings;
  Transport transport({.warn = warnings.sink()}, [](const Request& request, Respond respond) {
    if (request.path == "/throw") throw std::runtime_error("the handler broke");
    if (request.path == "/echo") respond(echo_of(request));
  });
  Client client(transport.port());
  const auto dropped = client.ask(get("/drop"));
  CHECK(dropped.status == 500);
  CHECK(dropped.headers.at("content-type") == "application/problem+json");
  CHECK(dropped.body.find("\"code\":\"internal_error\"") != std::string::npos);
  CHECK(client.ask(get("/throw")).status == 500);
  CHECK(warnings.first() == "a request could not be handed on: the handler broke");
  CHECK(client.ask(get("/echo")).status == 200);
}

TEST_CASE("HEAD is answered without a body, and with its length", "[transport]") {
  Transport transport({}, echo);
  Client client(transport.port());
  client.send("HEAD /it HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto answer = client.receive(false);
  CHECK(answer.headers.at("content-length") == std::to_string(std::string("HEAD /it? ").size()));
  CHECK(client.ask(get("/next")).body == "GET /next? ");
}

TEST_CASE("204 has neither body nor length", "[transport]") {
  Transport transport({}, [](const Request&, Respond respond) { respond({204, "text/plain", {}, "ignored"}); });
  Client client(transport.port());
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.ask(get("/"));
    CHECK(answer.status == 204);
    CHECK(!answer.headers.contains("content-length"));
    CHECK(!answer.headers.contains("content-type"));
  }
}

TEST_CASE("a client that asks to close is told so, and closed", "[transport]") {
  Transport transport({}, echo);
  Client client(transport.port());
  CHECK(client.ask(get("/", "Connection: close\r\n")).headers.at("connection") == "close");
  CHECK(client.is_closed_by_server());
}

TEST_CASE("HTTP/1.0 closes, unless it asks to keep alive", "[transport]") {
  Transport transport({}, echo);
  Client client(transport.port());
  CHECK(client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").headers.at("connection") == "keep-alive");
  CHECK(client.ask("GET / HTTP/1.0\r\n\r\n").headers.at("connection") == "close");
  CHECK(client.is_closed_by_server());
}

TEST_CASE("a client that has sent all it will send still gets its answer", "[transport]") {
  Transport transport({}, echo);
  Client client(transport.port());
  client.send(get("/last"));
  client.send_no_more();
  CHECK(client.receive().body == "GET /last? ");
  CHECK(client.is_closed_by_server());
}

TEST_CASE("who expects 100-continue is told to go on, unless the body is there already", "[transport]") {
  Transport transport({}, echo);
  Client client(transport.port());
  client.send("POST /big HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.receive().status == 100);
  client.send("body");
  CHECK(client.receive().body == "POST /big? body");
  CHECK(client.ask(post("/big", "body", "Expect: 100-continue\r\n")).status == 200);
  CHECK(client.ask(get("/", "Expect: 100-continue\r\n")).status == 200);
}

TEST_CASE("the forms of a target: a whole URL, and the star of OPTIONS", "[transport]") {
  Transport transport({}, echo);
  Client client(transport.port());
  CHECK(client.ask(get("http://localhost:80/path?q")).body == "GET /path?q ");
  CHECK(client.ask(get("HTTP://localhost?q")).body == "GET /?q ");
  CHECK(client.ask(get("http://localhost")).body == "GET /? ");
  CHECK(client.ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").body == "OPTIONS *? ");
}

TEST_CASE("what an answer's headers hold never ends their line, and framing stays the transport's", "[transport]") {
  Transport transport({}, [](const Request&, Respond respond) {
    respond({200, "text/plain", {{"X-Told", "a\r\nX-Forged: b"}, {"content-length", "9"}}, "four"});
  });
  Client client(transport.port());
  const auto answer = client.ask(get("/"));
  CHECK(answer.headers.at("x-told") == "a  X-Forged: b");
  CHECK(answer.body == "four");
}

TEST_CASE("an answer of many megabytes arrives whole", "[transport]") {
  const std::string body(std::size_t{32} << 20U, 'x');
  Transport transport({}, [&](const Request&, Respond respond) { respond({200, "text/plain", {}, body}); });
  Client client(transport.port());
  CHECK(client.ask(get("/")).body == body);
}

TEST_CASE("a hundred clients at once are all answered, over all threads", "[transport][concurrency]") {
  Transport transport({.io_threads = 4}, echo);
  std::vector<Client> clients;
  for (int i = 0; i < 100; ++i) clients.emplace_back(transport.port());
  for (int round = 0; round < 3; ++round) {
    for (auto& client : clients) client.send(post("/all", "x"));
    for (auto& client : clients) CHECK(client.receive().body == "POST /all? x");
  }
}
