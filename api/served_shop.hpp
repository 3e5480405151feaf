// One shop in a server: a thread that writes, a thread that projects, and readers for whoever asks.
#pragma once

#include "api/parked_reads.hpp"
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

/// The state of the read models, as the projector knows it.
struct Projected {
  domain::Position position{};
  std::string tag{};   // the entity tag of answers at that position
  bool is_well{true};  // false while a projection fails
};

class ServedShop {
 public:
  explicit ServedShop(eventstore::ShopLocation location, eventstore::WriterOptions options = {});
  ~ServedShop();
  ServedShop(const ServedShop&) = delete;
  ServedShop& operator=(const ServedShop&) = delete;

  eventstore::Writer& writer() { return *writer_; }

  /// A reader that nobody else has, until the handle is gone. Opens one more where all are in use.
  std::shared_ptr<Reader> reader();

  /// How far the read models have come; no answer from them is older.
  Projected projected() const;

  /// Calls `resume` when the read models have reached the position, or when it is too late, from the projector's
  /// thread. False where too many wait already.
  bool when_projected(domain::Position position, ParkedReads::Clock::time_point deadline, ParkedReads::Resume resume);

 private:
  void project();
  Projected project_once(std::optional<Reader>& own);

  eventstore::ShopLocation location_;
  eventstore::Shop shop_;  // the writer's
  std::unique_ptr<eventstore::Writer> writer_;

  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Reader>> idle_readers_;

  ParkedReads parked_;
  mutable std::mutex projected_mutex_;
  std::condition_variable projected_changed_;
  Projected projected_{};
  bool wanted_{};  // by a read that waits: not to be polled for
  bool ending_{};
  std::thread projector_;
};

}  // namespace upline::api
