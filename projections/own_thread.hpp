// A thread that does one thing after the other for its owner, when others leave it a core, and rests in between.
#pragma once

#include "eventstore/giving_way.hpp"
#include "eventstore/hand_over.hpp"
#include "eventstore/thread_name.hpp"

#include <functional>
#include <future>
#include <thread>
#include <utility>

namespace upline::projections {

/// Starts with the first thing to do, and ends with its owner, once all is done. Starting and ending a thread costs
/// some 100 microseconds of CPU, and interrupts the other cores.
class OwnThread {
 public:
  explicit OwnThread(const char* name) : name_(name) {}
  OwnThread(const OwnThread&) = delete;
  OwnThread& operator=(const OwnThread&) = delete;
  ~OwnThread() {
    waiting_.end();
    if (thread_.joinable()) thread_.join();
  }

  /// By the owner alone. The future throws what the work throws.
  std::future<void> run(std::function<void()> work) {
    if (!thread_.joinable()) thread_ = std::thread([this] { work_on(); });
    std::packaged_task<void()> task(std::move(work));
    auto done = task.get_future();
    waiting_.put(std::move(task));
    return done;
  }

 private:
  static constexpr std::size_t waiting_max = 4;

  void work_on() {
    eventstore::name_this_thread(name_);
    eventstore::give_way();
    while (auto task = waiting_.take()) (*task)();
  }

  const char* name_;
  eventstore::HandOver<std::packaged_task<void()>> waiting_{waiting_max};
  std::thread thread_;
};

}  // namespace upline::projections
