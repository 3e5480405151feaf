// What one target is sent: taken from the log, sent within the target's bounds, and crossed off when it has arrived.
#pragma once

#include "api/webhooks/delivery_queue.hpp"
#include "api/webhooks/options.hpp"
#include "eventstore/shop.hpp"
#include "eventstore/webhooks.hpp"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace upline::api {

/// One thread at a time. Its requests hold it until they end.
class Outbox : public std::enable_shared_from_this<Outbox> {
 public:
  Outbox(const WebhookOptions& options, eventstore::Shop& shop, eventstore::WebhookStore& store, std::string id);

  /// Settings and what waits, as the store has them now.
  void reload(eventstore::WebhookTarget target);

  /// Looks through the next part of the log, or of a replay. True where there is more that could be taken in at once.
  bool take_in(domain::Position head);

  /// Sends what may be sent now.
  void send(HttpClient& client);

  /// Writes down what has arrived and what has failed.
  void record();

  const std::string& id() const { return target_.id; }
  WebhookState state() const;

 private:
  using Delivery = eventstore::WebhookDelivery;

  bool take_in_replay();
  eventstore::WebhookIntake look_through(domain::Position first, domain::Position last);
  bool take(const eventstore::WebhookIntake& intake);
  bool wants(std::uint16_t type) const;
  Post post_of(const Delivery& delivery);
  TraceContext trace_of(const Delivery& delivery, const std::string& name) const;
  void settle(const Delivery& delivery, const PostResult& result);
  void put_off(Delivery delivery, std::string error);
  double chance() { return std::uniform_real_distribution<>(0, 1)(random_); }

  const WebhookOptions& options_;
  eventstore::Shop& shop_;
  eventstore::WebhookStore& store_;
  eventstore::WebhookTarget target_;
  std::vector<std::uint16_t> types_;  // empty: all
  std::vector<eventstore::WebhookReplay> replays_;
  std::string secret_;
  DeliveryQueue queue_;
  CircuitBreaker breaker_;
  eventstore::WebhookProgress progress_;
  bool is_gone_{};
  std::uint64_t arrived_{};
  std::uint64_t failed_{};
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace upline::api
