// Brings a batch to the disk in a thread of its own, while the next one is decided behind it.
#pragma once

#include "eventstore/command_handler.hpp"
#include "eventstore/commit_aside.hpp"

namespace upline::eventstore::import {

/// Of one thread, which is that of the handler. At most one batch is on its way.
class CommitBehind {
 public:
  /// `handler` must outlive it.
  explicit CommitBehind(CommandHandler& handler) : handler_(handler) {}
  /// As await(), but throws nothing.
  ~CommitBehind();
  CommitBehind(const CommitBehind&) = delete;
  CommitBehind& operator=(const CommitBehind&) = delete;

  /// The pen of the batch on its way, for the next one to go on behind; null where there is none.
  Pen* under_way() const { return commits_.under_way(); }

  /// Sends a sealed batch on its way. The one before has to be awaited first.
  void start(Batch batch);

  /// Waits until the batch that is on its way, if any, is durable; its pen leaves. Throws what its commit
  /// failed with: then what was decided behind it has to be undone.
  void await();

 private:
  CommandHandler& handler_;
  CommitAside commits_;
};

}  // namespace upline::eventstore::import
