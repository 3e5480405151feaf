// What becomes of a batch that was handed over: the thread that commits it, and how those in it are told.
#include "eventstore/thread_name.hpp"
#include "eventstore/writer.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>
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
    handed_over_.wait(lock, [this] { return ending_commits_ || next_to_commit() != nullptr; });
    auto* const one = next_to_commit();
    if (one == nullptr) return;
    lock.unlock();
    const auto began = Clock::now();
    std::exception_ptr failure;
    try {
      one->batch.pen->commit_aside();
    } catch (...) {
      failure = std::current_exception();
    }
    const auto took = Clock::now() - began;
    lock.lock();
    auto asked = one->asked;
    if (failure) {
      commit_failure_ = failure;
    } else {
      one->took = took;
      count(asked, took);
    }
    wakened_.notify_one();  // the next batch need not wait until all of this one are answered
    lock.unlock();
    if (!failure) answer(asked, took);
    asked = {};  // the last of the batch, mostly: much to give back, and nobody should wait for that
    lock.lock();
  }
}

/// Commands in batches that were handed over and are not durable yet.
std::size_t Writer::commands_on_their_way() const {
  std::size_t count{};
  for (const auto& one : on_their_way_) {
    if (!one.took) count += one.asked.answers->size();
  }
  return count;
}

/// Under the lock, and before anybody is answered.
void Writer::count(const Asked& asked, std::optional<std::chrono::nanoseconds> commit_took) {
  const auto size = asked.answers->size();
  stats_.commands += size;
  if (commit_took) ++stats_.commits;
  stats_.trouble = nullptr;
  stats_.busy_since.reset();
  const auto behind = commands_on_their_way();
  if (open_size_ + behind > 0) stats_.busy_since = Clock::now();
  awaited_ = size >= options_.batch_max ? 1 : std::max<std::size_t>(1, size + behind + open_size_ + queue_.size());
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

/// The oldest that is not durable yet; null where there is none, or where nothing can stand on what failed.
Writer::Sealed* Writer::next_to_commit() {
  if (commit_failure_) return nullptr;
  const auto next = std::ranges::find_if(on_their_way_, [](const Sealed& one) { return !one.took; });
  return next == on_their_way_.end() ? nullptr : &*next;
}

/// Something has become of the oldest.
bool Writer::has_settled() const { return commit_failure_ || (!on_their_way_.empty() && on_their_way_.front().took); }

/// What has become of those that were on their way to the disk.
void Writer::settle(Lock& lock) {
  while (has_settled()) {
    if (!on_their_way_.front().took) return undo_all(lock);
    auto done = std::move(on_their_way_.front());
    on_their_way_.pop_front();
    note_commit(*done.took);
    lock.unlock();
    done = {};
    lock.lock();
  }
  if (on_their_way_.empty()) is_yielding_ = false;
}

void Writer::note_commit(std::chrono::nanoseconds took) {
  using Nanoseconds = std::chrono::duration<double, std::nano>;
  const auto slowness = std::min(1.0, Nanoseconds(took) / Nanoseconds(options_.gather_slow));
  const auto part = Nanoseconds(took) * slowness * options_.gather_part;
  const auto patience = std::min(part, Nanoseconds(options_.gather_max));
  gather_until_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(patience);
  meanwhile_ = Nanoseconds(took) / std::max(Nanoseconds(1), Nanoseconds(deciding_one_));
  handler_.count_commit(took);
}

/// What stood on a batch that could not be committed is nothing: what was handed over behind it fails with it, and what
/// was being decided is decided again.
void Writer::undo_all(Lock& lock) {
  const auto trouble = commit_failure_;
  lock.unlock();
  if (open_) handler_.undo(open_->batch);
  for (auto& one : on_their_way_ | std::views::reverse) handler_.undo(one.batch);
  lock.lock();
  if (open_) {
    queue_.insert(queue_.begin(), std::make_move_iterator(open_->submissions.begin()),
                  std::make_move_iterator(open_->submissions.end()));
    open_.reset();
    open_size_ = 0;
  }
  const auto failed = std::exchange(on_their_way_, {});
  commit_failure_ = nullptr;
  is_yielding_ = false;
  for (const auto& one : failed) fail(one.asked, trouble, lock);
}

void Writer::fail(const Asked& asked, const std::exception_ptr& trouble, Lock& lock) {
  stats_.commands += asked.answers->size();
  stats_.trouble = trouble;
  if (commands_on_their_way() == 0) stats_.busy_since.reset();
  awaited_ = 1;
  lock.unlock();
  const std::vector<Outcome> failed(asked.answers->size(), {.answer = Answer::failed, .failure = trouble});
  tell_observer({.outcomes = failed, .took = Clock::now() - asked.began, .trouble = trouble});
  asked.answers->tell(trouble);
  lock.lock();
}

}  // namespace upline::eventstore
