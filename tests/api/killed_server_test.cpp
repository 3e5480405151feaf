// A server that is killed under load, again and again: what it acknowledged is there, and nothing is there twice.
#include "eventstore/event_codec.hpp"
#include "eventstore/shop.hpp"
#include "tests/api/served_books.hpp"
#include "tests/eventstore/own_process.hpp"
#include "tests/eventstore/shop_process.hpp"

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

constexpr int kills = 200;
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

/// Members whose enrolment was acknowledged, and how many acknowledgements there were.
struct Acknowledged {
  std::mutex mutex;
  std::set<std::string> members;
};

/// Enrols one after the other until the server is gone; a name that was not acknowledged is tried again by the next.
void enrol_until_killed(std::uint16_t port, int client, int round, Acknowledged& acknowledged,
                        std::atomic<int>& answered) {
  try {
    ShopClient shop(port);
    for (int i = 0;; ++i) {
      const auto member = fmt::format("m-{}-{}-{}", round, client, i);
      const auto answer = shop.post("/members", {{"member", member}, {"referrer", "dave"}});
      if (answer.status != 201) continue;
      ++answered;
      const std::lock_guard lock(acknowledged.mutex);
      acknowledged.members.insert(member);
    }
  } catch (const std::exception&) {
    // The server is gone.
  }
}

}  // namespace

TEST_CASE("a server that is killed 200 times under load loses and doubles nothing", "[server][kill]") {
  const TempFolder folder;
  make_kami(folder.path());
  Acknowledged acknowledged;
  std::minstd_rand random(7);
  for (int round = 0; round < kills; ++round) {
    ServerProcess server(folder.path());
    std::atomic<int> answered{};
    const auto enough = static_cast<int>(random() % 40);  // killed somewhere after that many answers
    std::vector<std::thread> threads;
    for (int client = 0; client < clients; ++client) {
      threads.emplace_back([&, client] { enrol_until_killed(server.port(), client, round, acknowledged, answered); });
    }
    while (answered < enough) std::this_thread::yield();
    server.kill_now();
    for (auto& thread : threads) thread.join();
  }
  eventstore::Shop shop({folder.path(), "kami", folder.path() / "vault.key"});
  std::map<std::string, int> enrolled;
  for (const auto& event : all_events(shop.store())) {
    if (std::holds_alternative<MemberEnrolled>(event.event)) ++enrolled[event.stream.id];
  }
  CHECK(acknowledged.members.size() > kills);
  for (const auto& member : acknowledged.members) {
    INFO(member);
    CHECK(enrolled[member] == 1);
  }
}
