// Things handed from one thread to another in their order: whoever is too far ahead waits.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace upline::eventstore {

template <class T>
class HandOver {
 public:
  explicit HandOver(std::size_t room) : room_(room) {}

  /// Waits for room. False, and the item is gone, where it has ended.
  bool put(T item) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || items_.size() < room_; });
    if (ended_) return false;
    items_.push_back(std::move(item));
    changed_.notify_all();
    return true;
  }

  /// Nothing more will be put; what went wrong there is the taker's to hear of, behind the last item.
  void end(std::exception_ptr failure = nullptr) {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    failure_ = std::move(failure);
    changed_.notify_all();
  }

  /// Ends it from the other side: what waits is forgotten, what is put is not taken. A failure that end() was told is
  /// still thrown by take().
  void abandon() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    items_.clear();
    changed_.notify_all();
  }

  /// Waits for the next item; nothing behind the last one, unless there was a failure, which is thrown.
  std::optional<T> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || !items_.empty(); });
    if (items_.empty()) {
      if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
      return std::nullopt;
    }
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    changed_.notify_all();
    return item;
  }

  /// take() would not wait.
  bool is_ready() {
    const std::lock_guard lock(mutex_);
    return ended_ || !items_.empty();
  }

 private:
  const std::size_t room_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
  std::exception_ptr failure_;
  bool ended_{};
};

}  // namespace upline::eventstore
