#include "eventstore/import/commit_behind.hpp"

#include <utility>

namespace upline::eventstore::import {

void CommitBehind::start(Batch batch) {
  try {
    commits_.start(std::move(batch.pen));
  } catch (...) {  // there was no thread to be had
    handler_.undo(batch);
    throw;
  }
}

void CommitBehind::await() {
  try {
    if (const auto took = commits_.await()) handler_.count_commit(*took);
  } catch (...) {
    Batch lost;  // its pen is gone
    handler_.undo(lost);
    throw;
  }
}

}  // namespace upline::eventstore::import
