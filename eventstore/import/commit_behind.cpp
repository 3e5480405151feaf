#include "eventstore/import/commit_behind.hpp"

#include "eventstore/thread_name.hpp"

#include <exception>
#include <utility>

namespace upline::eventstore::import {

namespace {

std::chrono::nanoseconds commit(Pen& pen) {
  name_this_thread("commit");
  const auto began = std::chrono::steady_clock::now();
  pen.commit_aside();
  return std::chrono::steady_clock::now() - began;
}

}  // namespace

CommitBehind::~CommitBehind() {
  try {
    await();
  } catch (const std::exception&) {
    // The import ends for another reason, which it has told.
  }
}

void CommitBehind::start(Batch batch) {
  batch_ = std::move(batch);
  try {
    commit_ = std::async(std::launch::async, [&pen = *batch_->pen] { return commit(pen); });
  } catch (...) {
    forget();
    throw;
  }
}

void CommitBehind::await() {
  if (!batch_) return;
  try {
    handler_.count_commit(commit_.get());
  } catch (...) {
    forget();
    throw;
  }
  batch_.reset();
}

void CommitBehind::forget() noexcept {
  handler_.undo(*batch_);
  batch_.reset();
}

}  // namespace upline::eventstore::import
