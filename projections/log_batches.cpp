#include "projections/log_batches.hpp"

#include "eventstore/event_codec.hpp"

#include <fmt/format.h>

namespace upline::projections {

using domain::Position;

namespace {

UnreadableEvent missing(Position position) {
  const auto message = fmt::format("position {}: the event is missing", position.value);
  return {position, std::make_exception_ptr(eventstore::DamagedStore(message))};
}

}  // namespace

std::span<const DecodedEvent> LogBatches::after(Position position) {
  const bool is_at_hand = position >= loaded_after_ && position.value - loaded_after_.value < events_.size();
  if (!is_at_hand) load_after(position);
  return std::span(events_).subspan(position.value - loaded_after_.value);
}

void LogBatches::load_after(Position position) {
  loaded_after_ = position;
  events_.clear();
  unreadable_.reset();
  if (position >= last_) return;
  std::size_t payload_bytes = 0;
  const auto next = [&] { return Position{position.value + events_.size() + 1}; };
  try {
    log_.read(next(), last_, [&](const eventstore::StoredEvent& stored) {
      if (stored.position != next()) return false;
      events_.push_back({eventstore::decode(stored), stored.leaf_hash});
      payload_bytes += stored.payload.size();
      return events_.size() < batch_events_max && payload_bytes < batch_payload_bytes_max;
    });
    if (events_.empty()) unreadable_ = missing(next());
  } catch (const eventstore::StoreBusy&) {
    throw;
  } catch (const std::runtime_error&) {
    unreadable_ = {next(), std::current_exception()};
  }
}

}  // namespace upline::projections
