#include "eventstore/import/commit_behind.hpp"

#include <exception>
#include <utility>

namespace upline::eventstore::import {

CommitBehind::~CommitBehind() {
  try {
    await();
  } catch (const std::exception&) {
    // The import ends with what ended it first.
  }
}

bool CommitBehind::count(CommitAside::Took took) {
  if (took) handler_.count_commit(*took);
  return took.has_value();
}

bool CommitBehind::start(Batch batch) try { return count(commits_.start(std::move(batch.pen))); } catch (...) {
  handler_.undo(batch);
  throw;
}

bool CommitBehind::await() try { return count(commits_.await()); } catch (...) {
  Batch lost;  // its pen is gone
  handler_.undo(lost);
  throw;
}

}  // namespace upline::eventstore::import
