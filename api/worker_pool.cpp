#include "api/worker_pool.hpp"

#include "api/problem.hpp"

#include <exception>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace upline::api {

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue_max, Warn warn)
    : queue_max_(queue_max), warn_(std::move(warn)) {
  try {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work_until_stopped(); });
  } catch (...) {
    stop();
    throw;
  }
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::submit(Work work) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopped_ || queue_.size() >= queue_max_) return false;
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  threads_.clear();
}

std::size_t WorkerPool::waiting() const {
  const std::scoped_lock lock(mutex_);
  return queue_.size();
}

void WorkerPool::work_until_stopped() {
  for (;;) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    run(std::move(work));
  }
}

void WorkerPool::run(Work work) const {
  try {
    work();
  } catch (const std::exception& error) {
    if (warn_) warn_(fmt::format("a piece of work failed: {}", error.what()));
  }
}

void respond_from(WorkerPool& pool, Respond respond, std::move_only_function<Response()> work) {
  // Shared, so that it is still at hand when the pool refuses.
  const auto shared = std::make_shared<Respond>(std::move(respond));
  const bool accepted = pool.submit([shared, work = std::move(work)]() mutable { (*shared)(work()); });
  if (!accepted) (*shared)(busy_response("overloaded", "The server has more to do than it can take on; try again."));
}

}  // namespace upline::api
