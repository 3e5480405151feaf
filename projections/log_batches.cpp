#include "projections/log_batches.hpp"

#include "eventstore/event_codec.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace upline::projections {

using domain::Position;
using eventstore::EventStore;

namespace {

/// Stretches that are read at once, each by a reader of its own.
constexpr std::size_t readers_max = 2;

UnreadableEvent missing(Position position) {
  const auto message = fmt::format("position {}: the event is missing", position.value);
  return {position, std::make_exception_ptr(eventstore::DamagedStore(message))};
}

}  // namespace

LogBatches::LogBatches(EventStore& log, Position last, MakeNotes make_notes)
    : log_(log), last_(last), make_notes_(std::move(make_notes)) {}

LogBatches::LogBatches(EventStore& log, Position last, eventstore::FreshEvents& fresh)
    : log_(log), last_(last), fresh_(&fresh) {}

LogBatches::~LogBatches() = default;

BatchPart LogBatches::after(Position position) {
  if (position < batch_->after || position >= batch_->end()) fetch(position);
  return {batch_, Events(batch_->events).subspan(position.value - batch_->after.value), batch_->notes};
}

Position LogBatches::end_of_stretch(Position after) const {
  return std::min(last_, Position{after.value + batch_events_max});
}

bool LogBatches::fetch_fresh(Position after) {
  if (fresh_ == nullptr) return false;
  auto batch = std::make_shared<Batch>();
  batch->after = after;
  const auto end = end_of_stretch(after);
  while (true) {
    auto piece = fresh_->behind(batch->end(), end);
    if (piece.events.empty()) break;
    for (const auto& decoded : piece.events) batch->events.push_back(&decoded);
    batch->commits.push_back(std::move(piece.commit));
  }
  if (batch->events.empty()) return false;
  ahead_.clear();
  stretch_end_ = batch->end();
  batch_ = std::move(batch);
  return true;
}

void LogBatches::fetch(Position after) {
  if (fetch_fresh(after)) return;
  const bool goes_on = after == batch_->end() && after < stretch_end_ && !batch_->events.empty();
  if (!goes_on && !ahead_.empty() && ahead_.front().after == after) {
    stretch_end_ = ahead_.front().end;
    batch_ = ahead_.front().batch.get();
    ahead_.pop_front();
  } else {
    if (!goes_on) {
      ahead_.clear();
      stretch_end_ = end_of_stretch(after);
    }
    batch_ = load(log_, after, stretch_end_);
  }
  if (!batch_->events.empty()) read_ahead();
}

/// Readers take the stretches by turns, and stretches are asked for in their order: whoever has the turn is free.
void LogBatches::read_ahead() {
  while (ahead_.size() < readers_max) {
    const auto from = ahead_.empty() ? stretch_end_ : ahead_.back().end;
    if (from >= last_) return;
    if (readers_.size() < readers_max) readers_.push_back(log_.another_reader());
    auto& reader = *readers_[turn_++ % readers_.size()];
    const auto end = end_of_stretch(from);
    ahead_.push_back(
        {from, end, std::async(std::launch::async, [this, &reader, from, end] { return load(reader, from, end); })});
  }
}

LogBatches::SharedBatch LogBatches::load(EventStore& log, Position after, Position end) const {
  auto batch = std::make_shared<Batch>();
  batch->after = after;
  if (make_notes_) batch->notes = make_notes_();
  if (after >= end) return batch;
  batch->events.reserve(end.value - after.value);
  batch->read.reserve(end.value - after.value);
  std::size_t payload_bytes = 0;
  const auto next = [&] { return Position{batch->end().value + 1}; };
  try {
    log.read(next(), end, [&](const eventstore::StoredEvent& stored) {
      if (stored.position != next()) return false;
      const auto& decoded = batch->read.emplace_back(eventstore::decode(stored), stored.leaf_hash);
      batch->events.push_back(&decoded);
      if (batch->notes) batch->notes->add(stored, decoded.event);
      payload_bytes += stored.payload.size();
      return payload_bytes < batch_payload_bytes_max;
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
