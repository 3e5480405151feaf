// The log as projections take it in: decoded once for all of them, a bounded batch at a time, and the next batches
// while they apply the one at hand.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_store.hpp"
#include "projections/checkpoint.hpp"

#include <cstddef>
#include <deque>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace upline::projections {

/// Bounds of the memory that a batch takes, and of the time that its transaction locks a file.
constexpr std::size_t batch_events_max = 10'000;
constexpr std::size_t batch_payload_bytes_max = 8 * 1024 * 1024;

struct DecodedEvent {
  domain::RecordedEvent event{};
  eventstore::Hash leaf_hash{};

  Checkpoint checkpoint() const { return {event.position, leaf_hash}; }
};

/// Why the event behind the last one of a batch cannot be read.
struct UnreadableEvent {
  domain::Position position{};
  std::exception_ptr cause{};
};

/// Events that follow each other, and what keeps them in memory.
struct BatchPart {
  std::shared_ptr<const void> batch{};
  std::span<const DecodedEvent> events{};
};

/// Has the log to itself as long as it lives.
class LogBatches {
 public:
  /// Serves the events up to `last`. Checks every event's hash; about 2 microseconds an event.
  LogBatches(eventstore::EventStore& log, domain::Position last) : log_(log), last_(last) {}

  /// The events that follow `position`, from the batch at hand or another one. Empty at the end of the log, and in
  /// front of an event that cannot be read.
  BatchPart after(domain::Position position);

  /// Set where the batch at hand ends in front of an event that cannot be read.
  const std::optional<UnreadableEvent>& unreadable() const { return batch_->unreadable; }

 private:
  struct Batch {
    domain::Position after{};
    std::vector<DecodedEvent> events{};
    std::optional<UnreadableEvent> unreadable{};

    domain::Position end() const { return {after.value + events.size()}; }
  };
  using SharedBatch = std::shared_ptr<const Batch>;

  SharedBatch load(domain::Position after) const;
  void fetch(domain::Position after);

  eventstore::EventStore& log_;
  domain::Position last_;
  SharedBatch batch_{std::make_shared<Batch>()};
  std::future<SharedBatch> next_{};  // destroyed first: waits for the thread that uses the log
};

}  // namespace upline::projections
