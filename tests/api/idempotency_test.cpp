// A caller that does not know whether its command arrived sends it again under the same key.
#include "eventstore/shop.hpp"
#include "tests/api/held_pen.hpp"
#include "tests/api/served_books.hpp"
#include "tests/eventstore/shop_process.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
namespace eventstore = upline::eventstore;
using Json = nlohmann::json;

namespace {

std::string request(const std::string& path, const Json& body, const std::string& key) {
  return post("/v1/shops/kami" + path, body.dump(), fmt::format("Idempotency-Key: {}\r\n", key));
}

/// One command of each kind of answer, each under a key of its own.
std::vector<std::pair<std::string, Json>> commands() {
  return {
      {"/orders", {{"order", "o1"}, {"member", "dave"}, {"product", "game"}, {"contact", "dave@example.com"}}},
      {"/orders/o1/payments", {{"payment", "p1"}, {"amount_minor", 999}, {"currency", "CNY"}}},
      {"/members", {{"member", "erin"}, {"referrer", "dave"}}},
      {"/products/game/keys", {{"batch", "b2"}, {"release", true}, {"keys", {"x", "b1-key-0", "y", "x"}}}},
      {"/products/game/price", {{"unit_price_minor", 1099}}},
      {"/orders/o1/refunds", {{"refund", "r1"}, {"amount_minor", 100}, {"revoke_keys", true}}},
  };
}

/// Answers in the order in which they come.
class Answers {
 public:
  void add(Answer answer) {
    const std::scoped_lock lock(mutex_);
    list_.push_back(std::move(answer));
    changed_.notify_all();
  }
  Answer wait_for(std::size_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return list_.size() >= number; });
    return list_[number - 1];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Answer> list_;
};

}  // namespace

TEST_CASE("the same key and body give the first answer again, whatever happened since", "[idempotency]") {
  ServedBooks books;
  std::vector<Answer> first_times;
  {
    Client client(books.port());
    for (const auto& [path, body] : commands()) {
      INFO(path);
      first_times.push_back(client.ask(request(path, body, fmt::format("key-{}", first_times.size()))));
      REQUIRE(first_times.back().status == 201);
      CHECK_FALSE(first_times.back().headers.contains("idempotency-replayed"));
    }
  }
  for (int time = 0; time < 2; ++time) {
    Client client(books.port());
    for (std::size_t i = 0; i < first_times.size(); ++i) {
      const auto [path, body] = commands()[i];
      INFO(path);
      const auto again = client.ask(request(path, body, fmt::format("key-{}", i)));
      CHECK(again.status == first_times[i].status);
      CHECK(again.body == first_times[i].body);
      CHECK(again.headers.at("idempotency-replayed") == "true");
    }
    books.restart();
  }
}

TEST_CASE("a key is known to every process of the shop", "[idempotency]") {
  ServedBooks books;
  eventstore::Shop beside({books.data(), "kami", books.data() / "vault.key"});
  const eventstore::Request enrolment{
      .command = upline::domain::EnrolMember{.member = {"erin"}}, .command_id = "k1", .dated = false};
  const auto outcome = beside.handler().execute({&enrolment, 1}).front();
  must_append(outcome);
  auto client = books.client();
  const auto again = client.post("/members", {{"member", "erin"}}, "Idempotency-Key: k1\r\n");
  CHECK(again.status == 201);
  CHECK(again.body["position"] == outcome.last.value);
  CHECK(client.post("/members", {{"member", "frank"}}, "Idempotency-Key: k2\r\n").status == 201);
  const eventstore::Request repetition{
      .command = upline::domain::EnrolMember{.member = {"frank"}}, .command_id = "k2", .dated = false};
  CHECK(beside.handler().execute({&repetition, 1}).front().answer == eventstore::Answer::repeated);
}

TEST_CASE("a key with another body, or on another route, is refused", "[idempotency]") {
  ServedBooks books;
  auto client = books.client();
  const std::string key = "Idempotency-Key: k1\r\n";
  CHECK(client.post("/products/game/price", {{"unit_price_minor", 1099}}, key).status == 201);
  const std::vector<std::pair<std::string, Json>> others{
      {"/products/game/price", {{"unit_price_minor", 1}}},
      {"/products/course/price", {{"unit_price_minor", 1099}}},
      {"/products/game/price", {{"unit_price_minor", 1099}, {"occurred_at", "2026-05-01T00:00:00Z"}}},
      {"/members/alice/suspend", {{"reason", "x"}}},
  };
  for (const auto& [path, body] : others) {
    const auto refused = client.post(path, body, key);
    CHECK(refused.status == 422);
    CHECK(refused.code() == "idempotency_key_reused");
    CHECK(refused.body["field"] == "Idempotency-Key");
  }
  // How the same is written makes no other body of it.
  CHECK(client.post_text("/products/game/price", " { \"unit_price_minor\" : 1099 } ", key).status == 201);
}

TEST_CASE("a refused command leaves its key free", "[idempotency]") {
  ServedBooks books;
  auto client = books.client();
  const std::string key = "Idempotency-Key: k1\r\n";
  CHECK(client.post("/members", {{"member", "frank"}, {"referrer", "erin"}}, key).status == 404);
  CHECK(client.post("/members", {{"member", "frank"}, {"unknown", 1}}, key).status == 400);
  CHECK(client.post("/members", {{"member", "erin"}}, key).status == 201);
}

TEST_CASE("a key may stand in quotes, and is the same without them", "[idempotency]") {
  ServedBooks books;
  auto client = books.client();
  const Json body{{"unit_price_minor", 1099}};
  const std::string uuid = "8e03978e-40d5-43e8-bc93-6894a57f9324";
  const auto first = client.post("/products/game/price", body, "Idempotency-Key: \"" + uuid + "\"\r\n");
  const auto again = client.post("/products/game/price", body, "Idempotency-Key: " + uuid + "\r\n");
  CHECK(first.status == 201);
  CHECK(again.body == first.body);
  const std::string longest(64, 'x');
  for (const auto& key : {std::string(), std::string("\"\""), std::string("\""), std::string("\"a"), std::string("a b"),
                          std::string("a;q=1"), std::string("\"a\\\"b\""), std::string("键"), longest + "x"}) {
    INFO(key);
    const auto refused = client.post("/products/game/price", body, "Idempotency-Key: " + key + "\r\n");
    CHECK(refused.status == 400);
    CHECK(refused.code() == "invalid_idempotency_key");
  }
  CHECK(client.post("/products/game/price", body, "Idempotency-Key: a\r\nidempotency-key: b\r\n").code() ==
        "invalid_idempotency_key");
  CHECK(client.post("/members", {{"member", "erin"}}, "Idempotency-Key: " + longest + "\r\n").status == 201);
}

TEST_CASE("a command whose first sending still runs is refused, and its key is free again afterwards",
          "[idempotency]") {
  ServedBooks books;
  HeldPen pen(books.data());
  Answers answers;
  const auto send = [&] {
    Client client(books.port());
    answers.add(client.ask(request("/members", {{"member", "erin"}}, "k1")));
  };
  std::thread one(send);
  std::thread other(send);
  // Whichever came second is answered while the first waits for the pen.
  const auto refused = answers.wait_for(1);
  pen.let_go();
  const auto accepted = answers.wait_for(2);
  one.join();
  other.join();
  CHECK(refused.status == 409);
  CHECK(Json::parse(refused.body)["code"] == "idempotency_key_in_use");
  CHECK(accepted.status == 201);
  // At once: whoever has the answer may ask again.
  Client client(books.port());
  for (int time = 0; time < 50; ++time) {
    CHECK(client.ask(request("/members", {{"member", "erin"}}, "k1")).body == accepted.body);
  }
}
