#include "eventstore/import/commit_behind.hpp"

#include "eventstore/thread_name.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace upline::eventstore::import {

namespace {

/// `spent` is a pen whose batch is durable: what it held is given back when the next batch is durable, too.
std::chrono::nanoseconds commit(Pen& pen, std::unique_ptr<Pen> spent) {
  name_this_thread("commit");
  const auto began = std::chrono::steady_clock::now();
  pen.commit_aside();
  const auto took = std::chrono::steady_clock::now() - began;
  spent.reset();
  return took;
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
    commit_ = std::async(std::launch::async, commit, std::ref(*batch_->pen), std::move(spent_));
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
  batch_->pen->leave();
  spent_ = std::move(batch_->pen);
  batch_.reset();
}

void CommitBehind::forget() noexcept {
  handler_.undo(*batch_);
  batch_.reset();
}

}  // namespace upline::eventstore::import
