// How much may be under way at once: as much as is done within the time that a caller should wait. What may enter is
// measured, not set: so many requests as were answered lately in that time. When there is more to do, the less
// important finds the gate closed first.
#pragma once

#include "api/access.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>

namespace upline::api {

using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;

struct GateOptions {
  std::size_t least{128};                       // never fewer, however slow the machine is
  std::size_t most{4096};                       // never more: of each no more than one piece of work is queued
  std::size_t at_first{1024};                   // until there is something to measure
  std::chrono::milliseconds wait_max{100};      // what is let in should be answered in that time
  std::chrono::milliseconds measure_every{50};  // how often the measure is taken anew
};

/// From any thread; entering takes no lock.
class Gate {
 public:
  explicit Gate(GateOptions options = {}, SteadyClock clock = std::chrono::steady_clock::now);

  /// True where there is room for one more of that importance: leave() follows when it is answered.
  bool enter(Importance importance);
  void leave();

  std::size_t under_way() const { return under_way_.load(std::memory_order_relaxed); }
  /// How many of that importance or a greater one may be under way before the next of them is refused.
  std::size_t room_for(Importance importance) const;
  /// How long one that enters now will wait, as far as is known: what is under way by how fast it was answered lately.
  std::chrono::milliseconds expected_wait() const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  void begin_measuring(Time now);
  void measure(Time now);

  GateOptions options_;
  SteadyClock clock_;
  std::atomic<std::size_t> under_way_{};
  std::atomic<std::size_t> limit_;
  std::atomic<std::size_t> answered_{};  // since the measure was begun
  std::atomic<Time> begun_;
  std::atomic<double> answered_per_second_{};
  std::mutex measuring_;  // whoever finds it taken leaves the measure to its holder
};

}  // namespace upline::api
