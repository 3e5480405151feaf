// What this process has committed lately, decoded once for all who follow the log. Whatever is not here, since it is
// older or another process's, is read from the log.
#pragma once

#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "eventstore/merkle.hpp"
#include "eventstore/stored_event.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <span>
#include <vector>

namespace upline::eventstore {

/// What decode() makes of a stored event.
struct DecodedEvent {
  domain::RecordedEvent event{};
  Hash leaf_hash{};
};

/// Events where they lie side by side, as long as somebody has them.
using EventRow = std::pmr::deque<StoredEvent>;

/// Events of one commit, in the order of positions. Nobody changes them any more.
struct CommittedEvents {
  std::shared_ptr<const EventRow> events{};  // without their hashes
  std::vector<Hash> leaves{};                // those
};

/// One for all stores of a shop in this process; any thread.
class FreshEvents {
 public:
  struct Bounds {
    std::size_t events{8'192};  // about 700 bytes of memory each
    std::size_t payload_bytes{std::size_t{4} << 20U};
  };
  /// Nothing is kept before.
  void keep(Bounds bounds);
  void keep() { keep(Bounds{}); }

  /// What is durable now, behind `after`. What does not follow the events before takes their place: somebody else has
  /// appended in between. Quick: whoever asks first decodes.
  void add(domain::Position after, CommittedEvents events) noexcept;

  /// Events that follow each other, and what keeps them in memory.
  struct Piece {
    std::span<const DecodedEvent> events{};
    std::shared_ptr<const void> commit{};
  };
  /// Those behind `after`, up to `last` at most, of one commit. Empty where they are not here. A third of a microsecond
  /// an event that nobody has asked for before.
  Piece behind(domain::Position after, domain::Position last);

  /// Whether all events behind `after`, up to `last`, are here.
  bool has_all(domain::Position after, domain::Position last) const;

 private:
  class Commit;

  std::shared_ptr<Commit> commit_behind(domain::Position after) const;
  void forget_oldest();

  mutable std::mutex mutex_;
  Bounds bounds_{.events = 0, .payload_bytes = 0};
  std::deque<std::shared_ptr<Commit>> commits_;  // without a gap
  std::size_t events_{};
  std::size_t payload_bytes_{};
};

}  // namespace upline::eventstore
