// Which request the newest events came from, so that what is sent on behalf of an event goes on with the trace of the
// request. In memory only: a delivery after a restart, or of another process's event, has a trace of its own.
#pragma once

#include "api/request_id.hpp"
#include "domain/ids.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>

namespace upline::eventstore {
struct Outcome;
}

namespace upline::api {

/// From any thread.
class RecentTraces {
 public:
  explicit RecentTraces(std::size_t commands_max = 4096) : commands_max_(commands_max) {}

  /// The events that the command appended just now; none of a repetition, which appended them earlier. The oldest
  /// command makes room.
  void remember(const eventstore::Outcome& outcome, const TraceContext& trace);

  std::optional<TraceContext> of(domain::Position position) const;

 private:
  struct Command {
    domain::Position first{};
    domain::Position last{};
    TraceContext trace{};
  };

  std::size_t commands_max_;
  mutable std::mutex mutex_;
  std::deque<Command> commands_;  // in order of position: the writer tells of them as it appends them
};

}  // namespace upline::api
