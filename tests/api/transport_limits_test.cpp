// What is too much, too slow or wrong.
#include "api/transport.hpp"
#include "tests/api/client.hpp"
#include "tests/api/handlers.hpp"
#include "tests/await.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>

using namespace upline::api;
using namespace upline::tests;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds soon{50};
constexpr milliseconds never{600'000};

/// The status and the code of the answer, once the server has closed behind it.
std::string refusal_of(Client& client) {
  const auto answer = client.receive();
  CHECK(answer.headers.at("content-type") == "application/problem+json");
  CHECK(answer.headers.at("connection") == "close");
  CHECK(client.is_closed_by_server());
  const auto problem = nlohmann::json::parse(answer.body);
  CHECK(problem.at("status") == answer.status);
  return std::to_string(answer.status) + " " + problem.at("code").get<std::string>();
}

std::string refusal_of(const Transport& transport, std::string_view request) {
  Client client(transport.port());
  client.send_as_far_as_possible(request);
  client.send_no_more();
  return refusal_of(client);
}

/// Keeps a transport from beginning with a connection, and with its time, until the client has sent its first bytes.
class Doorkeeper {
 public:
  std::function<std::optional<std::string>(const std::string&)> client_of() {
    return [this](const std::string&) {
      std::ignore = has_sent_.try_acquire_for(never);
      return std::nullopt;
    };
  }
  void let_in() { has_sent_.release(); }

 private:
  std::counting_semaphore<> has_sent_{0};
};

/// Takes every file that this process may still open.
class NoFilesLeft {
 public:
  NoFilesLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    auto few = before_;
    few.rlim_cur = std::min<::rlim_t>(before_.rlim_cur, 256);
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int file = ::dup(0); file >= 0; file = ::dup(0)) files_.push_back(file);
  }
  NoFilesLeft(const NoFilesLeft&) = delete;
  NoFilesLeft& operator=(const NoFilesLeft&) = delete;
  ~NoFilesLeft() {
    for (const int file : files_) ::close(file);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  ::rlimit before_{};
  std::vector<int> files_;
};

}  // namespace

TEST_CASE("what is no request is refused with a problem", "[transport]") {
  Transport transport({}, echo);
  const auto* const malformed = "400 malformed_request";
  CHECK(refusal_of(transport, "nonsense\r\n\r\n") == malformed);
  CHECK(refusal_of(transport, "GET / HTTP/2.0\r\nHost: h\r\n\r\n") == malformed);
  CHECK(refusal_of(transport, "GET path HTTP/1.1\r\nHost: h\r\n\r\n") == malformed);
  CHECK(refusal_of(transport, "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n") == malformed);
  CHECK(refusal_of(transport, "GET * HTTP/1.1\r\nHost: h\r\n\r\n") == malformed);
  CHECK(refusal_of(transport, "CONNECT host:80 HTTP/1.1\r\nHost: h\r\n\r\n") == malformed);
  CHECK(refusal_of(transport, "GET / HTTP/1.1\r\n\r\n") == malformed);
  CHECK(refusal_of(transport, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == malformed);
  CHECK(refusal_of(transport, "GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n") == malformed);
  CHECK(refusal_of(transport, post("/", "", "Expect: a miracle\r\n")) == "417 unknown_expectation");
}

TEST_CASE("a request whose end could be read in two ways is refused", "[transport]") {
  Transport transport({}, echo);
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  const auto* const malformed = "400 malformed_request";
  CHECK(refusal_of(transport, start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab") == malformed);
  CHECK(refusal_of(transport, start + "Content-Length: -1\r\n\r\n") == malformed);
  CHECK(refusal_of(transport, start + "Content-Length: 99999999999999999999999\r\n\r\n") == malformed);
  CHECK(refusal_of(transport, start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == malformed);
  CHECK(refusal_of(transport, start + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n") == malformed);
  CHECK(refusal_of(transport, start + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n") == malformed);
  CHECK(refusal_of(transport, start + "Transfer-Encoding: gzip, chunked\r\n\r\n") == "501 unknown_transfer_encoding");
  CHECK(refusal_of(transport, start + "Transfer-Encoding: identity\r\n\r\n") == "501 unknown_transfer_encoding");
  CHECK(refusal_of(transport, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == malformed);
}

TEST_CASE("a body up to the limit is taken, a longer one refused though the client sends all of it", "[transport]") {
  Transport transport({.body_bytes_max = 100'000}, echo);
  Client client(transport.port());
  CHECK(client.ask(post("/", std::string(100'000, 'b'))).status == 200);
  CHECK(refusal_of(transport, post("/", std::string(100'001, 'b'))) == "413 body_too_large");
  CHECK(refusal_of(transport, post("/", std::string(5'000'000, 'b'))) == "413 body_too_large");
  std::string chunks = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 3; ++i) chunks += "C350\r\n" + std::string(50'000, 'c') + "\r\n";
  CHECK(refusal_of(transport, chunks) == "413 body_too_large");
}

TEST_CASE("a body that is too long is refused before it is sent, where the client waits to be told", "[transport]") {
  Transport transport({.body_bytes_max = 10}, echo);
  Client client(transport.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
  client.send_no_more();
  CHECK(refusal_of(client) == "413 body_too_large");
}

TEST_CASE("a client that is refused and sends without end is cut off", "[transport]") {
  Transport transport({.body_bytes_max = 10, .linger_timeout = never, .linger_bytes_max = 100'000}, echo);
  Client client(transport.port());
  client.send_as_far_as_possible(post("/", std::string(50'000'000, 'b')));
  CHECK(client.receive().status == 413);
  CHECK(client.is_closed_by_server());
}

TEST_CASE("a header up to the limit is taken, a longer one refused, whole or field by field", "[transport]") {
  Transport transport({.header_bytes_max = 4096}, echo);
  Client client(transport.port());
  CHECK(client.ask(get("/", "X: " + std::string(4000, 'v') + "\r\n")).status == 200);
  CHECK(refusal_of(transport, get("/", "X: " + std::string(4096, 'v') + "\r\n")) == "431 header_too_large");
  CHECK(refusal_of(transport, get("/" + std::string(5000, 'p'))) == "431 header_too_large");
  CHECK(refusal_of(transport, "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(10'000, 'v')) == "431 header_too_large");

  // Parsed up to the middle, and then no line that ends.
  Client in_two(transport.port());
  in_two.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(3000, 'v') + "\r\nY: ");
  for (int i = 0; i < 3000; ++i) in_two.send_as_far_as_possible("w");
  in_two.send_no_more();
  CHECK(refusal_of(in_two) == "431 header_too_large");

  Client drop_by_drop(transport.port());
  drop_by_drop.send("GET / HTTP/1.1\r\nHost: h\r\n");
  for (int i = 0; i < 600; ++i) {
    for (const char byte : std::string("X: value\r\n")) drop_by_drop.send_as_far_as_possible({&byte, 1});
  }
  drop_by_drop.send_no_more();
  CHECK(refusal_of(drop_by_drop) == "431 header_too_large");
}

TEST_CASE("the lines between chunks are bounded too", "[transport]") {
  Transport transport({.header_bytes_max = 4096}, echo);
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(refusal_of(transport, start + "5;" + std::string(100'000, 'e')) == "431 header_too_large");
  CHECK(refusal_of(transport, start + "0\r\nTrailer: " + std::string(100'000, 't')) == "431 header_too_large");
}

TEST_CASE("a header or a body that does not come to its end is given up with 408", "[transport]") {
  Doorkeeper door;
  Transport hasty_with_headers({.client_of = door.client_of(), .header_timeout = soon}, echo);
  Client header(hasty_with_headers.port());
  header.send("GET / HTTP/1.1\r\nHost:");
  door.let_in();
  CHECK(refusal_of(header) == "408 request_timeout");
  Transport hasty_with_bodies({.body_timeout = soon}, echo);
  Client body(hasty_with_bodies.port());
  body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  CHECK(refusal_of(body) == "408 request_timeout");
}

TEST_CASE("a client cannot hold the header open with a byte now and then", "[transport]") {
  Doorkeeper door;
  Transport transport({.client_of = door.client_of(), .header_timeout = soon, .linger_timeout = never}, echo);
  Client client(transport.port());
  client.send("GET / HTTP/1.1\r\nX: ");
  door.let_in();
  std::jthread drops([&](const std::stop_token& enough) {
    while (!enough.stop_requested()) {
      client.send_as_far_as_possible("x");
      std::this_thread::sleep_for(milliseconds(5));
    }
  });
  CHECK(client.receive().status == 408);
}

TEST_CASE("who connects and says nothing, or nothing more, is closed without a word", "[transport]") {
  Transport hasty_at_first({.header_timeout = soon, .idle_timeout = never}, echo);
  Client silent(hasty_at_first.port());
  CHECK(silent.is_closed_by_server());
  Transport hasty_later({.header_timeout = never, .idle_timeout = soon}, echo);
  Client idle(hasty_later.port());
  CHECK(idle.ask(get("/")).status == 200);
  CHECK(idle.is_closed_by_server());
}

TEST_CASE("an answer that takes too long is a 503, the late one is dropped, and the connection lives", "[transport]") {
  Desk desk;
  Transport transport({.handler_timeout = soon}, [&, keep = desk.handle()](Request request, Respond respond) {
    request.path == "/slow" ? keep(std::move(request), std::move(respond)) : respond(echo_of(request));
  });
  Client client(transport.port());
  client.send(get("/slow"));
  auto slow = desk.take();
  const auto answer = client.receive();
  CHECK(answer.status == 503);
  CHECK(answer.headers.contains("retry-after"));
  CHECK(answer.body.find("\"answer_timeout\"") != std::string::npos);
  slow.respond(echo_of(slow.request));
  CHECK(client.ask(get("/next")).body == "GET /next? ");
}

TEST_CASE("a client that does not read its answer is cut off", "[transport]") {
  const std::string body(std::size_t{64} << 20U, 'x');
  Transport transport({.write_timeout = soon},
                      [&](const Request&, Respond respond) { respond({200, "text/plain", {}, body}); });
  Client client(transport.port());
  client.send(get("/"));
  // stop() returns once the connection is gone, and there is no other reason for it to be gone.
  transport.stop(never);
  CHECK_THROWS_WITH(client.receive(), "closed before the end of a body");
}

TEST_CASE("beyond the most connections the answer is 503, until one leaves", "[transport]") {
  Transport transport({.connections_max = 2}, echo);
  Client first(transport.port());
  CHECK(first.ask(get("/")).status == 200);
  {
    Client second(transport.port());
    CHECK(second.ask(get("/")).status == 200);
    Client third(transport.port());
    const auto answer = third.receive();
    CHECK(answer.status == 503);
    CHECK(answer.headers.contains("retry-after"));
    CHECK(third.is_closed_by_server());
  }
  CHECK(await([&] {
    Client next(transport.port());
    next.send_as_far_as_possible(get("/"));
    return next.receive().status == 200;
  }));
  CHECK(first.ask(get("/")).status == 200);
}

TEST_CASE("a crowd far beyond the most connections does no harm", "[transport][concurrency]") {
  Transport transport({.connections_max = 1, .linger_timeout = never}, echo);
  Client first(transport.port());
  CHECK(first.ask(get("/")).status == 200);
  std::vector<Client> crowd;
  for (int i = 0; i < 150; ++i) crowd.emplace_back(transport.port());
  CHECK(crowd.back().is_closed_by_server());
  CHECK(first.ask(get("/")).status == 200);
}

// UBSan opens a pipe to look at an object's type, and takes the object for broken when no file is left.
#ifdef __has_feature
#if __has_feature(undefined_behavior_sanitizer)
#define UPLINE_NEEDS_FILES
#endif
#endif
#ifndef UPLINE_NEEDS_FILES

TEST_CASE("out of files, the server waits and goes on", "[transport]") {
  Warnings warnings;
  Transport transport({.io_threads = 1, .warn = warnings.sink()}, echo);
  Client before(transport.port());
  CHECK(before.ask(get("/")).status == 200);
  Client waiting;
  {
    const NoFilesLeft none;
    waiting.connect(transport.port());
    waiting.send(get("/waited"));
    CHECK(warnings.first() == "no connection can be accepted for now: Too many open files");
    CHECK(before.ask(get("/still")).status == 200);
  }
  CHECK(waiting.receive().body == "GET /waited? ");
}

#endif
