// Reads that wait for the read models to reach a position. They hold no thread: whoever carries the read models on
// calls them when they are there, or when they have waited long enough.
#pragma once

#include "domain/ids.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

namespace upline::api {

class ParkedReads {
 public:
  using Clock = std::chrono::steady_clock;
  /// Must not block, nor throw: it hands the read on to a worker.
  using Resume = std::move_only_function<void()>;

  explicit ParkedReads(std::size_t reads_max) : reads_max_(reads_max) {}

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

  std::size_t reads_max_;
  mutable std::mutex mutex_;
  std::vector<Read> reads_;
};

}  // namespace upline::api
