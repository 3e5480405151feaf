// A steady clock that goes on when the test says so.
#pragma once

#include <chrono>
#include <functional>

namespace upline::tests {

class HandClock {
 public:
  using Time = std::chrono::steady_clock::time_point;

  std::function<Time()> source() {
    return [this] { return now_; };
  }
  void advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  Time now_{std::chrono::hours{1}};
};

}  // namespace upline::tests
