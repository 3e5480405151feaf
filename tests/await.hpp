// Waits for what another thread or another process is about to do: what never comes is a failure, and no hang.
#pragma once

#include <chrono>
#include <thread>

namespace upline::tests {

/// Asks until it is so. False where it never is: a minute is for ever here.
template <class Predicate>
[[nodiscard]] bool await(Predicate is_so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace upline::tests
