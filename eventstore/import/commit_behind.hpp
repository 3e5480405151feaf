// Brings a batch to the disk in a thread of its own, while the next one is decided behind it.
#pragma once

#include "eventstore/command_handler.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <optional>

namespace upline::eventstore::import {

/// Of one thread, which is that of the handler. At most one batch is on its way.
class CommitBehind {
 public:
  /// `handler` must outlive it.
  explicit CommitBehind(CommandHandler& handler) : handler_(handler) {}
  CommitBehind(const CommitBehind&) = delete;
  CommitBehind& operator=(const CommitBehind&) = delete;
  /// Waits for the batch that is on its way. What became of it is in the log.
  ~CommitBehind();

  /// The batch on its way, for the next one to go on behind; null where there is none.
  const Batch* under_way() const { return batch_ ? &*batch_ : nullptr; }

  /// Sends a sealed batch on its way. The one before has to be awaited first.
  void start(Batch batch);

  /// Waits until the batch that is on its way, if any, is durable; its pen leaves. Throws what its commit
  /// failed with: then what was decided behind it has to be undone.
  void await();

 private:
  void forget() noexcept;

  CommandHandler& handler_;
  std::optional<Batch> batch_;
  std::unique_ptr<Pen> spent_;                    // that of the batch before: much memory, given back aside
  std::future<std::chrono::nanoseconds> commit_;  // how long it took
};

}  // namespace upline::eventstore::import
