#include "api/worker_pool.hpp"

#include "api/problem.hpp"
#include "eventstore/thread_name.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <ranges>
#include <utility>

#include <fmt/format.h>

namespace upline::api {

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue_max, Warn warn)
    : queue_max_(queue_max), warn_(std::move(warn)) {
  // Reports leave half of the threads to others, lookups one: a payment never waits for either.
  const std::array running_max{threads / 2, threads - 1, threads, threads};
  for (std::size_t i = 0; i < lines_.size(); ++i)
    lines_.at(i).running_max = std::max<std::size_t>(1, running_max.at(i));
  try {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work_until_stopped(); });
  } catch (...) {
    stop();
    throw;
  }
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::submit(Work work, Importance importance) {
  bool wakes{};
  {
    const std::scoped_lock lock(mutex_);
    auto& queue = lines_.at(static_cast<std::size_t>(importance)).queue;
    if (stopped_ || queue.size() >= queue_max_) return false;
    queue.push_back(std::move(work));
    wakes = claim_wake();
  }
  if (wakes) changed_.notify_one();
  return true;
}

/// Under the lock: true where the caller is to wake one. Whoever comes calls the next while there is more to do, so a
/// batch of answers costs the pen one system call, and no more threads come than find work.
bool WorkerPool::claim_wake() {
  if (asleep_ == 0 || waking_ || next_line() == nullptr) return false;
  waking_ = true;
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

bool WorkerPool::is_empty() const {
  return std::ranges::all_of(lines_, [](const Line& line) { return line.queue.empty(); });
}

/// The most important that waits and may run; null where there is none. A pool that stops has nothing else to do.
WorkerPool::Line* WorkerPool::next_line() {
  for (auto& line : std::views::reverse(lines_)) {
    if (!line.queue.empty() && (stopped_ || line.running < line.running_max)) return &line;
  }
  return nullptr;
}

std::size_t WorkerPool::waiting() const {
  const std::scoped_lock lock(mutex_);
  std::size_t waiting = 0;
  for (const auto& line : lines_) waiting += line.queue.size();
  return waiting;
}

void WorkerPool::work_until_stopped() {
  eventstore::name_this_thread("worker");
  std::unique_lock lock(mutex_);
  for (;;) {
    while (next_line() == nullptr && !(stopped_ && is_empty())) {
      ++asleep_;
      changed_.wait(lock);
      --asleep_;
      waking_ = false;
    }
    auto* const line = next_line();
    if (line == nullptr) return;
    auto work = std::move(line->queue.front());
    line->queue.pop_front();
    ++line->running;
    const bool wakes = claim_wake();
    lock.unlock();
    if (wakes) changed_.notify_one();
    run(std::move(work));
    lock.lock();
    --line->running;
  }
}

void WorkerPool::run(Work work) const {
  try {
    work();
  } catch (const std::exception& error) {
    if (warn_) warn_(fmt::format("a piece of work failed: {}", error.what()));
  }
}

void respond_from(WorkerPool& pool, Respond respond, std::move_only_function<Response()> work, Importance importance) {
  // Shared, so that it is still at hand when the pool refuses.
  const auto shared = std::make_shared<Respond>(std::move(respond));
  const bool accepted = pool.submit([shared, work = std::move(work)]() mutable { (*shared)(work()); }, importance);
  if (!accepted)
    (*shared)(
        shed_response(ShedFor::workers, "overloaded", "The server has more to do than it can take on; try again."));
}

}  // namespace upline::api
