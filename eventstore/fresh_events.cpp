#include "eventstore/fresh_events.hpp"

#include "eventstore/event_codec.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>
#include <vector>

namespace upline::eventstore {

using domain::Position;

namespace {

/// As decode(), without the hash: the commit has just made it of these very bytes.
DecodedEvent decoded(const StoredEvent& event, const Hash& leaf) {
  auto stream = domain::parse_stream(event.stream);
  if (!stream) throw DamagedStore("the stream's name is no stream");
  return {{event.position, std::move(*stream), event.version, event.occurred_at, event.recorded_at,
           decode_payload(event_formats(), event.type, event.schema, event.payload)},
          leaf};
}

}  // namespace

class FreshEvents::Commit {
 public:
  Commit(Position after, CommittedEvents stored)
      : after_(after), end_{after.value + stored.events->size()}, stored_(std::move(stored)) {
    for (const auto& event : *stored_.events) payload_bytes_ += event.payload.size();
  }

  Position after() const { return after_; }
  Position end() const { return end_; }
  std::size_t size() const { return end_.value - after_.value; }
  std::size_t payload_bytes() const { return payload_bytes_; }

  std::span<const DecodedEvent> events() {
    const std::lock_guard lock(mutex_);
    if (!stored_.events) return decoded_;
    std::vector<DecodedEvent> all;
    all.reserve(stored_.leaves.size());
    for (const auto& event : *stored_.events) all.push_back(decoded(event, stored_.leaves[all.size()]));
    decoded_ = std::move(all);
    stored_ = {};
    return decoded_;
  }

 private:
  Position after_;
  Position end_;
  std::size_t payload_bytes_{};
  std::mutex mutex_;
  CommittedEvents stored_;  // until somebody asks
  std::vector<DecodedEvent> decoded_;
};

void FreshEvents::keep(Bounds bounds) {
  const std::lock_guard lock(mutex_);
  bounds_ = bounds;
}

void FreshEvents::add(Position after, CommittedEvents events) noexcept try {
  const std::lock_guard lock(mutex_);
  if (bounds_.events == 0) return;
  auto commit = std::make_shared<Commit>(after, std::move(events));
  while (!commits_.empty() && commits_.back()->end() != after) forget_oldest();
  commits_.push_back(std::move(commit));
  events_ += commits_.back()->size();
  payload_bytes_ += commits_.back()->payload_bytes();
  while (events_ > bounds_.events || payload_bytes_ > bounds_.payload_bytes) forget_oldest();
} catch (const std::exception&) {
  // No memory for it: what comes next does not follow, and the log has it.
}

void FreshEvents::forget_oldest() {
  events_ -= commits_.front()->size();
  payload_bytes_ -= commits_.front()->payload_bytes();
  commits_.pop_front();
}

std::shared_ptr<FreshEvents::Commit> FreshEvents::commit_behind(Position after) const {
  const std::lock_guard lock(mutex_);
  const auto next = std::ranges::upper_bound(commits_, after, {}, &Commit::after);
  if (next == commits_.begin() || (*std::prev(next))->end() <= after) return nullptr;
  return *std::prev(next);
}

bool FreshEvents::has_all(Position after, Position last) const {
  const std::lock_guard lock(mutex_);
  return !commits_.empty() && commits_.front()->after() <= after && last <= commits_.back()->end();
}

FreshEvents::Piece FreshEvents::behind(Position after, Position last) try {
  const auto commit = commit_behind(after);
  if (!commit || last <= after) return {};
  const auto end = std::min(last, commit->end());
  return {commit->events().subspan(after.value - commit->after().value, end.value - after.value), commit};
} catch (const std::exception&) {
  return {};  // the log has it, or says what is wrong with it
}

}  // namespace upline::eventstore
