// Reads that wait for the read models to reach a position. They hold no thread: whoever carries the read models on
// calls them when they are there. One thread for all of them sees to those that have waited long enough, however long
// the read models take, or wait for a file that somebody else holds.
#pragma once

#include "domain/ids.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace upline::api {

class ParkedReads {
 public:
  using Clock = std::chrono::steady_clock;
  /// Must not block, nor throw: it hands the read on to a worker.
  using Resume = std::move_only_function<void()>;

  explicit ParkedReads(std::size_t reads_max);
  ParkedReads(const ParkedReads&) = delete;
  ParkedReads& operator=(const ParkedReads&) = delete;
  ~ParkedReads();

  /// False where too many wait already; the read is then not called.
  bool park(domain::Position until, Clock::time_point deadline, Resume resume);

  /// Calls those whose position is reached, and those whose time is over.
  void release(domain::Position reached, Clock::time_point now);
  void release_all();

  std::size_t size() const;

 private:
  struct Read {
    domain::Position until{};
    Clock::time_point deadline{};
    Resume resume{};
  };

  void expire_until_ended();
  void expire(std::unique_lock<std::mutex>& lock);

  std::size_t reads_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Read> reads_;
  Clock::time_point look_at_{Clock::time_point::max()};  // no read is late before
  bool ending_{};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace upline::api
