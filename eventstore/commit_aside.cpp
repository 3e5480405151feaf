#include "eventstore/commit_aside.hpp"

#include "eventstore/thread_name.hpp"

#include <utility>

namespace upline::eventstore {

/// More than these are given back by the waiting thread: the other one has no time for them.
constexpr std::size_t spent_max = 2;

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

CommitAside::Took CommitAside::start(std::unique_ptr<Pen> pen) {
  if (!thread_.joinable()) thread_ = std::thread([this] { commit_all(); });
  bool is_behind{};
  {
    const std::lock_guard lock(mutex_);
    is_behind = !on_their_way_.empty();
    on_their_way_.push_back({std::move(pen), std::nullopt});
  }
  changed_.notify_all();
  return is_behind ? await() : std::nullopt;
}

CommitAside::Took CommitAside::await() {
  if (on_their_way_.empty()) return std::nullopt;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return failure_ || on_their_way_.front().took; });
  const auto took = on_their_way_.front().took;
  if (!took) {
    on_their_way_.clear();
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }
  on_their_way_.front().pen->leave();
  spent_.push_back(std::move(on_their_way_.front().pen));
  on_their_way_.pop_front();
  const auto left = spent_.size() > spent_max ? std::exchange(spent_, {}) : std::vector<std::unique_ptr<Pen>>();
  lock.unlock();
  return took;
}

/// The oldest that is not durable yet; null where there is none, or where nothing can stand on what failed.
CommitAside::OnItsWay* CommitAside::next() {
  if (failure_) return nullptr;
  for (auto& one : on_their_way_) {
    if (!one.took) return &one;
  }
  return nullptr;
}

void CommitAside::commit_all() {
  name_this_thread("commit");
  using Clock = std::chrono::steady_clock;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || next() != nullptr; });
    auto* const one = next();
    if (one == nullptr) return;
    lock.unlock();
    const auto began = Clock::now();
    std::exception_ptr failure;
    try {
      one->pen->commit_aside();
    } catch (...) {
      failure = std::current_exception();
    }
    const auto took = Clock::now() - began;
    lock.lock();
    if (failure) {
      failure_ = std::move(failure);
    } else {
      one->took = took;
    }
    changed_.notify_all();
    if (next() != nullptr) continue;
    auto spent = std::exchange(spent_, {});
    lock.unlock();
    spent.clear();
    lock.lock();
  }
}

}  // namespace upline::eventstore
