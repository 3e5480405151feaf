// The worked example's shop behind a server that sends webhooks without taking its time.
#pragma once

#include "tests/api/served_books.hpp"
#include "tests/api/webhooks/receiver.hpp"
#include "tests/await.hpp"

#include <optional>
#include <string>
#include <vector>

namespace upline::tests {

/// Waits of a few milliseconds, where a shop's own are of seconds and hours.
inline api::WebhookOptions hasty_webhooks() {
  api::WebhookOptions options;
  options.poll_every = std::chrono::milliseconds{1};
  options.client.allows_private_addresses = true;  // the receivers listen on this machine
  options.retries = {{1'000}, {4'000}};
  options.pauses = {{1'000}, {4'000}};
  return options;
}

class HookedShop {
 public:
  explicit HookedShop(api::WebhookOptions options = hasty_webhooks()) : options_(std::move(options)) {
    make_kami(folder_.path());
    start();
  }

  void stop() { server_.reset(); }
  void start() {
    api::ServerOptions options{.data = folder_.path(), .vault_key = folder_.path() / "vault.key", .webhooks = options_};
    options.transport.listen = {"127.0.0.1", 0};
    server_.emplace(std::move(options));
    client_.emplace(server_->address().port);
  }

  ShopClient& client() { return *client_; }
  const std::filesystem::path& data() const { return folder_.path(); }

  struct Hook {
    std::string id{};
    std::string secret{};
  };

  Hook hook(const std::string& url, const std::vector<std::string>& types = {"all"}) {
    const auto answer = client().post("/webhooks", {{"url", url}, {"types", types}});
    if (answer.status != 201) throw std::logic_error(answer.body.dump());
    return {answer.body["webhook"], answer.body["secret"]};
  }

  /// Places and pays an order; its last position.
  std::uint64_t sell(const std::string& order, const std::string& product = "game") {
    client().post("/orders", {{"order", order}, {"member", "dave"}, {"product", product}});
    const auto paid = client().post("/orders/" + order + "/payments",
                                    {{"payment", "p-" + order}, {"amount_minor", 999}, {"currency", "CNY"}});
    if (paid.status != 201) throw std::logic_error(paid.body.dump());
    return paid.body["position"];
  }

  nlohmann::json state_of(const Hook& hook) { return client().get("/webhooks/" + hook.id).body; }

  /// Asks until it is so; throws where it never is.
  template <class Predicate>
  nlohmann::json await_state(const Hook& hook, Predicate holds) {
    nlohmann::json state;
    if (await([&] { return holds(state = state_of(hook)); })) return state;
    throw std::logic_error("after a minute it is still " + state.dump());
  }

 private:
  TempFolder folder_;
  api::WebhookOptions options_;
  std::optional<api::Server> server_;
  std::optional<ShopClient> client_;
};

}  // namespace upline::tests
