// Targets that are down, in each way that a target can be: orders are answered all the same.
#include "tests/api/webhooks/hooked_shop.hpp"
#include "tests/api/webhooks/order_of_arrival.hpp"

#include <chrono>
#include <string>

#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace upline::tests;
using Json = nlohmann::json;

namespace {

/// A port of this machine that nobody listens on, nor will while this lives.
class RefusedPort {
 public:
  RefusedPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, generic, size) != 0 || ::getsockname(socket_, generic, &size) != 0) {
      throw std::runtime_error("cannot bind");
    }
    port_ = ntohs(address.sin_port);
  }
  ~RefusedPort() { ::close(socket_); }
  RefusedPort(const RefusedPort&) = delete;
  RefusedPort& operator=(const RefusedPort&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}/hooks", port_); }

 private:
  int socket_;
  std::uint16_t port_{};
};

}  // namespace

TEST_CASE("orders are placed, paid and delivered while targets hang and refuse, and other targets get them",
          "[webhook]") {
  auto options = hasty_webhooks();
  options.client.total_timeout = std::chrono::hours{1};  // however long the orders take
  HookedShop shop(options);
  Receiver hanging([](const Received&) { return std::optional<unsigned>{}; });
  const RefusedPort refusing;
  Receiver sound;
  const auto hung = shop.hook(hanging.url());
  const auto refused = shop.hook(refusing.url());
  shop.hook(sound.url());
  const auto after = shop.client().get("/stats").body["last_position"].get<std::uint64_t>();
  shop.sell("o1");
  hanging.await([](const std::vector<Received>& all) { return !all.empty(); });
  shop.await_state(refused, [](const Json& now) { return now["breaker"] == "open"; });

  std::uint64_t last = 0;
  for (int i = 2; i < 8; ++i) last = shop.sell(fmt::format("o{}", i));
  check_order(sound.await(accepted_to(after, last)), after, last);

  CHECK(hanging.hanging() > 0);
  const auto hung_state = shop.state_of(hung);
  CHECK(hung_state["last_error"] == nullptr);  // nothing was given up meanwhile
  CHECK(hung_state["delivered"] == 0);
  CHECK(shop.state_of(refused)["delivered"] == 0);
  CHECK(shop.state_of(refused)["last_error"] == "no answer: Couldn't connect to server");
}

TEST_CASE("a target that hangs has as many requests on their way as it may, and no more", "[webhook]") {
  auto options = hasty_webhooks();
  options.in_flight_max = 3;
  HookedShop shop(options);
  Receiver hanging([](const Received&) { return std::optional<unsigned>{}; });
  Receiver sound;
  shop.hook(hanging.url());
  shop.hook(sound.url());
  const auto after = shop.client().get("/stats").body["last_position"].get<std::uint64_t>();
  std::uint64_t last = 0;
  for (int i = 0; i < 8; ++i) last = shop.sell(fmt::format("o{}", i));
  sound.await(accepted_to(after, last));
  hanging.await([](const std::vector<Received>& all) { return all.size() >= 3; });
  CHECK(hanging.hanging() == 3);
}

TEST_CASE("a server stops while targets hang", "[webhook]") {
  HookedShop shop;
  Receiver hanging([](const Received&) { return std::optional<unsigned>{}; });
  shop.hook(hanging.url());
  shop.sell("o1");
  hanging.await([](const std::vector<Received>& all) { return !all.empty(); });
  shop.stop();
  CHECK(hanging.hanging() > 0);
}
