// Brings to the disk what pens have appended, in a thread of its own, while the next pen appends behind them.
#pragma once

#include "eventstore/event_store.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace upline::eventstore {

/// Of one thread, which is that of the store and its pens. A pen is handed over while the one before it is still on its
/// way, so that the disk is given the next batch at once, and not when a thread has woken up to send it.
class CommitAside {
 public:
  using Took = std::optional<std::chrono::nanoseconds>;

  CommitAside() = default;
  /// Waits for the pen that is on its way. What became of it is in the log.
  ~CommitAside();
  CommitAside(const CommitAside&) = delete;
  CommitAside& operator=(const CommitAside&) = delete;

  /// The pen on its way, for the next one to go on behind; null where there is none.
  Pen* under_way() const { return on_their_way_.empty() ? nullptr : on_their_way_.back().pen.get(); }

  /// Sends what a pen has appended on its way, behind the one before if that is still under way, and waits for that
  /// one as await() does. Where it failed, both are gone.
  Took start(std::unique_ptr<Pen> pen);

  /// Waits until the pen that is on its way is durable, lets it leave, and answers how long its commit took; nothing
  /// where none was under way. Throws what the commit failed with: then the pen is gone, and what was appended behind
  /// it has to go, too.
  Took await();

 private:
  struct OnItsWay {
    std::unique_ptr<Pen> pen;
    Took took;  // once it is durable
  };

  OnItsWay* next();
  void commit_all();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<OnItsWay> on_their_way_;  // two at the most, oldest first
  bool ending_{};
  std::vector<std::unique_ptr<Pen>> spent_;  // that are durable: much memory, given back by who has time for it
  std::exception_ptr failure_;               // of the oldest: nothing behind it is committed
  std::thread thread_;                       // begun with the first commit
};

}  // namespace upline::eventstore
