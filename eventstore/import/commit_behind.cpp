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
