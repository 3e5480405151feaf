// A place in the program under test where a test holds it.
#pragma once

#include <condition_variable>
#include <mutex>

namespace upline::tests {

/// Stops whoever comes to it for the nth time, until it is opened.
class Barrier {
 public:
  explicit Barrier(int at) : left_(at) {}

  void pass() {
    std::unique_lock lock(mutex_);
    if (--left_ != 0) return;
    is_reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
  }
  void wait_until_reached() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_reached_; });
  }
  void open() {
    const std::scoped_lock lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int left_;
  bool is_reached_{};
  bool is_open_{};
};

}  // namespace upline::tests
