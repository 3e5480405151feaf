// Brings to the disk what a pen has appended, in a thread of its own, while the next pen appends behind it.
#pragma once

#include "eventstore/event_store.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace upline::eventstore {

/// Of one thread, which is that of the store and its pens. At most one pen is on its way.
class CommitAside {
 public:
  CommitAside() = default;
  /// Waits for the pen that is on its way. What became of it is in the log.
  ~CommitAside();
  CommitAside(const CommitAside&) = delete;
  CommitAside& operator=(const CommitAside&) = delete;

  /// The pen on its way, for the next one to go on behind; null where there is none.
  Pen* under_way() const { return pen_.get(); }

  /// Sends what a pen has appended on its way. The one before has to be awaited first.
  void start(std::unique_ptr<Pen> pen);

  /// Waits until the pen that is on its way is durable, lets it leave, and answers how long its commit took; nothing
  /// where none was under way. Throws what the commit failed with: then the pen is gone, and what was appended behind
  /// it has to go, too.
  std::optional<std::chrono::nanoseconds> await();

 private:
  void commit_all();

  std::unique_ptr<Pen> pen_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_committing_{};
  bool ending_{};
  std::unique_ptr<Pen> spent_;  // that is durable: much memory, given back behind the next commit
  std::chrono::nanoseconds took_{};
  std::exception_ptr failure_;
  std::thread thread_;  // begun with the first commit
};

}  // namespace upline::eventstore
