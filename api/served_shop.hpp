// One shop in a server: a thread that writes, a thread that projects, and readers for whoever asks.
#pragma once

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

/// How the projecting goes.
struct Projecting {
  domain::Position head{};       // of the log, when it was last looked at
  domain::Position projected{};  // how far the read models have come
  std::optional<std::chrono::steady_clock::time_point> behind_since{};
  std::vector<std::string> failed{};  // read models that cannot be carried on

  std::uint64_t positions_behind() const { return head > projected ? head.value - projected.value : 0; }
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

  /// How far the read models have come.
  domain::Position projected() const;
  Projecting projecting() const;

 private:
  void project();
  std::optional<domain::Position> carry_on(std::optional<Reader>& own);
  void note_head(domain::Position head);

  eventstore::ShopLocation location_;
  eventstore::Shop shop_;  // the writer's
  std::unique_ptr<eventstore::Writer> writer_;

  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Reader>> idle_readers_;

  mutable std::mutex projected_mutex_;
  std::condition_variable projected_changed_;
  Projecting projecting_{};
  bool ending_{};
  std::thread projector_;
};

}  // namespace upline::api
