// One shop in a server: a thread that writes, a thread that projects, and readers for whoever asks.
#pragma once

#include "api/event_tail.hpp"
#include "api/gate.hpp"
#include "api/hot_reads.hpp"
#include "api/idempotency_key.hpp"
#include "api/projector.hpp"
#include "api/reader.hpp"
#include "api/recent_traces.hpp"
#include "api/settlement_runner.hpp"
#include "api/webhooks/sender.hpp"
#include "domain/ids.hpp"
#include "eventstore/shop.hpp"
#include "eventstore/writer.hpp"

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace upline::api {

struct ServedShopOptions {
  eventstore::WriterOptions writing{};
  std::shared_ptr<EventStreams> streams{std::make_shared<EventStreams>()};  // counted together with other shops'
  WebhookOptions webhooks{};
  projections::SettlingOptions settling{};
  SettlementRunner::Warn warn{};
};

class ServedShop {
 public:
  explicit ServedShop(eventstore::ShopLocation location, ServedShopOptions options = {});
  ~ServedShop();
  ServedShop(const ServedShop&) = delete;
  ServedShop& operator=(const ServedShop&) = delete;

  eventstore::Writer& writer() { return *writer_; }
  KeysInFlight& keys_in_flight() { return keys_in_flight_; }

  /// What is asked most, from memory.
  HotReads& hot_reads() { return hot_reads_; }

  /// In front of the writer: no more commands are under way than it commits in time.
  Gate& pen_gate() { return pen_gate_; }

  /// Of the commands that this process wrote.
  RecentTraces& traces() { return traces_; }

  EventTail& tail() { return tail_; }
  const WebhookSender& webhooks() const { return webhooks_; }

  /// What carries opened settlements on.
  SettlementRunner& settlements() { return *settlements_; }

  /// By the clock that dates the commands.
  domain::Timestamp now() { return shop_.handler().now(); }

  /// A reader that nobody else has, until the handle is gone. Opens one more where all are in use. For the answers of a
  /// batch that are made ready ahead, one after the other, always the same, whose vault is held still meanwhile.
  std::shared_ptr<Reader> reader();

  // As of the projector.
  Projected projected() const { return projector_.projected(); }
  Projecting projecting() const { return projector_.projecting(); }
  bool when_projected(domain::Position position, ParkedReads::Clock::time_point deadline, ParkedReads::Resume resume) {
    return projector_.when_projected(position, deadline, std::move(resume));
  }

 private:
  std::shared_ptr<void> hold_to_foresee();

  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Reader>> idle_readers_;

  Gate pen_gate_;
  eventstore::ShopLocation location_;
  eventstore::Shop shop_;  // the writer's
  KeysInFlight keys_in_flight_;
  RecentTraces traces_;
  std::unique_ptr<eventstore::Writer> writer_;
  std::unique_ptr<SettlementRunner> settlements_;
  HotReads hot_reads_;
  EventTail tail_;
  Projector projector_;
  WebhookSender webhooks_;
};

}  // namespace upline::api
