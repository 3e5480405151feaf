#include "eventstore/writer.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>
#include <vector>

namespace upline::eventstore {

Writer::Writer(CommandHandler& handler, WriterOptions options)
    : handler_(handler), options_(options), thread_([this] { work(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wakened_.notify_all();
  thread_.join();
}

bool Writer::submit(Request request, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= options_.queue_max) return false;
    queue_.push_back({std::move(request), std::move(done)});
  }
  wakened_.notify_one();
  return true;
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
  return stats;
}

void Writer::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    const bool wakened = wakened_.wait_for(lock, time_to_sweep(), [this] { return ending_ || !queue_.empty(); });
    if (!queue_.empty()) {
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

void Writer::write_batch(std::unique_lock<std::mutex>& lock) {
  std::vector<Request> requests;
  std::vector<Done> done;
  while (!queue_.empty() && requests.size() < options_.batch_max) {
    requests.push_back(std::move(queue_.front().request));
    done.push_back(std::move(queue_.front().done));
    queue_.pop_front();
  }
  lock.unlock();
  std::vector<Outcome> outcomes;
  try {
    outcomes = handler_.execute(requests);
  } catch (...) {
    outcomes.assign(requests.size(), {.answer = Answer::failed, .failure = std::current_exception()});
  }
  lock.lock();  // counted before anybody is answered
  stats_.commands += requests.size();
  stats_.commits = handler_.commits();
  lock.unlock();
  for (const auto& outcome : outcomes) committed_ = std::max(committed_.load(), outcome.last.value);
  for (std::size_t i = 0; i < done.size(); ++i) done[i](std::move(outcomes[i]));
  lock.lock();
}

/// What cannot be swept now is swept with the next command, or the next time; the next command says what went wrong, to
/// somebody who can do something about it.
void Writer::sweep(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  try {
    handler_.execute({});
  } catch (const std::exception&) {
    // Busy, unwritable or damaged: the next command says so to somebody who can do something about it.
  }
  lock.lock();
  stats_.commits = handler_.commits();
}

}  // namespace upline::eventstore
