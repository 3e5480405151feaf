// Commands handed to a writer, and the answers that come back.
#pragma once

#include "eventstore/writer.hpp"
#include "tests/eventstore/drafts.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace upline::tests {

/// Nothing in these tests happens because so much time has passed.
constexpr std::chrono::hours for_ever{1};

inline eventstore::Request request(domain::Command command, std::string id = {}) {
  return {.command = std::move(command), .command_id = std::move(id), .actor = "tester"};
}

inline eventstore::Request enrolment(const std::string& member) { return request(enrol(member)); }

/// The answers of many commands, by number, and how often each came.
class Answers {
 public:
  explicit Answers(std::size_t count) : outcomes_(count), times_(count) {}

  eventstore::Writer::Done take(std::size_t number) {
    return [this, number](eventstore::Outcome outcome) {
      const std::lock_guard guard(mutex_);
      outcomes_[number] = std::move(outcome);
      ++times_[number];
      ++all_;
      changed_.notify_all();
    };
  }

  /// False where so many never came: a minute is for ever here.
  bool await(std::size_t count) {
    std::unique_lock guard(mutex_);
    return changed_.wait_for(guard, std::chrono::minutes(1), [&] { return all_ >= count; });
  }

  std::size_t count_of(eventstore::Answer answer) {
    const std::lock_guard guard(mutex_);
    std::size_t count = 0;
    for (std::size_t i = 0; i < times_.size(); ++i) count += times_[i] > 0 && outcomes_[i].answer == answer ? 1U : 0U;
    return count;
  }

  bool each_came_once() {
    const std::lock_guard guard(mutex_);
    return std::ranges::all_of(times_, [](int times) { return times == 1; });
  }

  const eventstore::Outcome& of(std::size_t number) { return outcomes_[number]; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<eventstore::Outcome> outcomes_;
  std::vector<int> times_;
  std::size_t all_{};
};

}  // namespace upline::tests
