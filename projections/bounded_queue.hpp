// What one thread hands to another, a few pieces at most.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace upline::projections {

template <class Piece>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Waits while there is no room. Does nothing once the queue is closed.
  void push(Piece piece) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return pieces_.size() < capacity_ || is_closed_; });
    if (is_closed_) return;
    pieces_.push_back(std::move(piece));
    changed_.notify_all();
  }

  /// The oldest piece, waited for; nothing once the queue is closed and empty.
  std::optional<Piece> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !pieces_.empty() || is_closed_; });
    if (pieces_.empty()) return std::nullopt;
    std::optional<Piece> piece(std::move(pieces_.front()));
    pieces_.pop_front();
    changed_.notify_all();
    return piece;
  }

  /// What is in it can still be taken out.
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
  }

  /// Closes it and forgets what is in it.
  void abandon() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    pieces_.clear();
    changed_.notify_all();
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::deque<Piece> pieces_{};
  bool is_closed_{};
};

}  // namespace upline::projections
