// How reads wait, what position they state, and when they are not made again.
#include "api/entity_tag.hpp"
#include "api/parked_reads.hpp"
#include "tests/api/served_books.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline;
using namespace upline::tests;
using Json = nlohmann::json;
using Clock = api::ParkedReads::Clock;

namespace {

const std::string shop = "/v1/shops/kami";

std::uint64_t head_of(ShopClient& client) { return client.get("/stats").body.at("last_position").get<std::uint64_t>(); }

Answer ask(Client& client, const std::string& path, const std::string& headers = "") {
  return client.ask(tests::get(shop + path, headers));
}

std::string if_none_match(const std::string& tag) { return fmt::format("If-None-Match: {}\r\n", tag); }

}  // namespace

TEST_CASE("a read waits for its position until it is written", "[reading]") {
  ServedBooks books;
  auto writer = books.client();
  const auto next = head_of(writer) + 1;
  Client reader(books.port());
  reader.send(tests::get(fmt::format("{}/members/erin?min_position={}&wait_ms=25000", shop, next)));
  writer.post("/members", {{"member", "erin"}});
  const auto answer = reader.receive();
  CHECK(answer.status == 200);
  CHECK(std::stoull(answer.headers.at("upline-position")) >= next);
}

TEST_CASE("a read whose position does not come in time says how far the books have come", "[reading]") {
  ServedBooks books;
  auto client = books.client();
  const auto head = head_of(client);
  Client reader(books.port());
  REQUIRE(ask(reader, "/stock").status == 200);  // comes when the read models do
  for (const auto wait_ms : {0, 10}) {
    const auto answer = ask(reader, fmt::format("/stock?min_position={}&wait_ms={}", head + 1, wait_ms));
    CHECK(answer.status == 503);
    CHECK(answer.headers.contains("retry-after"));
    CHECK(Json::parse(answer.body).at("code") == "not_there_yet");
    CHECK(Json::parse(answer.body).at("position") == head);
  }
}

TEST_CASE("reads that wait hold no worker", "[reading]") {
  ServedBooks books;
  auto writer = books.client();
  const auto next = head_of(writer) + 1;
  std::vector<Client> readers;
  for (int i = 0; i < 40; ++i) {  // more than there are workers
    readers.emplace_back(books.port());
    readers.back().send(tests::get(fmt::format("{}/stock?min_position={}&wait_ms=25000", shop, next)));
  }
  CHECK(writer.get("/members/dave").status == 200);
  writer.post("/members", {{"member", "erin"}});
  for (auto& reader : readers) CHECK(reader.receive().status == 200);
}

TEST_CASE("whoever was answered by a write finds it in the next read", "[reading]") {
  ServedBooks books;
  auto client = books.client();
  Client reader(books.port());
  for (int i = 0; i < 30; ++i) {
    const auto member = fmt::format("m{}", i);
    const auto written = client.post("/members", {{"member", member}});
    const auto answer = ask(reader, "/members/" + member);
    CHECK(answer.status == 200);
    CHECK(std::stoull(answer.headers.at("upline-position")) >= written.body.at("position").get<std::uint64_t>());
  }
}

TEST_CASE("an answer that the client has already is not made again, until the log has grown", "[reading]") {
  ServedBooks books;
  auto client = books.client();
  Client reader(books.port());
  for (const auto* path : {"/orders", "/members/dave", "/stock", "/products/game", "/events", "/policy",
                           "/balances?as_of=2026-05-01T12:00:00Z"}) {
    INFO(path);
    const auto first = ask(reader, path);
    REQUIRE(first.status == 200);
    const auto tag = first.headers.at("etag");
    const auto again = ask(reader, path, if_none_match("\"other\", " + tag));
    CHECK(again.status == 304);
    CHECK(again.body.empty());
    CHECK(again.headers.at("etag") == tag);
    CHECK(ask(reader, path, if_none_match("\"other\"")).status == 200);
    const auto written = client.post("/members", {{"member", fmt::format("m{}", head_of(client))}});
    const auto grown = ask(reader, path, if_none_match(tag));
    CHECK(grown.status == 200);
    CHECK(grown.headers.at("etag") != tag);
  }
}

TEST_CASE("what changes with time alone, and what is secret, has no entity tag", "[reading]") {
  ServedBooks books;
  auto client = books.client();
  client.post("/purchases",
              {{"order", "o1"}, {"member", "dave"}, {"product", "game"}, {"amount_minor", 999}, {"currency", "CNY"}});
  Client reader(books.port());
  const auto tag = ask(reader, "/stock").headers.at("etag");
  for (const auto* path : {"/balances", "/members/carol/balances", "/orders/o1/keys"}) {
    const auto answer = ask(reader, path, if_none_match(tag));
    CHECK(answer.status == 200);
    CHECK_FALSE(answer.headers.contains("etag"));
    CHECK(answer.headers.contains("upline-position"));
  }
  CHECK(ask(reader, "/orders/o1/keys").headers.at("cache-control") == "no-store");
}

TEST_CASE("a refusal states its position too, and has no entity tag", "[reading]") {
  ServedBooks books;
  Client reader(books.port());
  const auto answer = ask(reader, "/members/nobody");
  CHECK(answer.status == 404);
  CHECK(answer.headers.contains("upline-position"));
  CHECK_FALSE(answer.headers.contains("etag"));
}

TEST_CASE("parked reads go on when their position is reached or their time is over, and are bounded", "[reading]") {
  api::ParkedReads parked(2);
  std::vector<int> resumed;
  const auto now = Clock::now();
  const auto later = now + std::chrono::hours{1};
  CHECK(parked.park({5}, later, [&] { resumed.push_back(5); }));
  CHECK(parked.park({9}, now + std::chrono::minutes{1}, [&] { resumed.push_back(9); }));
  CHECK_FALSE(parked.park({1}, later, [&] { resumed.push_back(1); }));
  parked.release({4}, now);
  CHECK(resumed.empty());
  parked.release({5}, now);
  CHECK(resumed == std::vector{5});
  parked.release({5}, now + std::chrono::minutes{1});
  CHECK(resumed == std::vector{5, 9});
  CHECK(parked.size() == 0);
  parked.park({7}, later, [&] { resumed.push_back(7); });
  parked.release_all();
  CHECK(resumed == std::vector{5, 9, 7});
}

TEST_CASE("If-None-Match is a list of tags, weak or strong", "[reading]") {
  const auto has = [](const std::string& header) {
    return api::has_already({.headers = {{"if-none-match", header}}}, "W/\"7-ab\"");
  };
  CHECK(has("W/\"7-ab\""));
  CHECK(has("\"7-ab\""));
  CHECK(has(" \"x\" ,W/\"7-ab\""));
  CHECK_FALSE(has("\"7-a\""));
  CHECK_FALSE(has("*"));
  CHECK_FALSE(has(""));
  CHECK_FALSE(api::has_already({}, "W/\"7-ab\""));
}
