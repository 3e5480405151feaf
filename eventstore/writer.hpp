// Writes a shop for a whole process: one thread decides what comes in, into a batch, while another brings the batches
// before to the disk and a third makes their answers ready. Many threads hand commands in; each is answered after the
// commit that it shares with the others.
#pragma once

#include "eventstore/batch_answers.hpp"
#include "eventstore/command_handler.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace upline::eventstore {

/// What one batch came to, for whoever counts.
struct WrittenBatch {
  std::span<const Outcome> outcomes{};                    // empty: a sweep
  std::chrono::nanoseconds took{};                        // from its first command on, with all waiting
  std::optional<std::chrono::nanoseconds> commit_took{};  // nothing where nothing was committed
  std::exception_ptr trouble{};                           // why it failed as a whole; null when it did not
  std::exception_ptr unfinished_erasure{};                // why somebody who was erased still lies in the vault
};

struct WriterOptions {
  std::size_t batch_max{512};   // commands in one commit
  std::size_t queue_max{4096};  // commands that may wait
  /// Whoever was just answered often asks again at once: so many commands, and those who came meanwhile, are waited for
  /// before the next commit. A commit that took as long as gather_slow is worth waiting as long again, a quicker one a
  /// part of that as it is a part of gather_slow: times gather_part, and never longer than gather_max.
  std::chrono::microseconds gather_slow{1500};
  double gather_part{1.0};
  std::chrono::microseconds gather_max{5000};
  /// All of those commands are waited for where they can be decided in this part of the time that a commit takes.
  double gather_all{0.7};
  /// Where they are more, no more than this part of them: some are decided while others are on their way to the disk,
  /// which would wait for all of them to be answered and to come back.
  double gather_in_turns{0.4};
  /// And no more than are decided while a commit lasts, times this: where the pen's thread is the busier one, commits
  /// are to be ready for it, not it for them.
  double gather_enough{0.65};
  /// How often other processes' reservations and schedules are looked for, while nothing else happens.
  std::chrono::milliseconds sweep_every{1000};
  /// Called on one of the writer's threads after each batch, before anybody is answered: must be quick, and must not
  /// throw. Of several batches one after the other.
  std::function<void(const WrittenBatch&)> observe{};
  /// For a batch's answers that are made ready ahead.
  HoldToForesee hold_to_foresee{};
};

/// How many of those that are awaited the next commit waits for, where `meanwhile` commands are decided while one
/// lasts.
std::size_t worth_waiting_for(const WriterOptions& options, std::size_t awaited, double meanwhile);

struct WriterStats {
  std::uint64_t commands{};
  std::uint64_t commits{};
  std::size_t queue_length{};
  std::size_t queue_max{};
  std::exception_ptr trouble{};  // why the last batch or sweep failed as a whole; null when it did not
  std::optional<std::chrono::steady_clock::time_point> busy_since{};  // of the batch that is being written
};

class Writer {
 public:
  /// All of them are called on one of the writer's threads.
  using Done = eventstore::Done;
  using Submission = eventstore::Submission;

  /// Nobody else may use the handler while the writer lives.
  explicit Writer(CommandHandler& handler, WriterOptions options = {});

  /// Writes what was handed in, answers it, and ends.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// From any thread, without waiting. False when the queue is full: then `done` is never called.
  bool submit(Submission submission);
  bool submit(Request request, Done done) { return submit({std::move(request), std::move(done)}); }

  /// The same for several, in their order and with nothing of others between them, as many from the first on as there
  /// is room for. Answers how many those are.
  std::size_t submit_all(std::vector<Submission> submissions);

  /// From any thread: waits for the answer. Throws StoreBusy when the queue is full, and what the batch failed with.
  Outcome run(Request request);

  WriterStats stats() const;

  /// The last position that anybody was answered with. Without a lock.
  domain::Position committed() const { return {committed_.load()}; }

 private:
  using Clock = std::chrono::steady_clock;

  /// A batch that is being decided, with whom it is to answer.
  struct Decided {
    Batch batch{};
    std::vector<Submission> submissions{};
    std::vector<Outcome> outcomes{};
    Clock::time_point began{};
    std::chrono::nanoseconds deciding{};
  };
  /// Those whom a batch is to answer, and since when they wait.
  struct Asked {
    std::shared_ptr<BatchAnswers> answers{};
    Clock::time_point began{};
  };
  /// A batch that was handed over: it is to be committed, or was, and the pen's thread does not know yet.
  struct Sealed {
    Batch batch{};
    Asked asked{};
    std::optional<std::chrono::nanoseconds> took{};  // once it is durable
  };
  using Lock = std::unique_lock<std::mutex>;

  /// One that is written, and one that the commit's thread goes on with at once, without having to be woken.
  static constexpr std::size_t on_their_way_max = 2;

  // On the pen's thread.
  void work();
  void end_commits();
  bool do_next(Lock& lock);
  void await_work(Lock& lock);
  bool is_full() const;
  bool may_decide() const;
  bool may_hand_over() const { return on_their_way_.size() < on_their_way_max; }
  bool is_pen_wanted() noexcept;
  std::vector<Submission> take_waiting(std::size_t count_max);
  std::size_t gathered() const;
  bool is_to_commit();
  void decide_waiting(Lock& lock);
  void begin_batch();
  std::exception_ptr seal(Batch& batch);
  void hand_over(Lock& lock);
  void start_commit(Batch batch, const Asked& asked);
  void settle(Lock& lock);
  void note_commit(std::chrono::nanoseconds took);
  void undo_all(Lock& lock);
  void fail(const Asked& asked, const std::exception_ptr& trouble, Lock& lock);
  bool is_alone_next();
  void write_alone(Lock& lock);
  std::chrono::milliseconds time_to_sweep() const;

  // On the other thread.
  void commit_batches();
  // On either.
  bool has_settled() const;
  Sealed* next_to_commit();
  std::size_t commands_on_their_way() const;
  void count(const Asked& asked, std::optional<std::chrono::nanoseconds> commit_took);
  void answer(const Asked& asked, std::optional<std::chrono::nanoseconds> commit_took);
  void raise_committed(domain::Position position);
  void tell_observer(const WrittenBatch& batch);

  CommandHandler& handler_;
  WriterOptions options_;

  // The pen's thread alone.
  std::optional<Decided> open_;
  bool is_yielding_{};                        // somebody else waits for the pen
  Clock::time_point gather_until_{};          // how long the next commit waits for those whom the last one answered
  std::chrono::nanoseconds deciding_one_{1};  // in the batch that was handed over last

  mutable std::mutex mutex_;
  std::condition_variable wakened_;
  std::condition_variable handed_over_;
  std::deque<Submission> queue_;
  std::size_t wanted_{1};    // the queue's length that wakes the pen's thread
  std::size_t open_size_{};  // commands in the open batch
  double meanwhile_{};       // commands that are decided while a commit lasts
  std::size_t awaited_{1};   // whom the last batch answered, and who came meanwhile; 1 where nobody is waited for
  std::deque<Sealed> on_their_way_;  // oldest first; their pens are only read until they are durable or one has failed
  std::exception_ptr commit_failure_;  // of the oldest that is not: nothing behind it is committed
  WriterStats stats_;
  std::atomic<std::uint64_t> committed_{};
  bool ending_{};
  bool ending_commits_{};
  std::mutex observer_mutex_;
  Foresight foresight_;
  std::thread committer_;  // last: they use all of the above
  std::thread thread_;
};

}  // namespace upline::eventstore
