#include "projections/log_batches.hpp"

#include "eventstore/event_codec.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace upline::projections {

using domain::Position;

namespace {

UnreadableEvent missing(Position position) {
  const auto message = fmt::format("position {}: the event is missing", position.value);
  return {position, std::make_exception_ptr(eventstore::DamagedStore(message))};
}

}  // namespace

BatchPart LogBatches::after(Position position) {
  if (position < batch_->after || position >= batch_->end()) fetch(position);
  return {batch_, std::span(batch_->events).subspan(position.value - batch_->after.value)};
}

void LogBatches::fetch(Position after) {
  auto next = next_.valid() ? next_.get() : nullptr;
  batch_ = next && !next->events.empty() && next->after == after ? std::move(next) : load(after);
  if (batch_->events.empty() || batch_->end() >= last_) return;
  next_ = std::async(std::launch::async, [this, end = batch_->end()] { return load(end); });
}

LogBatches::SharedBatch LogBatches::load(Position after) const {
  auto batch = std::make_shared<Batch>();
  batch->after = after;
  if (after >= last_) return batch;
  batch->events.reserve(std::min<std::size_t>(batch_events_max, last_.value - after.value));
  std::size_t payload_bytes = 0;
  const auto next = [&] { return Position{batch->end().value + 1}; };
  try {
    log_.read(next(), last_, [&](const eventstore::StoredEvent& stored) {
      if (stored.position != next()) return false;
      batch->events.push_back({eventstore::decode(stored), stored.leaf_hash});
      payload_bytes += stored.payload.size();
      return batch->events.size() < batch_events_max && payload_bytes < batch_payload_bytes_max;
    });
    if (batch->events.empty()) batch->unreadable = missing(next());
  } catch (const eventstore::StoreBusy&) {
    throw;
  } catch (const eventstore::StoreUnwritable&) {
    throw;
  } catch (const std::runtime_error&) {
    batch->unreadable = {next(), std::current_exception()};
  }
  return batch;
}

}  // namespace upline::projections
