// A thread that takes in the log behind whoever reads it, a few batches at most, when others leave it a core.
#pragma once

#include "eventstore/giving_way.hpp"
#include "eventstore/hand_over.hpp"
#include "projections/log_batches.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <future>
#include <utility>

namespace upline::projections {

class Feed {
 public:
  /// Whether it wants more.
  using TakeIn = std::function<bool(const BatchPart&)>;

  explicit Feed(TakeIn take_in, eventstore::GivingWay giving_way = eventstore::GivingWay::mostly)
      : take_in_(std::move(take_in)), done_(std::async(std::launch::async, [this, giving_way] { run(giving_way); })) {}
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;
  ~Feed() { waiting_.abandon(); }

  bool wants_more() const { return wants_more_; }

  /// Waits while the thread is too far behind.
  void push(const BatchPart& part) { waiting_.put(part); }

  /// Waits until all is taken in; throws what was thrown meanwhile.
  void finish() {
    waiting_.end();
    done_.get();
  }

 private:
  static constexpr std::size_t batches_behind_max = 4;

  void run(eventstore::GivingWay giving_way) try {
    eventstore::give_way(giving_way);
    while (const auto part = waiting_.take()) {
      if (wants_more_) wants_more_ = take_in_(*part);
    }
  } catch (...) {
    waiting_.abandon();  // so that nobody waits for room in it
    throw;
  }

  TakeIn take_in_;
  std::atomic<bool> wants_more_{true};
  eventstore::HandOver<BatchPart> waiting_{batches_behind_max};
  std::future<void> done_;  // destroyed first: waits for the thread
};

}  // namespace upline::projections
