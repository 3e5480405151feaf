// The log as projections take it in: decoded once for all of them, a bounded batch at a time, and the next batches
// while they apply the one at hand.
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/fresh_events.hpp"
#include "projections/checkpoint.hpp"

#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace upline::projections {

/// Bounds of the memory that a batch takes, and of the time that its transaction locks a file.
constexpr std::size_t batch_events_max = 10'000;
constexpr std::size_t batch_payload_bytes_max = 8 * 1024 * 1024;

using eventstore::DecodedEvent;

inline Checkpoint checkpoint_of(const DecodedEvent& decoded) { return {decoded.event.position, decoded.leaf_hash}; }

/// Where they lie is another's business.
using Events = std::span<const DecodedEvent* const>;

/// Why the event behind the last one of a batch cannot be read.
struct UnreadableEvent {
  domain::Position position{};
  std::exception_ptr cause{};
};

/// Learns from a batch's events as they are stored, on the thread that reads them.
class BatchNotes {
 public:
  virtual ~BatchNotes() = default;
  virtual void add(const eventstore::StoredEvent& stored, const domain::RecordedEvent& recorded) = 0;
};
using MakeNotes = std::function<std::shared_ptr<BatchNotes>()>;

/// Events that follow each other, and what keeps them in memory.
struct BatchPart {
  std::shared_ptr<const void> batch{};
  Events events{};
  std::shared_ptr<const BatchNotes> notes{};  // of the whole batch
};

/// Has the log to itself as long as it lives.
class LogBatches {
 public:
  /// Serves the events up to `last`. Checks every event's hash; about 1.5 microseconds an event, on two threads where
  /// there are many.
  LogBatches(eventstore::EventStore& log, domain::Position last, MakeNotes make_notes = {});
  /// What `fresh` has is not read from the log again.
  LogBatches(eventstore::EventStore& log, domain::Position last, eventstore::FreshEvents& fresh);
  ~LogBatches();

  /// The events that follow `position`, from the batch at hand or another one. Empty at the end of the log, and in
  /// front of an event that cannot be read.
  BatchPart after(domain::Position position);

  /// Set where the batch at hand ends in front of an event that cannot be read.
  const std::optional<UnreadableEvent>& unreadable() const { return batch_->unreadable; }

 private:
  struct Batch {
    domain::Position after{};
    std::vector<const DecodedEvent*> events{};
    std::vector<DecodedEvent> read{};                    // these, of the log
    std::vector<std::shared_ptr<const void>> commits{};  // that these are of, where they were not read
    std::optional<UnreadableEvent> unreadable{};
    std::shared_ptr<BatchNotes> notes{};

    domain::Position end() const { return {after.value + events.size()}; }
  };
  using SharedBatch = std::shared_ptr<const Batch>;

  /// A stretch that is being read ahead. A batch may end before it does.
  struct Stretch {
    domain::Position after{};
    domain::Position end{};
    std::future<SharedBatch> batch{};
  };

  void fetch(domain::Position after);
  bool fetch_fresh(domain::Position after);
  void read_ahead();
  domain::Position end_of_stretch(domain::Position after) const;
  SharedBatch load(eventstore::EventStore& log, domain::Position after, domain::Position end) const;

  eventstore::EventStore& log_;
  domain::Position last_;
  MakeNotes make_notes_;
  eventstore::FreshEvents* fresh_{};
  SharedBatch batch_{std::make_shared<Batch>()};
  domain::Position stretch_end_{};  // of the one that the batch at hand is of
  std::vector<std::unique_ptr<eventstore::EventStore>> readers_{};
  std::size_t turn_{};           // of the readers
  std::deque<Stretch> ahead_{};  // destroyed first: waits for the threads that use the readers
};

}  // namespace upline::projections
