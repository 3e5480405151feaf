// The one thread that writes a shop for a whole process: it takes what waits as one batch, and lets reservations expire
// on time. Many threads hand commands in; each is answered after the commit that it shares with the others.
#pragma once

#include "eventstore/command_handler.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace upline::eventstore {

/// What one batch came to, for whoever counts.
struct WrittenBatch {
  std::span<const Outcome> outcomes{};                    // empty: a sweep
  std::chrono::nanoseconds took{};                        // with the wait for the pen
  std::optional<std::chrono::nanoseconds> commit_took{};  // nothing where nothing was committed
  std::exception_ptr trouble{};                           // why it failed as a whole; null when it did not
  std::exception_ptr unfinished_erasure{};                // why somebody who was erased still lies in the vault
};

struct WriterOptions {
  std::size_t batch_max{512};   // commands in one commit
  std::size_t queue_max{4096};  // commands that may wait
  /// Whoever was just answered often asks again at once: so many commands, and those who came meanwhile, are waited for
  /// before the next commit, for this part of what the last one took, and never longer than that.
  double gather_part{0.25};
  std::chrono::microseconds gather_max{5000};
  /// How often other processes' reservations and schedules are looked for, while nothing else happens.
  std::chrono::milliseconds sweep_every{1000};
  /// Called on the writer's thread after each batch, before anybody is answered: must be quick, and must not throw.
  std::function<void(const WrittenBatch&)> observe{};
};

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
  /// Of a batch that failed as a whole, `failure` is set and nothing else. Called on the writer's thread: must not
  /// block.
  using Done = std::function<void(Outcome outcome)>;

  /// Nobody else may use the handler while the writer lives.
  explicit Writer(CommandHandler& handler, WriterOptions options = {});

  /// Writes what was handed in, answers it, and ends.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// From any thread, without waiting. False when the queue is full: then `done` is never called.
  bool submit(Request request, Done done);

  /// A command on its way, and who is told what it came to.
  struct Submission {
    Request request{};
    Done done{};
  };
  /// The same for several, in their order and with nothing of others between them, as many from the first on as there
  /// is room for. Answers how many those are.
  std::size_t submit_all(std::vector<Submission> submissions);

  /// From any thread: waits for the answer. Throws StoreBusy when the queue is full, and what the batch failed with.
  Outcome run(Request request);

  WriterStats stats() const;

  /// The last position that anybody was answered with. Without a lock.
  domain::Position committed() const { return {committed_.load()}; }

 private:
  void work();
  void write_batch(std::unique_lock<std::mutex>& lock);
  void sweep(std::unique_lock<std::mutex>& lock);
  std::vector<Outcome> execute(std::span<const Request> requests, std::unique_lock<std::mutex>& lock);
  std::chrono::milliseconds time_to_sweep() const;
  void gather(std::unique_lock<std::mutex>& lock);

  CommandHandler& handler_;
  WriterOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wakened_;
  std::deque<Submission> queue_;
  std::size_t wanted_{1};   // the queue's length that wakes the writer
  std::size_t awaited_{1};  // whom the last batch answered, and who came meanwhile; 1 where nobody is waited for
  WriterStats stats_;
  std::atomic<std::uint64_t> committed_{};
  bool ending_{};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace upline::eventstore
