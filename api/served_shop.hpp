// One shop in a server: a thread that writes, a thread that projects, and readers for whoever asks.
#pragma once

#include "api/event_tail.hpp"
#include "api/gate.hpp"
#include "api/idempotency_key.hpp"
#include "api/webhooks/sender.hpp"
#include "domain/ids.hpp"
#include "eventstore/shop.hpp"
#include "eventstore/writer.hpp"
#include "projections/read_models.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace upline::api {

/// Connections of their own to log, vault and views. One thread at a time.
struct Reader {
  explicit Reader(const eventstore::ShopLocation& location) : shop(location), models(shop.store(), location.views()) {}

  eventstore::EventStore& log() { return shop.store(); }
  eventstore::Vault& vault() { return shop.vault(); }

  eventstore::Shop shop;
  projections::ReadModels models;
};

struct ServedShopOptions {
  eventstore::WriterOptions writing{};
  std::shared_ptr<EventStreams> streams{std::make_shared<EventStreams>()};  // counted together with other shops'
  WebhookOptions webhooks{};
};

/// How the projecting goes.
struct Projecting {
  domain::Position head{};       // of the log, when it was last looked at
  domain::Position projected{};  // how far the read models have come
  std::optional<std::chrono::steady_clock::time_point> behind_since{};
  std::vector<std::string> failed{};  // read models that cannot be carried on

  std::uint64_t positions_behind() const { return head.value - projected.value; }
};

class ServedShop {
 public:
  explicit ServedShop(eventstore::ShopLocation location, ServedShopOptions options = {});
  ~ServedShop();
  ServedShop(const ServedShop&) = delete;
  ServedShop& operator=(const ServedShop&) = delete;

  eventstore::Writer& writer() { return *writer_; }
  KeysInFlight& keys_in_flight() { return keys_in_flight_; }

  /// In front of the writer: no more commands are under way than it commits in time.
  Gate& pen_gate() { return pen_gate_; }

  EventTail& tail() { return tail_; }
  const WebhookSender& webhooks() const { return webhooks_; }

  /// A reader that nobody else has, until the handle is gone. Opens one more where all are in use.
  std::shared_ptr<Reader> reader();

  /// How far the read models have come.
  domain::Position projected() const;
  Projecting projecting() const;

 private:
  void project();
  std::optional<domain::Position> carry_on(std::optional<Reader>& own);
  void note_head(domain::Position head);

  Gate pen_gate_;
  eventstore::ShopLocation location_;
  eventstore::Shop shop_;  // the writer's
  KeysInFlight keys_in_flight_;
  std::unique_ptr<eventstore::Writer> writer_;
  EventTail tail_;

  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Reader>> idle_readers_;

  mutable std::mutex projected_mutex_;
  std::condition_variable projected_changed_;
  Projecting projecting_{};
  bool ending_{};
  std::thread projector_;
  WebhookSender webhooks_;
};

}  // namespace upline::api
