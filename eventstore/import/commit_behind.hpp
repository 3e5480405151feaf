// Brings a batch to the disk in a thread of its own, while the next one is decided behind it.
#pragma once

#include "eventstore/command_handler.hpp"
#include "eventstore/commit_aside.hpp"

namespace upline::eventstore::import {

/// Of one thread, which is that of the handler. At most one batch is on its way, and one behind it while it is sent.
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

  /// Sends a sealed batch on its way behind the one before, and waits for that one as await() does: true where there
  /// was one.
  bool start(Batch batch);

  /// Waits until the batch that is on its way is durable; its pen leaves. False where there is none. Throws what its
  /// commit failed with: then what was decided behind it has to be undone, and what was sent behind it is.
  bool await();

 private:
  bool count(CommitAside::Took took);

  CommandHandler& handler_;
  CommitAside commits_;
};

}  // namespace upline::eventstore::import
