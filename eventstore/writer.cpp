#include "eventstore/writer.hpp"

#include "eventstore/thread_name.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>
#include <vector>

namespace upline::eventstore {

Writer::Writer(CommandHandler& handler, WriterOptions options)
    : handler_(handler), options_(std::move(options)), thread_([this] { work(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wakened_.notify_all();
  thread_.join();
}

bool Writer::submit(Request request, Done done) {
  bool wakes{};
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= options_.queue_max) return false;
    queue_.push_back({std::move(request), std::move(done)});
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
  std::unique_lock lock(mutex_);
  while (true) {
    const bool wakened = wakened_.wait_for(lock, time_to_sweep(), [this] { return ending_ || !queue_.empty(); });
    if (!queue_.empty()) {
      gather(lock);
      write_batch(lock);
    } else if (wakened) {
      return;  // ending, with nothing left
    } else {
      sweep(lock);
    }
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

/// Without it, those whom a commit answers would meet again in two: whoever comes back first would have the next commit
/// to itself, and the others the one after. A writer that had one command to write, or left some, waits for nobody.
void Writer::gather(std::unique_lock<std::mutex>& lock) {
  using Nanoseconds = std::chrono::duration<double, std::nano>;
  wanted_ = std::min(awaited_, options_.batch_max);
  const auto part = Nanoseconds(handler_.commit_time()) * options_.gather_part;
  const auto patience = std::min(part, Nanoseconds(options_.gather_max));
  wakened_.wait_for(lock, patience, [this] { return ending_ || queue_.size() >= wanted_; });
  wanted_ = 1;
}

void Writer::write_batch(std::unique_lock<std::mutex>& lock) {
  std::vector<Request> requests;
  std::vector<Done> done;
  while (!queue_.empty() && requests.size() < options_.batch_max) {
    requests.push_back(std::move(queue_.front().request));
    done.push_back(std::move(queue_.front().done));
    queue_.pop_front();
  }
  const bool took_all = queue_.empty();
  auto outcomes = execute(requests, lock);
  awaited_ = took_all ? requests.size() + queue_.size() : 1;
  lock.unlock();
  for (const auto& outcome : outcomes) committed_ = std::max(committed_.load(), outcome.last.value);
  for (std::size_t i = 0; i < done.size(); ++i) done[i](std::move(outcomes[i]));
  lock.lock();
}

/// What cannot be swept now is swept with the next command, or the next time; the next command says what went wrong, to
/// somebody who can do something about it.
void Writer::sweep(std::unique_lock<std::mutex>& lock) {
  awaited_ = 1;
  execute({}, lock);
}

/// Unlocked while it writes. Counted before anybody is answered.
std::vector<Outcome> Writer::execute(std::span<const Request> requests, std::unique_lock<std::mutex>& lock) {
  const auto began = std::chrono::steady_clock::now();
  const auto commits_before = handler_.commits();
  stats_.busy_since = began;
  lock.unlock();
  std::vector<Outcome> outcomes;
  std::exception_ptr trouble;
  try {
    outcomes = handler_.execute(requests);
  } catch (...) {
    trouble = std::current_exception();
    outcomes.assign(requests.size(), {.answer = Answer::failed, .failure = trouble});
  }
  if (options_.observe) {
    WrittenBatch batch{.outcomes = outcomes,
                       .took = std::chrono::steady_clock::now() - began,
                       .trouble = trouble,
                       .unfinished_erasure = handler_.unfinished_erasure()};
    if (handler_.commits() != commits_before) batch.commit_took = handler_.commit_time();
    options_.observe(batch);
  }
  lock.lock();
  stats_.commands += requests.size();
  stats_.commits = handler_.commits();
  stats_.trouble = std::move(trouble);
  stats_.busy_since.reset();
  return outcomes;
}

}  // namespace upline::eventstore
