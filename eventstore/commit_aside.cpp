#include "eventstore/commit_aside.hpp"

#include "eventstore/thread_name.hpp"

#include <utility>

namespace upline::eventstore {

CommitAside::~CommitAside() {
  try {
    await();
  } catch (const std::exception&) {
    // Whoever wanted to know has asked before.
  }
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void CommitAside::start(std::unique_ptr<Pen> pen) {
  if (!thread_.joinable()) thread_ = std::thread([this] { commit_all(); });
  {
    const std::lock_guard lock(mutex_);
    pen_ = std::move(pen);
    is_committing_ = true;
  }
  changed_.notify_all();
}

std::optional<std::chrono::nanoseconds> CommitAside::await() {
  if (!pen_) return std::nullopt;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !is_committing_; });
  if (failure_) {
    pen_.reset();
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }
  pen_->leave();
  spent_ = std::move(pen_);
  return took_;
}

void CommitAside::commit_all() {
  name_this_thread("commit");
  using Clock = std::chrono::steady_clock;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || is_committing_; });
    if (!is_committing_) return;
    auto spent = std::move(spent_);
    auto& pen = *pen_;
    lock.unlock();
    const auto began = Clock::now();
    std::exception_ptr failure;
    try {
      pen.commit_aside();
    } catch (...) {
      failure = std::current_exception();
    }
    const auto took = Clock::now() - began;
    lock.lock();
    took_ = took;
    failure_ = std::move(failure);
    is_committing_ = false;
    changed_.notify_all();
    lock.unlock();
    spent.reset();
    lock.lock();
  }
}

}  // namespace upline::eventstore
