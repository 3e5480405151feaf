// A server that is killed under load, again and again: what it acknowledged is there, and nothing is there twice.
#include "eventstore/delivered_keys.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/log_check.hpp"
#include "eventstore/order_history.hpp"
#include "eventstore/shop.hpp"
#include "tests/api/served_books.hpp"
#include "tests/await.hpp"
#include "tests/eventstore/own_process.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/sanitized.hpp"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <unistd.h>

using namespace upline::tests;
using namespace upline::domain;
using namespace upline;

namespace {

constexpr int kills = is_sanitized ? 20 : 200;
constexpr int clients = 4;

/// A server in a process of its own, which tells the port that it was given.
class ServerProcess {
 public:
  explicit ServerProcess(const std::filesystem::path& data) {
    if (::pipe(told_) != 0) throw std::runtime_error("cannot make a pipe");
    process_.emplace([&] { return serve(data); });
    ::close(told_[1]);
    if (::read(told_[0], &port_, sizeof port_) != sizeof port_) throw std::runtime_error("the server did not start");
  }
  ~ServerProcess() { ::close(told_[0]); }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::uint16_t port() const { return port_; }
  void kill_now() { process_->kill_now(); }

 private:
  bool serve(const std::filesystem::path& data) const {
    api::ServerOptions options{.data = data, .vault_key = data / "vault.key"};
    options.transport.listen = {"127.0.0.1", 0};
    api::Server server(std::move(options));
    const auto port = server.address().port;
    if (::write(told_[1], &port, sizeof port) != sizeof port) return false;
    while (true) ::pause();
  }

  int told_[2]{};
  std::uint16_t port_{};
  std::optional<OwnProcess> process_;
};

/// What was acknowledged: enrolments, and orders that were paid, with the key that each was given.
struct Acknowledged {
  std::mutex mutex;
  std::set<std::string> members;
  std::map<std::string, std::string> keys;  // by order
};

/// Enrols a member, who places an order, with a contact, and pays it: one after the other until the server is gone.
void sell_until_killed(std::uint16_t port, int client, int round, Acknowledged& acknowledged,
                       std::atomic<int>& answered) {
  try {
    ShopClient shop(port);
    for (int i = 0;; ++i) {
      const auto member = fmt::format("m-{}-{}-{}", round, client, i);
      const auto answer = shop.post("/members", {{"member", member}, {"referrer", "dave"}});
      if (answer.status != 201) continue;
      ++answered;
      {
        const std::lock_guard lock(acknowledged.mutex);
        acknowledged.members.insert(member);
      }
      const auto order = "o-" + member;
      shop.post("/orders", {{"order", order}, {"member", member}, {"product", "card"}, {"contact", member + "@x"}});
      const auto paid = shop.post("/orders/" + order + "/payments",
                                  {{"payment", "p-" + order}, {"amount_minor", 999}, {"currency", "CNY"}});
      if (paid.status != 201) continue;
      ++answered;
      const std::lock_guard lock(acknowledged.mutex);
      acknowledged.keys[order] = paid.body["order"]["keys"][0]["key"].get<std::string>();
    }
  } catch (const std::exception&) {
    // The server is gone.
  }
}

/// More keys than the clients can buy.
void stock_cards(const std::filesystem::path& data) {
  eventstore::Shop shop({data, "kami", data / "vault.key"});
  std::vector<eventstore::Request> requests{{.command = add_product("card", Fulfilment::key_pool), .actor = "tester"}};
  for (int batch = 0; batch < 20; ++batch) {
    const auto name = fmt::format("c{}", batch);
    requests.push_back({.command = import_keys("card", name), .actor = "tester", .secrets = secrets_of(name, 1000)});
  }
  for (const auto& outcome : shop.handler().execute(requests)) must_append(outcome);
}

}  // namespace

TEST_CASE("a server that is killed again and again under load loses and doubles nothing", "[server][kill]") {
  const TempFolder folder;
  make_kami(folder.path());
  stock_cards(folder.path());
  Acknowledged acknowledged;
  std::minstd_rand random(7);
  for (int round = 0; round < kills; ++round) {
    ServerProcess server(folder.path());
    std::atomic<int> answered{};
    const auto enough = static_cast<int>(random() % 40);  // killed somewhere after that many answers
    std::vector<std::thread> threads;
    for (int client = 0; client < clients; ++client) {
      threads.emplace_back([&, client] { sell_until_killed(server.port(), client, round, acknowledged, answered); });
    }
    const bool is_selling = await([&] { return answered >= enough; });
    server.kill_now();
    for (auto& thread : threads) thread.join();
    INFO("in round " << round << " " << answered << " answers were good, and the server was to give " << enough);
    REQUIRE(is_selling);
  }
  eventstore::Shop shop({folder.path(), "kami", folder.path() / "vault.key"});
  std::map<std::string, int> enrolled;
  std::map<std::string, int> delivered;
  std::set<std::uint64_t> sold;
  for (const auto& event : all_events(shop.store())) {
    if (std::holds_alternative<MemberEnrolled>(event.event)) ++enrolled[event.stream.id];
    const auto* keys = std::get_if<KeysDelivered>(&event.event);
    if (keys == nullptr) continue;
    ++delivered[event.stream.id];
    CHECK(sold.insert(keys->keys.front().first).second);
  }
  CHECK(acknowledged.members.size() > kills);
  for (const auto& member : acknowledged.members) {
    INFO(member);
    CHECK(enrolled[member] == 1);
  }
  CHECK(acknowledged.keys.size() > kills);
  for (const auto& [order, key] : acknowledged.keys) {
    INFO(order);
    CHECK(delivered[order] == 1);
    const auto state = eventstore::read_order(shop.store(), {order});
    REQUIRE(std::holds_alternative<DeliveredOrder>(state));
    CHECK(eventstore::delivered_keys(shop.vault(), std::get<DeliveredOrder>(state)).front().secret == key);
  }
  eventstore::LogCheck check(shop.store(), &shop.vault());
  shop.store().read({1}, shop.store().head().position, [&](const eventstore::StoredEvent& stored) {
    check.apply(stored, eventstore::decode(stored));
    return true;
  });
  check.finish(shop.store().tree_head());
  CHECK(check.findings().empty());
}
