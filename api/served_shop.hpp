// One shop in a server: a thread that writes, a thread that projects, and readers for whoever asks.
#pragma once

#include "api/gate.hpp"
#include "api/hot_reads.hpp"
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

class ServedShop {
 public:
  explicit ServedShop(eventstore::ShopLocation location, eventstore::WriterOptions options = {});
  ~ServedShop();
  ServedShop(const ServedShop&) = delete;
  ServedShop& operator=(const ServedShop&) = delete;

  eventstore::Writer& writer() { return *writer_; }

  /// What is asked most, from memory.
  HotReads& hot_reads() { return *hot_reads_; }

  /// In front of the writer: no more commands are under way than it commits in time.
  Gate& pen_gate() { return pen_gate_; }

  /// A reader that nobody else has, until the handle is gone. Opens one more where all are in use.
  std::shared_ptr<Reader> reader();

  /// How far the read models have come.
  domain::Position projected() const;

 private:
  void project();

  Gate pen_gate_;
  eventstore::ShopLocation location_;
  eventstore::Shop shop_;  // the writer's
  std::unique_ptr<eventstore::Writer> writer_;
  std::unique_ptr<HotReads> hot_reads_;

  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Reader>> idle_readers_;

  mutable std::mutex projected_mutex_;
  std::condition_variable projected_changed_;
  domain::Position projected_{};
  bool ending_{};
  std::thread projector_;
};

}  // namespace upline::api
