// Webhooks as their receiver meets them: over real sockets, from a real shop.
#include "api/message_signature.hpp"
#include "tests/api/webhooks/hooked_shop.hpp"
#include "tests/api/webhooks/order_of_arrival.hpp"

#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using Json = nlohmann::json;

namespace {

using All = std::vector<Received>;

std::string header(const Received& received, std::string_view name) {
  const auto* value = received.request.header(name);
  return value == nullptr ? "" : *value;
}

}  // namespace

TEST_CASE("a delivery is the event as the log shows it, named and signed", "[webhook]") {
  HookedShop shop;
  Receiver receiver;
  const auto hook = shop.hook(receiver.url(), {"PaymentReceived"});
  shop.sell("o1");
  const auto one = receiver.await([](const All& all) { return !all.empty(); }).front();
  CHECK(one.request.method == "POST");
  CHECK(header(one, "Content-Type") == "application/json");
  CHECK(header(one, "Upline-Event") == "PaymentReceived");
  CHECK(header(one, "Upline-Position") == std::to_string(one.position));
  CHECK(header(one, "Upline-Delivery") == fmt::format("kami/{}/{}", hook.id, one.position));
  const auto page = shop.client().get(fmt::format("/events?after={}&limit=1", one.position - 1));
  CHECK(Json::parse(one.request.body) == page.body["events"][0]);
  const auto signature = header(one, "Upline-Signature");
  const auto time = std::stoll(signature.substr(2));
  CHECK(signature == upline::api::signature_of(one.request.body, hook.secret, time));
}

TEST_CASE("a target gets the types that it asked for, from its registration on", "[webhook]") {
  HookedShop shop;
  Receiver some;
  Receiver every;
  shop.sell("o1");
  const auto before = shop.client().get("/stats").body["last_position"].get<std::uint64_t>();
  shop.hook(some.url(), {"OrderPlaced", "PaymentReceived"});
  shop.hook(every.url());
  const auto last = shop.sell("o2");
  const auto all = every.await(accepted_to(before, last));
  check_order(all, before, last);
  const auto chosen = some.await([](const All& received) { return received.size() == 2; });
  CHECK(header(chosen[0], "Upline-Event") == "OrderPlaced");
  CHECK(header(chosen[1], "Upline-Event") == "PaymentReceived");
  for (const auto& one : all) CHECK(one.position > before);
}

TEST_CASE("a target that fails every other time gets everything, each stream in order", "[webhook]") {
  HookedShop shop;
  int count = 0;
  Receiver receiver([&](const Received&) { return ++count % 2 == 0 ? 200U : 500U; });
  shop.hook(receiver.url());
  const auto after = shop.client().get("/stats").body["last_position"].get<std::uint64_t>();
  std::uint64_t last = 0;
  for (int i = 0; i < 8; ++i) last = shop.sell(fmt::format("o{}", i));
  check_order(receiver.await(accepted_to(after, last)), after, last);
}

TEST_CASE("a stream whose event is refused waits, and no other does", "[webhook]") {
  HookedShop shop;
  std::string refused;
  Receiver receiver([&](const Received& one) {
    if (refused.empty()) refused = one.stream;
    return one.stream == refused ? 503U : 200U;
  });
  const auto hook = shop.hook(receiver.url(), {"OrderPlaced", "PaymentReceived"});
  shop.sell("o1");
  receiver.await([](const All& all) { return !all.empty(); });
  for (int i = 2; i < 6; ++i) shop.sell(fmt::format("o{}", i));
  const auto all = receiver.await([](const All& received) {
    return std::ranges::count_if(received, [](const Received& one) { return one.answered == 200; }) == 8;
  });
  std::set<std::uint64_t> tried;
  for (const auto& one : all) {
    if (one.stream == refused) tried.insert(one.position);
  }
  CHECK(tried.size() == 1);
  const auto state = shop.await_state(hook, [](const Json& now) { return now["failing"] == 1 && now["waiting"] == 2; });
  CHECK(state["delivered_up_to"].get<std::uint64_t>() == *tried.begin() - 1);
  CHECK(state["last_error"] == "answered 503");
  receiver.decide([](const Received&) { return 200U; });
  const auto done = shop.await_state(hook, [](const Json& now) { return now["waiting"] == 0; });
  CHECK(done["behind"] == 0);
}

TEST_CASE("a target that is down is asked one event at a time, and gets all when it is back", "[webhook]") {
  auto options = hasty_webhooks();
  options.failures_max = 3;
  HookedShop shop(options);
  Receiver receiver([](const Received&) { return 500U; });
  const auto hook = shop.hook(receiver.url());
  const auto after = shop.client().get("/stats").body["last_position"].get<std::uint64_t>();
  std::uint64_t last = 0;
  for (int i = 0; i < 8; ++i) last = shop.sell(fmt::format("o{}", i));
  const auto state = shop.await_state(hook, [](const Json& now) { return now["breaker"] == "open"; });
  CHECK(state["state"] == "waiting");
  receiver.decide([](const Received&) { return 200U; });
  check_order(receiver.await(accepted_to(after, last)), after, last);
  shop.await_state(hook, [](const Json& now) { return now["breaker"] == "closed" && now["waiting"] == 0; });
}

TEST_CASE("what was not delivered when the server stopped is delivered by the next", "[webhook]") {
  HookedShop shop;
  Receiver receiver([](const Received&) { return std::optional<unsigned>{}; });
  shop.hook(receiver.url());
  const auto after = shop.client().get("/stats").body["last_position"].get<std::uint64_t>();
  const auto last = shop.sell("o1");
  receiver.await([](const All& all) { return !all.empty(); });
  shop.stop();
  receiver.decide([](const Received&) { return 200U; });
  shop.start();
  check_order(receiver.await(accepted_to(after, last)), after, last);
}

TEST_CASE("a target that is gone is paused; resumed, it gets what came meanwhile", "[webhook]") {
  HookedShop shop;
  Receiver receiver([](const Received&) { return 410U; });
  const auto hook = shop.hook(receiver.url());
  const auto after = shop.client().get("/stats").body["last_position"].get<std::uint64_t>();
  const auto last = shop.sell("o1");
  const auto paused = shop.await_state(hook, [](const Json& now) { return now["state"] == "paused"; });
  CHECK(paused["paused_because"] == "the target answered 410 Gone");
  receiver.decide([](const Received&) { return 200U; });
  CHECK(shop.client().post("/webhooks/" + hook.id + "/resume", Json::object()).body["state"] == "active");
  check_order(receiver.await(accepted_to(after, last)), after, last);
}

TEST_CASE("while a webhook is paused nothing is sent, and nothing is lost", "[webhook]") {
  HookedShop shop;
  Receiver paused;
  Receiver other;
  const auto hook = shop.hook(paused.url());
  shop.hook(other.url());
  CHECK(shop.client().post("/webhooks/" + hook.id + "/pause", Json::object()).body["state"] == "paused");
  const auto after = shop.client().get("/stats").body["last_position"].get<std::uint64_t>();
  const auto last = shop.sell("o1");
  other.await(accepted_to(after, last));
  CHECK(paused.received().empty());
  shop.client().post("/webhooks/" + hook.id + "/resume", Json::object());
  check_order(paused.await(accepted_to(after, last)), after, last);
}

TEST_CASE("a redirect is no delivery, and is not followed", "[webhook]") {
  HookedShop shop;
  Receiver receiver([](const Received&) { return 307U; });
  const auto hook = shop.hook(receiver.url(), {"OrderPlaced"});
  shop.sell("o1");
  const auto all = receiver.await([](const All& received) { return received.size() >= 3; });
  for (const auto& one : all) CHECK(one.request.path == "/hooks");
  shop.await_state(hook, [](const Json& now) { return now["last_error"] == "answered 307"; });
}

TEST_CASE("a part of the log is sent again, in order, under the names that it had", "[webhook]") {
  HookedShop shop;
  Receiver receiver;
  const auto hook = shop.hook(receiver.url());
  const auto last = shop.sell("o1");
  receiver.await_accepted(last);
  CHECK(shop.client().post("/webhooks/" + hook.id + "/replay", {{"from", 1}, {"to", last}}).status == 202);
  const auto all = receiver.await(accepted_to(0, last));
  std::set<std::string> names;
  for (const auto& one : all) names.insert(header(one, "Upline-Delivery"));
  CHECK(names.size() == last);
  const auto done = shop.await_state(hook, [](const Json& now) { return now["waiting"] == 0; });
  CHECK(done["delivered_up_to"] == last);
}

TEST_CASE("a log longer than what may wait is delivered all the same", "[webhook]") {
  auto options = hasty_webhooks();
  options.waiting_max = 3;
  options.page = 2;
  options.in_flight_max = 2;
  HookedShop shop(options);
  Receiver receiver;
  const auto hook = shop.hook(receiver.url());
  const auto last = shop.sell("o1");
  shop.client().post("/webhooks/" + hook.id + "/replay", {{"from", 1}});
  receiver.await(accepted_to(0, last));
}

TEST_CASE("a removed webhook is sent nothing more", "[webhook]") {
  HookedShop shop;
  Receiver removed;
  Receiver other;
  const auto hook = shop.hook(removed.url());
  shop.hook(other.url());
  ShopClient& client = shop.client();
  const auto after = client.get("/stats").body["last_position"].get<std::uint64_t>();
  CHECK(client.remove("/webhooks/" + hook.id).status == 200);
  CHECK(client.get("/webhooks/" + hook.id).code() == "unknown_webhook");
  CHECK(client.remove("/webhooks/" + hook.id).status == 404);
  const auto last = shop.sell("o1");
  other.await(accepted_to(after, last));
  CHECK(removed.received().empty());
}

TEST_CASE("two servers of one folder send once, and the second takes over from the first", "[webhook]") {
  HookedShop shop;
  Receiver receiver;
  const auto hook = shop.hook(receiver.url());
  const auto after = shop.client().get("/stats").body["last_position"].get<std::uint64_t>();
  receiver.await_accepted(shop.sell("o1"));
  upline::api::ServerOptions options{
      .data = shop.data(), .vault_key = shop.data() / "vault.key", .webhooks = hasty_webhooks()};
  options.transport.listen = {"127.0.0.1", 0};
  const upline::api::Server second(std::move(options));
  const auto last = shop.sell("o2");
  const auto all = receiver.await(accepted_to(after, last));
  CHECK(all.size() == last - after);
  shop.stop();
  const auto lasts = ShopClient(second.address().port).post("/members", {{"member", "erin"}}).body["position"];
  receiver.await_accepted(lasts);
}
