// Answers that are made while they are sent.
#include "api/transport.hpp"
#include "tests/api/certificate.hpp"
#include "tests/api/client.hpp"
#include "tests/api/handlers.hpp"
#include "tests/api/tls_client.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <catch2/catch.hpp>

using namespace upline::api;
using namespace upline::tests;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds soon{50};
constexpr milliseconds never{600'000};

/// What the test says goes out, when it says it.
class Spoken {
 public:
  void say(std::string piece) {
    change([&] { pieces_.push_back(std::move(piece)); });
  }
  void end() {
    change([&] { ended_ = true; });
  }

  std::optional<std::string> next(BodyStream::Wake wake) {
    const std::scoped_lock lock(mutex_);
    ++asked_;
    if (!pieces_.empty()) {
      auto first = std::move(pieces_.front());
      pieces_.pop_front();
      return first;
    }
    if (ended_) return std::nullopt;
    wake_ = std::move(wake);
    return "";
  }
  void drop() {
    const std::scoped_lock lock(mutex_);
    dropped_ = true;
    changed_.notify_all();
  }
  void await_drop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return dropped_; });
  }
  int asked() const {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }

 private:
  template <class Change>
  void change(Change make) {
    BodyStream::Wake wake;
    {
      const std::scoped_lock lock(mutex_);
      make();
      wake = std::exchange(wake_, {});
    }
    if (wake) wake();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> pieces_;
  BodyStream::Wake wake_;
  bool ended_{};
  bool dropped_{};
  int asked_{};
};

class SpokenBody : public BodyStream {
 public:
  SpokenBody(Spoken& spoken, bool is_endless) : spoken_(spoken), is_endless_(is_endless) {}
  ~SpokenBody() override { spoken_.drop(); }

  std::optional<std::string> next(Wake wake) override { return spoken_.next(std::move(wake)); }
  void end_soon() override {
    if (is_endless_) spoken_.end();
  }

 private:
  Spoken& spoken_;
  bool is_endless_;
};

/// GET /stream goes on until the test ends it, GET /endless also ends with the server; the rest is an echo.
Handle speaking(Spoken& spoken) {
  return [&spoken](const Request& request, Respond respond) {
    if (request.path != "/stream" && request.path != "/endless") return respond(echo_of(request));
    Response response{.content_type = "text/plain"};
    response.stream = std::make_shared<SpokenBody>(spoken, request.path == "/endless");
    respond(std::move(response));
  };
}

/// As many bytes as are asked for, in pieces of 64 KiB.
class ManyBytes : public BodyStream {
 public:
  explicit ManyBytes(std::size_t count) : left_(count) {}
  std::optional<std::string> next(Wake) override {
    const auto count = std::min<std::size_t>(left_, 65536);
    left_ -= count;
    if (count == 0) return std::nullopt;
    return std::string(count, 'x');
  }

 private:
  std::size_t left_;
};

class ByteByByte : public Client {
 public:
  using Client::Client;

  void read_a_byte() {
    char byte = 0;
    read_some(&byte, 1);
  }

 private:
  long read_some(char* bytes, std::size_t) override {
    std::this_thread::sleep_for(milliseconds(1));
    return Client::read_some(bytes, 1);
  }
};

}  // namespace

TEST_CASE("a stream goes out piece by piece as it is made, and the connection lives on", "[transport][stream]") {
  Spoken spoken;
  Transport transport({}, speaking(spoken));
  Client client(transport.port());
  client.send(get("/stream"));
  const auto header = client.receive_header();
  CHECK(header.headers.at("transfer-encoding") == "chunked");
  CHECK(!header.headers.contains("content-length"));
  spoken.say("one");
  CHECK(client.receive_until("\r\none\r\n") == "3\r\none\r\n");
  spoken.say("number two");
  spoken.end();
  CHECK(client.receive_until("0\r\n\r\n") == "a\r\nnumber two\r\n0\r\n\r\n");
  CHECK(client.ask(get("/next")).body == "GET /next? ");
  spoken.await_drop();
}

TEST_CASE("a stream over TLS, to HTTP/1.0 and to HEAD", "[transport][stream][tls]") {
  Spoken spoken;
  spoken.say("said");
  spoken.end();
  const TempFolder folder;
  Transport secure({.tls = make_certificate(folder.path(), "s")}, speaking(spoken));
  TlsClient client(secure.port());
  client.send(get("/stream"));
  client.receive_header();
  CHECK(client.receive_until("0\r\n\r\n") == "4\r\nsaid\r\n0\r\n\r\n");

  spoken.say("old");
  Transport plain({}, speaking(spoken));
  Client old(plain.port());
  const auto answer = old.ask("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(answer.headers.at("connection") == "close");
  CHECK(!answer.headers.contains("transfer-encoding"));
  CHECK(old.receive_until("old") == "old");
  CHECK(old.is_closed_by_server());

  Client head(plain.port());
  head.send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(head.receive_header().status == 200);
  CHECK(head.ask(get("/next")).body == "GET /next? ");
}

TEST_CASE("a stream is let go when its client leaves, though there is nothing to say", "[transport][stream]") {
  Spoken spoken;
  Transport transport({}, speaking(spoken));
  std::optional<Client> client(std::in_place, transport.port());
  client->send(get("/stream"));
  client->receive_header();
  client.reset();
  spoken.await_drop();
}

TEST_CASE("a stream over TLS is let go when its client leaves", "[transport][stream][tls]") {
  Spoken spoken;
  const TempFolder folder;
  Transport transport({.tls = make_certificate(folder.path(), "s")}, speaking(spoken));
  std::optional<TlsClient> client(std::in_place, transport.port());
  client->send(get("/stream"));
  client->receive_header();
  client.reset();
  spoken.await_drop();
}

TEST_CASE("a client that asks for more during a stream is answered behind it", "[transport][stream]") {
  Spoken spoken;
  Transport transport({}, speaking(spoken));
  Client client(transport.port());
  client.send(get("/stream"));
  client.receive_header();
  client.send(get("/behind"));
  spoken.say("still here");
  CHECK(client.receive_until("still here\r\n") == "a\r\nstill here\r\n");
  spoken.end();
  client.receive_until("0\r\n\r\n");
  CHECK(client.receive().body == "GET /behind? ");
}

TEST_CASE("a stream that nobody reads is asked for no more pieces, and cut off", "[transport][stream]") {
  Spoken spoken;
  constexpr int many = 10'000;
  for (int i = 0; i < many; ++i) spoken.say(std::string(65536, 'x'));
  Transport transport({.write_timeout = soon}, speaking(spoken));
  Client client(transport.port());
  client.send(get("/stream"));
  spoken.await_drop();
  CHECK(spoken.asked() < many / 4);
}

TEST_CASE("a client that takes a byte of a stream now and then is cut off", "[transport][stream]") {
  Transport transport({.write_timeout = soon}, [](const Request&, Respond respond) {
    Response response;
    response.stream = std::make_shared<ManyBytes>(std::size_t{1} << 30U);
    respond(std::move(response));
  });
  ByteByByte client(transport.port());
  client.send(get("/"));
  // Each byte that is read is progress; the connection is gone all the same, or stop() would not return.
  std::jthread reading([&](const std::stop_token& enough) {
    while (!enough.stop_requested()) client.read_a_byte();
  });
  transport.stop(never);
}

TEST_CASE("a long stream arrives whole", "[transport][stream]") {
  static constexpr std::size_t size = 5'000'000;
  Transport transport({}, [](const Request&, Respond respond) {
    Response response;
    response.stream = std::make_shared<ManyBytes>(size);
    respond(std::move(response));
  });
  Client client(transport.port());
  client.send(get("/"));
  client.receive_header();
  const auto body = client.receive_until("\r\n0\r\n\r\n");
  CHECK(static_cast<std::size_t>(std::ranges::count(body, 'x')) == size);
}

TEST_CASE("a server that stops ends endless streams in good order and finishes the others", "[transport][stream]") {
  Spoken endless;
  Spoken finite;
  Transport transport({.linger_timeout = soon, .last_call = soon}, [&](const Request& request, Respond respond) {
    speaking(request.path == "/endless" ? endless : finite)(request, std::move(respond));
  });
  Client one(transport.port());
  Client other(transport.port());
  one.send(get("/endless"));
  other.send(get("/stream"));
  one.receive_header();
  other.receive_header();
  std::jthread stopping([&] { transport.stop(never); });
  CHECK(one.receive_until("0\r\n\r\n") == "0\r\n\r\n");
  CHECK(one.is_closed_by_server());
  finite.say("the rest");
  finite.end();
  CHECK(other.receive_until("0\r\n\r\n") == "8\r\nthe rest\r\n0\r\n\r\n");
  CHECK(other.is_closed_by_server());
}

TEST_CASE("a stream is spoken, left and stopped all at once", "[transport][stream][concurrency]") {
  for (int round = 0; round < 20; ++round) {
    Spoken spoken;
    Transport transport({}, speaking(spoken));
    std::optional<Client> client(std::in_place, transport.port());
    client->send(get("/endless"));
    client->receive_header();
    std::jthread saying([&] {
      for (int i = 0; i < 100; ++i) spoken.say("word");
    });
    std::jthread leaving([&] { client.reset(); });
    transport.stop(milliseconds(1));
  }
}
