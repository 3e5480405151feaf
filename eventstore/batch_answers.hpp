// Those whom a batch answers: their answers are made ready while the batch is on its way to the disk, and told once it
// is there.
#pragma once

#include "eventstore/hand_over.hpp"
#include "eventstore/request.hpp"

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace upline::eventstore {

/// Told once, what a command came to: of a batch that failed as a whole, `failure` is set and nothing else. Must not
/// block, and must not throw.
using Done = std::function<void(Outcome outcome)>;

/// Told before that, and not always: what the command comes to if its batch reaches the disk. May make the answer
/// ready, must not show it to anybody, and must not throw. Never while `done` is called, nor after.
using Foreseen = std::function<void(const Outcome& outcome)>;

/// Called before the first answer of a batch is made ready; what it gives is kept until the last one is. Must not
/// throw.
using HoldToForesee = std::function<std::shared_ptr<void>()>;

/// A command on its way, and who is told what it came to.
struct Submission {
  Request request{};
  Done done{};
  Foreseen foreseen{};  // optional
};

/// Of one batch. From any threads.
class BatchAnswers {
 public:
  /// An outcome for each, in their order; none at all where the batch is to fail.
  explicit BatchAnswers(std::vector<Submission> submissions, std::vector<Outcome> outcomes = {});

  /// These until tell() is called.
  std::size_t size() const { return submissions_.size(); }
  std::span<const Outcome> outcomes() const { return outcomes_; }
  bool is_worth_foreseeing() const;

  /// Tells each in turn what it will come to, until tell() is called. Once. `hold` is optional.
  void foresee(const HoldToForesee& hold = {});

  /// The batch is on the disk, or has failed. Tells each on this thread; where another is in foresee(), on that one,
  /// as soon as it is through with the answer at hand. Once.
  void tell(const std::exception_ptr& failure = {});

 private:
  void tell_all();

  std::vector<Submission> submissions_;
  std::vector<Outcome> outcomes_;
  std::exception_ptr failure_;
  std::mutex mutex_;
  bool is_foreseeing_{};
  std::atomic<bool> is_settled_{};
};

/// The thread on which they are made ready, batch by batch.
class Foresight {
 public:
  /// `hold` is called on that thread; optional.
  explicit Foresight(HoldToForesee hold = {});
  /// Ends with the batch at hand.
  ~Foresight();
  Foresight(const Foresight&) = delete;
  Foresight& operator=(const Foresight&) = delete;

  /// Without waiting.
  void take(std::shared_ptr<BatchAnswers> batch);

 private:
  void work();

  HoldToForesee hold_;
  HandOver<std::shared_ptr<BatchAnswers>> batches_{std::numeric_limits<std::size_t>::max()};
  std::thread thread_;  // last: it uses the above
};

}  // namespace upline::eventstore
