// Forged notifications of payments are refused before they take the room of any that is not.
#include "api/signature_gate.hpp"

#include "api/message_signature.hpp"
#include "eventstore/gateways.hpp"
#include "eventstore/shop.hpp"
#include "tests/api/served_books.hpp"
#include "tests/api/shed_counts.hpp"
#include "tests/await.hpp"

#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline;
using namespace upline::tests;
using api::Importance;
using Json = nlohmann::json;

namespace {

/// Room for 6 payments.
class NarrowShop {
 public:
  NarrowShop() {
    make_kami(folder_.path());
    eventstore::Shop shop({folder_.path(), "kami", folder_.path() / "vault.key"});
    secret_ = eventstore::create_gateway(shop.vault(), "alipay", {}).value();
    api::ServerOptions options{.data = folder_.path(), .vault_key = folder_.path() / "vault.key"};
    options.transport.listen = {"127.0.0.1", 0};
    options.admission.gate = {.least = 4, .most = 4, .at_first = 4};
    server_.emplace(std::move(options));
  }
  std::uint16_t port() const { return server_->address().port; }
  std::uint64_t payments_let_in() const { return server_->admission().counts().admitted_of(Importance::payment); }

  std::string notification(const std::string& order, bool is_forged) const {
    const auto body =
        Json{{"payment", "p-" + order}, {"order", order}, {"amount_minor", 999}, {"currency", "CNY"}}.dump();
    const auto now = eventstore::system_clock_now().microseconds / 1'000'000;
    return post("/v1/shops/kami/gateways/alipay/payments", body,
                fmt::format("Upline-Signature: {}\r\n",
                            api::signature_of(body, is_forged ? "gwsec_" + std::string(64, 'f') : secret_, now)));
  }

 private:
  TempFolder folder_;
  std::string secret_;
  std::optional<api::Server> server_;
};

/// What a visitor came to: 0 where it went on.
std::future<unsigned> visit(api::SignatureGate& gate, api::WorkerPool& workers, api::SignatureGate::Check check) {
  const auto told = std::make_shared<std::promise<unsigned>>();
  auto future = told->get_future();
  gate.pass({.check = std::move(check),
             .go_on = [told] { told->set_value(0); },
             .turn_away = [told](const api::Response& refused) { told->set_value(refused.status); }},
            workers);
  return future;
}

}  // namespace

TEST_CASE("whoever is checked has a place until it is known, and no more than there are", "[peak][gateway]") {
  api::WorkerPool workers(1, 8);
  api::SignatureGate gate(2);
  std::promise<void> checked;
  auto first = visit(gate, workers, [&]() -> std::optional<api::Response> {
    checked.get_future().wait();
    return std::nullopt;
  });
  auto second = visit(gate, workers, [] { return std::optional(api::Response{.status = 401}); });
  CHECK(visit(gate, workers, [] { return std::optional<api::Response>(); }).get() == 503);
  checked.set_value();
  CHECK(first.get() == 0);
  CHECK(second.get() == 401);
  CHECK(visit(gate, workers, []() -> std::optional<api::Response> { throw std::runtime_error("no vault"); }).get() ==
        500);
  CHECK(visit(gate, workers, [] { return std::optional<api::Response>(); }).get() == 0);
  workers.stop();
  CHECK(visit(gate, workers, [] { return std::optional<api::Response>(); }).get() == 503);
}

TEST_CASE("a forged notification takes no payment's place, a genuine one does", "[server][peak][gateway]") {
  const NarrowShop shop;
  ShopClient(shop.port()).post("/orders", {{"order", "o1"}, {"member", "dave"}, {"product", "course"}});
  Client gateway(shop.port());
  for (int i = 0; i < 20; ++i) CHECK(gateway.ask(shop.notification("o1", true)).status == 401);
  CHECK(shop.payments_let_in() == 0);
  CHECK(gateway.ask(shop.notification("o1", false)).status == 200);
  CHECK(shop.payments_let_in() == 1);
}

TEST_CASE("a flood of forged notifications leaves payments untouched", "[server][peak][gateway][concurrency]") {
  const NarrowShop shop;
  std::atomic<bool> flooding{true};
  std::atomic<int> forged{0};
  std::atomic<int> strange{0};
  std::vector<std::jthread> flood;
  for (int i = 0; i < 16; ++i) {
    flood.emplace_back([&] {
      Client client(shop.port());
      while (flooding) {
        strange += client.ask(shop.notification("none", true)).status == 401 ? 0 : 1;
        ++forged;
      }
    });
  }
  CHECK(await([&] { return forged >= 16; }));
  ShopClient buyer(shop.port());
  for (int i = 0; i < 30; ++i) {
    const auto order = fmt::format("o{}", i);
    REQUIRE(buyer.post("/orders", {{"order", order}, {"member", "dave"}, {"product", "course"}}).status == 201);
    const auto paid =
        buyer.post("/orders/" + order + "/payments",
                   {{"payment", "p-" + order}, {"amount_minor", 999}, {"currency", "CNY"}, {"channel", "alipay"}});
    CHECK(paid.status == 201);
  }
  flooding = false;
  flood.clear();
  CHECK(strange == 0);
  CHECK(shop.payments_let_in() == 30);
  CHECK(shed(shop.port(), "payment", "server") == 0);
}
