#include "eventstore/writer.hpp"

#include "eventstore/thread_name.hpp"

#include <algorithm>
#include <cstddef>
#include <future>
#include <iterator>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace upline::eventstore {

namespace {

/// While a batch is on its way to the disk, the pen's thread is not woken for every command that comes.
constexpr std::size_t wanted_meanwhile = 4;

/// Then the pen's thread looks what has become of those on their way, and whether this batch may follow them.
constexpr std::size_t decided_at_once = 8;

}  // namespace

Writer::Writer(CommandHandler& handler, WriterOptions options)
    : handler_(handler),
      options_(std::move(options)),
      stats_{.commits = handler.commits()},
      foresight_(options_.hold_to_foresee),
      committer_([this] { commit_batches(); }) {
  try {
    thread_ = std::thread([this] { work(); });
  } catch (...) {
    end_commits();
    throw;
  }
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wakened_.notify_all();
  thread_.join();
  end_commits();
}

void Writer::end_commits() {
  {
    const std::lock_guard lock(mutex_);
    ending_commits_ = true;
  }
  handed_over_.notify_all();
  committer_.join();
}

bool Writer::submit(Submission submission) {
  bool wakes{};
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= options_.queue_max) return false;
    queue_.push_back(std::move(submission));
    wakes = queue_.size() >= wanted_;
  }
  if (wakes) wakened_.notify_one();
  return true;
}

std::size_t Writer::submit_all(std::vector<Submission> submissions) {
  std::size_t taken{};
  {
    const std::lock_guard lock(mutex_);
    const auto room = options_.queue_max - options_.queue_max / 4;
    taken = std::min(submissions.size(), room - std::min(room, queue_.size()));
    for (std::size_t i = 0; i < taken; ++i) queue_.push_back(std::move(submissions[i]));
  }
  wakened_.notify_one();
  return taken;
}

Outcome Writer::run(Request request) {
  auto answered = std::make_shared<std::promise<Outcome>>();
  auto answer = answered->get_future();
  if (!submit(std::move(request), [answered](Outcome outcome) { answered->set_value(std::move(outcome)); })) {
    throw StoreBusy("the shop has too many commands waiting; try again");
  }
  auto outcome = answer.get();
  if (outcome.failure) std::rethrow_exception(outcome.failure);
  return outcome;
}

WriterStats Writer::stats() const {
  const std::lock_guard lock(mutex_);
  auto stats = stats_;
  stats.queue_length = queue_.size();
  stats.queue_max = options_.queue_max;
  return stats;
}

void Writer::work() {
  name_this_thread("pen");
  Lock lock(mutex_);
  while (do_next(lock)) await_work(lock);
}

/// False when there is nothing left, and never will be.
bool Writer::do_next(Lock& lock) {
  settle(lock);
  if (!queue_.empty() && is_alone_next()) {
    if (open_ && on_their_way_.empty()) hand_over(lock);
    if (!open_ && on_their_way_.empty()) write_alone(lock);
    return true;
  }
  if (!queue_.empty() && !on_their_way_.empty() && !open_) is_yielding_ = is_yielding_ || is_pen_wanted();
  if (!queue_.empty() && may_decide()) decide_waiting(lock);
  if (open_ && may_hand_over() && is_to_commit()) hand_over(lock);
  return !ending_ || !queue_.empty() || open_ || !on_their_way_.empty();
}

bool Writer::is_pen_wanted() noexcept {
  try {
    return handler_.is_pen_wanted();
  } catch (const std::exception&) {
    return true;  // it cannot be found out: letting go of the pen is never wrong
  }
}

namespace {

bool erases(const Writer::Submission& submission) {
  return std::holds_alternative<domain::EraseMember>(submission.request.command);
}

}  // namespace

/// Who is erased is destroyed in the vault behind the commit, so nothing may be decided meanwhile.
bool Writer::is_alone_next() { return erases(queue_.front()) || handler_.has_erasures(); }

bool Writer::is_full() const { return open_ && open_->submissions.size() >= options_.batch_max; }

bool Writer::may_decide() const { return !is_full() && (!is_yielding_ || on_their_way_.empty()); }

std::size_t Writer::gathered() const {
  return std::min(worth_waiting_for(options_, awaited_, meanwhile_), options_.batch_max);
}

/// Without it, those whom a commit answers would meet again in two: whoever comes back first would have the next commit
/// to itself, and the others the one after. A writer that had one command to write, or left some, waits for nobody.
/// Behind another one a batch goes once it is worth it and nobody else can be in it that waits, unless it has nothing
/// to write: what it was refused on may stand in the other one.
bool Writer::is_to_commit() {
  const bool is_enough = ending_ || open_->submissions.size() >= gathered();
  if (on_their_way_.empty()) return is_enough || Clock::now() >= gather_until_;
  return is_enough && (queue_.empty() || is_full()) && handler_.has_appended(open_->batch);
}

void Writer::await_work(Lock& lock) {
  const bool is_committing = !on_their_way_.empty();
  const bool is_alone = !queue_.empty() && is_alone_next();
  const auto has_work = [&] {
    if (has_settled()) return true;
    if (ending_ && !is_committing) return true;
    if (is_alone) return !is_committing;
    return !queue_.empty() && queue_.size() >= wanted_ && may_decide();
  };
  if (is_committing) {
    wanted_ = queue_.empty() ? wanted_meanwhile : 1;
    wakened_.wait(lock, has_work);
  } else if (open_) {
    const auto missing = gathered() - std::min(gathered(), open_->submissions.size());
    wanted_ = std::max<std::size_t>(1, std::min(missing, wanted_meanwhile));
    wakened_.wait_until(lock, gather_until_, has_work);
    wanted_ = 1;
  } else {
    wanted_ = 1;
    if (wakened_.wait_for(lock, time_to_sweep(), has_work)) return;
    awaited_ = 1;
    write_alone(lock);
  }
}

std::chrono::milliseconds Writer::time_to_sweep() const {
  const auto due = handler_.next_due();
  if (!due) return options_.sweep_every;
  constexpr std::int64_t microseconds_per_millisecond = 1000;
  const auto left = due->microseconds - handler_.now().microseconds;
  const std::chrono::milliseconds until(std::max<std::int64_t>(0, left / microseconds_per_millisecond + 1));
  return std::min(until, options_.sweep_every);
}

void Writer::begin_batch() {
  const auto began = Clock::now();
  auto* const before = on_their_way_.empty() ? nullptr : on_their_way_.back().batch.pen.get();
  open_.emplace(Decided{.batch = handler_.begin(before), .began = began});
}

/// What waits, in its order, up to the first that has to be alone.
std::vector<Writer::Submission> Writer::take_waiting(std::size_t count_max) {
  const auto limit = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), count_max));
  const auto end = std::find_if(queue_.begin(), limit, erases);
  std::vector<Submission> taken(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return taken;
}

/// A few of them: unlocked while it decides. What it comes to is told with the commit.
void Writer::decide_waiting(Lock& lock) {
  auto taken = take_waiting(std::min(decided_at_once, options_.batch_max - open_size_));
  open_size_ += taken.size();
  if (!stats_.busy_since) stats_.busy_since = Clock::now();
  lock.unlock();
  const auto began = Clock::now();
  std::size_t next = 0;
  std::exception_ptr trouble;
  try {
    if (!open_) begin_batch();
    while (next < taken.size()) {
      open_->submissions.push_back(std::move(taken[next++]));
      open_->outcomes.push_back(handler_.decide(open_->batch, open_->submissions.back().request));
    }
    open_->deciding += Clock::now() - began;
  } catch (...) {
    trouble = std::current_exception();
  }
  if (trouble) {
    auto failed = open_ ? std::move(*open_) : Decided{.began = Clock::now()};
    open_.reset();
    if (failed.batch.pen) handler_.undo(failed.batch);
    std::ranges::move(taken.begin() + static_cast<std::ptrdiff_t>(next), taken.end(),
                      std::back_inserter(failed.submissions));
    lock.lock();
    open_size_ = 0;
    fail({std::make_shared<BatchAnswers>(std::move(failed.submissions)), failed.began}, trouble, lock);
    return;
  }
  lock.lock();
}

/// Leaves no pen where there is nothing to write. Why the batch cannot be written; null where it can.
std::exception_ptr Writer::seal(Batch& batch) {
  try {
    const bool has_appended = handler_.has_appended(batch);
    handler_.seal(batch);
    if (!has_appended) batch.pen.reset();
    return nullptr;
  } catch (...) {
    handler_.undo(batch);
    return std::current_exception();
  }
}

/// The open batch goes to the disk, unless there is nothing to write.
void Writer::hand_over(Lock& lock) {
  lock.unlock();
  const auto trouble = seal(open_->batch);
  auto batch = std::move(open_->batch);
  deciding_one_ = open_->deciding / static_cast<std::int64_t>(open_->submissions.size());
  const Asked asked{std::make_shared<BatchAnswers>(std::move(open_->submissions), std::move(open_->outcomes)),
                    open_->began};
  open_.reset();
  lock.lock();
  open_size_ = 0;
  if (trouble) return fail(asked, trouble, lock);
  if (batch.pen) return start_commit(std::move(batch), asked);
  count(asked, std::nullopt);
  lock.unlock();
  answer(asked, std::nullopt);
  lock.lock();
}

void Writer::start_commit(Batch batch, const Asked& asked) {
  on_their_way_.push_back({std::move(batch), asked});
  if (!stats_.busy_since) stats_.busy_since = Clock::now();
  handed_over_.notify_one();
  if (asked.answers->is_worth_foreseeing()) foresight_.take(asked.answers);
}

/// One batch from beginning to end, with nothing else under way: of what waits, or a sweep where nothing does. What
/// cannot be swept now is swept with the next command, or the next time; the next command says what went wrong, to
/// somebody who can do something about it.
void Writer::write_alone(Lock& lock) {
  std::vector<Request> requests;
  std::vector<Done> done;
  while (!queue_.empty() && requests.size() < options_.batch_max) {
    requests.push_back(std::move(queue_.front().request));
    done.push_back(std::move(queue_.front().done));
    queue_.pop_front();
  }
  const auto began = Clock::now();
  stats_.busy_since = began;
  lock.unlock();
  const auto commits_before = handler_.commits();
  WrittenBatch written;
  std::vector<Outcome> outcomes;
  try {
    outcomes = handler_.execute(requests);
  } catch (...) {
    written.trouble = std::current_exception();
    outcomes.assign(requests.size(), {.answer = Answer::failed, .failure = written.trouble});
  }
  written.outcomes = outcomes;
  written.took = Clock::now() - began;
  written.unfinished_erasure = handler_.unfinished_erasure();
  if (handler_.commits() != commits_before) written.commit_took = handler_.commit_time();
  tell_observer(written);
  lock.lock();
  stats_.commands += requests.size();
  stats_.commits += handler_.commits() - commits_before;
  stats_.trouble = written.trouble;
  stats_.busy_since.reset();
  lock.unlock();
  for (const auto& outcome : outcomes) raise_committed(outcome.last);
  for (std::size_t i = 0; i < done.size(); ++i) done[i](std::move(outcomes[i]));
  lock.lock();
}

}  // namespace upline::eventstore
