// The log as it grows, told to whoever listens.
#include "api/event_tail.hpp"
#include "eventstore/shop.hpp"
#include "tests/api/client.hpp"
#include "tests/api/served_books.hpp"
#include "tests/api/shed_counts.hpp"
#include "tests/await.hpp"
#include "tests/eventstore/own_process.hpp"
#include "tests/eventstore/shop_process.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace upline::tests;
using namespace upline;
using Json = nlohmann::json;

namespace {

struct Told {
  std::uint64_t id{};
  std::string event{};
  Json data{};
};

/// Reads Server-Sent Events as a browser does.
class Listener {
 public:
  explicit Listener(std::uint16_t port, const std::string& query = "", const std::string& headers = "")
      : client_(port) {
    client_.send(get("/v1/shops/kami/events/stream" + query, headers));
    answer_ = client_.receive_header();
  }

  const Answer& answer() const { return answer_; }

  /// The next block: the lines in front of an empty one.
  std::string block() {
    for (;;) {
      const auto end = text_.find("\n\n");
      if (end != std::string::npos) {
        auto first = text_.substr(0, end);
        text_.erase(0, end + 2);
        return first;
      }
      const auto size = client_.receive_until("\r\n");
      const auto chunk = client_.receive_until("\r\n");
      CHECK(std::stoul(size, nullptr, 16) + 2 == chunk.size());
      if (chunk.size() == 2) throw std::runtime_error("the stream has ended");
      text_.append(chunk, 0, chunk.size() - 2);
    }
  }

  Told next() {
    for (;;) {
      const auto lines = block();
      if (lines.find("data: ") == std::string::npos) continue;
      const auto field = [&](std::string_view name) {
        const auto at = lines.find(name) + name.size();
        return lines.substr(at, lines.find('\n', at) - at);
      };
      return {std::stoull(field("id: ")), field("event: "), Json::parse(field("data: "))};
    }
  }

  bool has_ended() {
    try {
      for (;;) block();
    } catch (const std::runtime_error& error) {
      return error.what() == std::string("the stream has ended");
    }
  }

 private:
  Client client_;
  Answer answer_;
  std::string text_;
};

/// The shop on a server with a few streams, and a heart that beats fast.
class Streamed {
 public:
  explicit Streamed(api::EventStreamOptions options = {}) {
    make_kami(folder_.path());
    api::ServerOptions wanted{.data = folder_.path(), .vault_key = folder_.path() / "vault.key"};
    wanted.transport.listen = {"127.0.0.1", 0};
    wanted.event_streams = options;
    server_.emplace(std::move(wanted));
  }

  std::uint16_t port() const { return server_->address().port; }
  ShopClient client() const { return ShopClient(port()); }
  const std::filesystem::path& data() const { return folder_.path(); }
  api::Server& server() { return *server_; }

  /// A member more: one event more.
  std::uint64_t enrol(const std::string& member) const {
    auto answer = client().post("/members", {{"member", member}, {"referrer", "dave"}});
    REQUIRE(answer.status == 201);
    return answer.body["position"];
  }
  std::uint64_t head() const { return client().get("/stats").body["last_position"]; }
  Json page() const { return client().get("/events?limit=1000").body["events"]; }

 private:
  TempFolder folder_;
  std::optional<api::Server> server_;
};

}  // namespace

TEST_CASE("a stream of events begins at the present and tells what is appended", "[server][events]") {
  const Streamed books;
  Listener listener(books.port());
  CHECK(listener.answer().status == 200);
  CHECK(listener.answer().headers.at("content-type") == "text/event-stream");
  CHECK(listener.answer().headers.at("cache-control") == "no-cache");
  const auto position = books.enrol("erin");
  const auto told = listener.next();
  CHECK(told.id == position);
  CHECK(told.event == "MemberEnrolled");
  CHECK(told.data == books.page().at(position - 1));
}

TEST_CASE("a stream that is resumed repeats nothing and leaves out nothing", "[server][events]") {
  const Streamed books;
  const auto page = books.page();
  Listener listener(books.port(), "?after=0");
  for (const auto& event : page) {
    const auto told = listener.next();
    CHECK(told.id == event["position"].get<std::uint64_t>());
    CHECK(told.event == event["type"].get<std::string>());
    CHECK(told.data == event);
  }
  const auto seen = books.enrol("erin");
  CHECK(listener.next().id == seen);
  for (int i = 0; i < 5; ++i) books.enrol(fmt::format("later-{}", i));
  // What a browser sends when it comes again: the old address, and where it stopped.
  Listener again(books.port(), "?after=0", fmt::format("Last-Event-ID: {}\r\n", seen));
  for (std::uint64_t i = 1; i <= 5; ++i) CHECK(again.next().id == seen + i);
}

TEST_CASE("a stream may ask for some types of events only", "[server][events]") {
  const Streamed books;
  Listener listener(books.port(), "?after=0&types=MemberEnrolled,ShopOpened");
  CHECK(listener.next().event == "ShopOpened");
  for (const auto* name : {"alice", "bob", "carol", "dave"})
    CHECK(listener.next().data["stream"] == fmt::format("member/{}", name));
  const auto position = books.enrol("erin");
  CHECK(listener.next().id == position);
}

TEST_CASE("a stream that cannot be is refused", "[server][events]") {
  const Streamed books;
  auto client = books.client();
  CHECK(client.get("/events/stream?after=x").code() == "invalid_parameter");
  CHECK(client.get("/events/stream?after=-1").code() == "invalid_parameter");
  CHECK(client.get(fmt::format("/events/stream?after={}", books.head() + 1)).status == 400);
  const auto unknown = client.get("/events/stream?types=MemberEnrolled,Nothing");
  CHECK(unknown.status == 400);
  CHECK(unknown.body["field"] == "types");
  CHECK(client.get("/events/stream?types=").status == 400);
  CHECK(Listener(books.port(), "", "Last-Event-ID: seven\r\n").answer().status == 400);
}

TEST_CASE("a stream without events has a heartbeat", "[server][events]") {
  const Streamed books({.heartbeat = std::chrono::milliseconds(20)});
  Listener listener(books.port());
  CHECK(listener.block() == "retry: 1000");
  CHECK(listener.block() == ":");
  CHECK(listener.block() == ":");
}

TEST_CASE("what another process appends is told too", "[server][events]") {
  const TempFolder folder;
  make_kami(folder.path());
  const Signal go;
  // Forked before anything is open here.
  OwnProcess other([&] {
    go.await();
    eventstore::Shop shop({folder.path(), "kami", folder.path() / "vault.key"});
    const std::vector<eventstore::Request> one{{.command = enrol("erin", "dave"), .actor = "tester"}};
    must_append(shop.handler().execute(one).front());
    return true;
  });
  api::ServerOptions options{.data = folder.path(), .vault_key = folder.path() / "vault.key"};
  options.transport.listen = {"127.0.0.1", 0};
  const api::Server server(std::move(options));
  Listener listener(server.address().port);
  go.give();
  CHECK(listener.next().data["stream"] == "member/erin");
  CHECK(other.went_well());
}

TEST_CASE("there are as many streams as there may be, until one leaves", "[server][events]") {
  const Streamed books({.streams_max = 2});
  std::optional<Listener> first(std::in_place, books.port());
  const Listener second(books.port());
  const Listener third(books.port());
  CHECK(third.answer().status == 503);
  CHECK(third.answer().headers.contains("retry-after"));
  CHECK(shed(books.port(), "report", "streams") == 1);
  first.reset();
  CHECK(await([&] { return Listener(books.port()).answer().status == 200; }));
  CHECK(books.client().get("/events").status == 200);
}

TEST_CASE("a server that stops ends its streams in good order", "[server][events]") {
  Streamed books;
  Listener listener(books.port());
  std::jthread stopping([&] { books.server().stop(std::chrono::minutes(1)); });
  CHECK(listener.has_ended());
}

TEST_CASE("many listeners beside writers are each told everything in order", "[server][events][concurrency]") {
  const Streamed books;
  constexpr std::uint64_t events = 60;
  const auto head = books.head();
  std::vector<std::unique_ptr<Listener>> listeners;
  for (std::uint64_t i = 0; i < 20; ++i) {
    listeners.push_back(std::make_unique<Listener>(books.port(), fmt::format("?after={}", i < head ? i : head)));
  }
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&books, writer] {
      auto client = books.client();
      for (std::uint64_t i = 0; i < events / 3; ++i) {
        client.post("/members", {{"member", fmt::format("m-{}-{}", writer, i)}, {"referrer", "dave"}});
      }
    });
  }
  for (std::uint64_t i = 0; i < listeners.size(); ++i) {
    for (auto expected = std::min(i, head) + 1; expected <= head + events; ++expected) {
      REQUIRE(listeners[i]->next().id == expected);
    }
  }
}

TEST_CASE("a long log is told whole, through pieces of a bounded size", "[server][events]") {
  const Streamed books;
  auto client = books.client();
  for (int i = 0; i < 300; ++i) client.post("/members", {{"member", fmt::format("m-{}", i)}, {"referrer", "dave"}});
  Listener listener(books.port(), "?after=0");
  const auto head = books.head();
  for (std::uint64_t expected = 1; expected <= head; ++expected) REQUIRE(listener.next().id == expected);
}
