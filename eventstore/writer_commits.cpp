// What becomes of a batch that was handed over: the thread that commits it, and how those in it are told.
#include "eventstore/thread_name.hpp"
#include "eventstore/writer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace upline::eventstore {

std::size_t worth_waiting_for(const WriterOptions& options, std::size_t awaited, double meanwhile) {
  const auto all = static_cast<double>(awaited);
  if (all <= meanwhile * options.gather_all) return awaited;
  const auto some = std::min(meanwhile * options.gather_enough, all * options.gather_in_turns);
  return static_cast<std::size_t>(std::max(1.0, some));
}

void Writer::commit_batches() {
  name_this_thread("commit");
  Lock lock(mutex_);
  while (true) {
    handed_over_.wait(lock, [this] { return ending_commits_ || commit_ == Commit::under_way; });
    if (commit_ != Commit::under_way) return;
    lock.unlock();
    const auto began = Clock::now();
    std::exception_ptr failure;
    try {
      committing_->batch.pen->commit_aside();
    } catch (...) {
      failure = std::current_exception();
    }
    const auto took = Clock::now() - began;
    lock.lock();
    commit_ = failure ? Commit::failed : Commit::done;
    commit_failure_ = failure;
    commit_took_ = took;
    auto asked = committing_->asked;
    if (!failure) count(asked, took);
    wakened_.notify_one();  // the next batch need not wait until all of this one are answered
    lock.unlock();
    if (!failure) answer(asked, took);
    asked = {};  // the last of the batch, mostly: much to give back, and nobody should wait for that
    lock.lock();
  }
}

/// Under the lock, and before anybody is answered.
void Writer::count(const Asked& asked, std::optional<std::chrono::nanoseconds> commit_took) {
  const auto size = asked.answers->size();
  stats_.commands += size;
  if (commit_took) ++stats_.commits;
  stats_.trouble = nullptr;
  stats_.busy_since.reset();
  if (open_size_ > 0) stats_.busy_since = Clock::now();
  awaited_ = size >= options_.batch_max ? 1 : std::max<std::size_t>(1, size + open_size_ + queue_.size());
}

void Writer::answer(const Asked& asked, std::optional<std::chrono::nanoseconds> commit_took) {
  const auto outcomes = asked.answers->outcomes();
  tell_observer({.outcomes = outcomes, .took = Clock::now() - asked.began, .commit_took = commit_took});
  for (const auto& outcome : outcomes) raise_committed(outcome.last);
  asked.answers->tell();
}

/// Two threads may answer at once.
void Writer::raise_committed(domain::Position position) {
  auto known = committed_.load();
  while (known < position.value && !committed_.compare_exchange_weak(known, position.value)) {
  }
}

void Writer::tell_observer(const WrittenBatch& batch) {
  if (!options_.observe) return;
  const std::lock_guard one_after_the_other(observer_mutex_);
  options_.observe(batch);
}

/// What has become of the batch that was on its way to the disk.
void Writer::settle(Lock& lock) {
  if (commit_ != Commit::done && commit_ != Commit::failed) return;
  if (commit_ == Commit::failed) {
    undo_both(lock);
    return;
  }
  using Nanoseconds = std::chrono::duration<double, std::nano>;
  const auto slowness = std::min(1.0, Nanoseconds(commit_took_) / Nanoseconds(options_.gather_slow));
  const auto part = Nanoseconds(commit_took_) * slowness * options_.gather_part;
  const auto patience = std::min(part, Nanoseconds(options_.gather_max));
  gather_until_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(patience);
  meanwhile_ = Nanoseconds(commit_took_) / std::max(Nanoseconds(1), Nanoseconds(deciding_one_));
  commit_ = Commit::none;
  handler_.count_commit(commit_took_);
  lock.unlock();
  committing_.reset();
  is_yielding_ = false;
  lock.lock();
}

/// What was decided behind a batch that could not be committed stood on it: it is decided again.
void Writer::undo_both(Lock& lock) {
  const auto trouble = commit_failure_;
  lock.unlock();
  if (open_) handler_.undo(open_->batch);
  handler_.undo(committing_->batch);
  lock.lock();
  if (open_) {
    queue_.insert(queue_.begin(), std::make_move_iterator(open_->submissions.begin()),
                  std::make_move_iterator(open_->submissions.end()));
    open_.reset();
    open_size_ = 0;
  }
  const auto asked = committing_->asked;
  committing_.reset();
  commit_ = Commit::none;
  is_yielding_ = false;
  fail(asked, trouble, lock);
}

void Writer::fail(const Asked& asked, const std::exception_ptr& trouble, Lock& lock) {
  stats_.commands += asked.answers->size();
  stats_.trouble = trouble;
  if (!committing_) stats_.busy_since.reset();
  awaited_ = 1;
  lock.unlock();
  const std::vector<Outcome> failed(asked.answers->size(), {.answer = Answer::failed, .failure = trouble});
  tell_observer({.outcomes = failed, .took = Clock::now() - asked.began, .trouble = trouble});
  asked.answers->tell(trouble);
  lock.lock();
}

}  // namespace upline::eventstore
