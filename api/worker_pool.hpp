// Threads for work that blocks, such as queries, with a bounded queue in front: when it is full, the answer is no, at
// once, never a growing wait. The more important goes first, and reports never have all the threads.
#pragma once

#include "api/access.hpp"
#include "api/http.hpp"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace upline::api {

class WorkerPool {
 public:
  using Work = std::move_only_function<void()>;
  /// Told of what a piece of work threw, in a sentence, on any worker's thread.
  using Warn = std::function<void(const std::string&)>;

  WorkerPool(std::size_t threads, std::size_t queue_max, Warn warn = {});
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();

  /// False when the queue of that importance is full or the pool has stopped; the work is then destroyed without being
  /// run.
  bool submit(Work work, Importance importance = Importance::payment);

  /// Takes nothing new, does what is queued, and returns when all threads have ended. Never from a worker.
  void stop();

  /// How many pieces of work wait, and may wait.
  std::size_t waiting() const;
  std::size_t queue_max() const { return queue_max_; }

 private:
  struct Line {
    std::deque<Work> queue{};
    std::size_t running{};
    std::size_t running_max{};
  };

  void work_until_stopped();
  void run(Work work) const;
  Line* next_line();
  bool claim_wake();
  bool is_empty() const;

  std::size_t queue_max_;
  Warn warn_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::array<Line, 4> lines_{};  // by importance
  std::size_t asleep_{};
  bool waking_{};  // one of those asleep was called, and has not come yet
  bool stopped_{};
  std::vector<std::jthread> threads_;
};

/// Lets a worker make the answer: 503 with Retry-After when the pool is full, 500 when the work throws. What was
/// committed is told before anything else is done.
void respond_from(WorkerPool& pool, Respond respond, std::move_only_function<Response()> work,
                  Importance importance = Importance::payment);

}  // namespace upline::api
