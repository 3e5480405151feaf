// SIGTERM under load, to the program itself: what was acknowledged is there, and every request that it took is
// answered.
#include "domain/event.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/shop.hpp"
#include "tests/api/certificate.hpp"
#include "tests/api/served_books.hpp"
#include "tests/api/served_program.hpp"
#include "tests/api/tls_client.hpp"
#include "tests/await.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using namespace upline::domain;
using namespace upline;

namespace {

struct Load {
  std::atomic<int> acknowledged{};
  std::atomic<int> unanswered{};
  std::mutex mutex;
  std::set<std::string> placed;
  std::set<std::string> delivered;

  void acknowledge(std::set<std::string>& orders, const std::string& order) {
    const std::scoped_lock lock(mutex);
    orders.insert(order);
    ++acknowledged;
  }
};

/// Each of them a buyer, since nobody has many unpaid orders at once.
constexpr std::array buyers{"alice", "bob", "carol", "dave"};

/// Places orders and pays them, on one connection, until an answer says that it is the last.
void buy_until_sent_away(std::uint16_t port, const std::string& buyer, Load& load) {
  Client shop(port);
  bool is_last = false;
  const auto ask = [&](const std::string& path, const nlohmann::json& body) {
    const auto answer = shop.ask(post("/v1/shops/kami/orders" + path, body.dump()));
    is_last = answer.headers.contains("connection");
    return answer.status;
  };
  try {
    for (int i = 0; !is_last; ++i) {
      const auto order = fmt::format("{}-{}", buyer, i);
      const auto placed = ask("", {{"order", order}, {"member", buyer}, {"product", "licence"}});
      if (placed == 201) load.acknowledge(load.placed, order);
      if (is_last) return;
      const auto paid =
          ask("/" + order + "/payments", {{"payment", "p-" + order}, {"amount_minor", 999}, {"currency", "CNY"}});
      if (paid == 201) load.acknowledge(load.delivered, order);
    }
  } catch (const std::exception&) {
    ++load.unanswered;
  }
}

}  // namespace

TEST_CASE("SIGTERM under load loses no acknowledged order and leaves no request unanswered", "[server][sigterm]") {
  const TempFolder folder;
  make_kami(folder.path());
  Load load;
  ServedProgram program({"--data", folder.path().string()});
  std::vector<std::jthread> clients;
  for (const auto* buyer : buyers) {
    clients.emplace_back([&, buyer] { buy_until_sent_away(program.port(), buyer, load); });
  }
  const bool is_under_load = await([&] { return load.acknowledged >= 100; });
  program.terminate();
  clients.clear();
  INFO(load.acknowledged << " answers were good, and " << load.unanswered << " clients were left without one");
  CHECK(is_under_load);
  CHECK(program.exit_code() == 0);
  CHECK(load.unanswered == 0);
  std::set<std::string> placed;
  std::set<std::string> delivered;
  eventstore::Shop shop({folder.path(), "kami", folder.path() / "vault.key"});
  for (const auto& event : all_events(shop.store())) {
    if (std::holds_alternative<OrderPlaced>(event.event)) placed.insert(event.stream.id);
    if (std::holds_alternative<KeysDelivered>(event.event)) delivered.insert(event.stream.id);
  }
  CHECK(std::ranges::includes(placed, load.placed));
  CHECK(std::ranges::includes(delivered, load.delivered));
  CHECK(load.delivered.size() >= 40);
}

TEST_CASE("after SIGTERM /readyz fails first, while requests are still taken", "[server][sigterm]") {
  const TempFolder folder;
  make_kami(folder.path());
  ServedProgram program({"--data", folder.path().string(), "--drain-delay", "60s"});
  CHECK(Client(program.port()).ask(get("/readyz")).status == 200);
  program.terminate();
  // New connections, all of them: it still accepts.
  CHECK(await([&] { return Client(program.port()).ask(get("/readyz")).status == 503; }));
  auto answer = Client(program.port()).ask(get("/v1/shops/kami/policy"));
  CHECK(answer.status == 200);
  CHECK(answer.headers.at("connection") == "close");
  program.terminate();  // who cannot wait ends it at once
  CHECK(program.exit_code() == 128 + SIGTERM);
}

TEST_CASE("the program serves HTTPS, and SIGHUP shows the new certificate without dropping a connection",
          "[server][tls][sigterm]") {
  const TempFolder folder;
  make_kami(folder.path());
  const auto files = make_certificate(folder.path(), "first");
  ServedProgram program({"--data", folder.path().string(), "--tls-certificate", files.certificate.string(), "--tls-key",
                         files.key.string()});
  CHECK(program.greeting().find("https://") != std::string::npos);
  TlsClient before(program.port());
  CHECK(before.ask(get("/livez")).status == 200);
  const auto second = make_certificate(folder.path(), "second");
  std::filesystem::rename(second.certificate, files.certificate);
  std::filesystem::rename(second.key, files.key);
  program.signal(SIGHUP);
  CHECK(await([&] { return TlsClient(program.port()).server_name() == "second"; }));
  CHECK(before.server_name() == "first");
  CHECK(before.ask(get("/livez")).status == 200);
  std::filesystem::remove(files.key);
  program.signal(SIGHUP);
  CHECK(program.next_line().find(
            "cannot be read: No such file or directory; the server goes on with the certificate") != std::string::npos);
  CHECK(TlsClient(program.port()).ask(get("/livez")).status == 200);
  program.terminate();
  CHECK(program.exit_code() == 0);
}
