// Sends a shop's webhooks, on a thread and with connections of its own: nothing that a target does or fails to do is
// felt by whoever writes or reads the shop. docs/decisions/0027-outgoing-webhooks.md.
#pragma once

#include "api/webhooks/options.hpp"
#include "eventstore/shop.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace upline::api {

class WebhookSender {
 public:
  WebhookSender(eventstore::ShopLocation location, WebhookOptions options);
  /// What is on its way is cut off, and sent again by the next sender.
  ~WebhookSender();
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;

  /// Of every target. Empty where another process sends this shop's webhooks. From any thread.
  std::vector<WebhookState> states() const;

 private:
  class Round;

  void run();
  void publish(std::vector<WebhookState> states);
  void warn_once(const std::string& sentence);

  eventstore::ShopLocation location_;
  WebhookOptions options_;
  HttpClient client_;
  std::string warned_;
  std::atomic<bool> ending_{};
  mutable std::mutex mutex_;
  std::vector<WebhookState> states_;
  std::thread thread_;
};

}  // namespace upline::api
