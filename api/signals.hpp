// SIGTERM and SIGINT: the first asks the program to end well, the second ends it at once.
#pragma once

#include <csignal>
#include <functional>
#include <thread>

namespace upline::api {

class TerminationSignals {
 public:
  /// To be made before any other thread, since threads inherit which signals are held back. `asked_to_end` is called
  /// once, on a thread of its own; a second signal, even during the call, does what it does to any program.
  explicit TerminationSignals(std::function<void()> asked_to_end);
  TerminationSignals(const TerminationSignals&) = delete;
  TerminationSignals& operator=(const TerminationSignals&) = delete;
  /// Waits for the call to end, if it was made; never from within it.
  ~TerminationSignals();

 private:
  void wait(const std::function<void()>& asked_to_end) const;

  ::sigset_t both_{};
  ::sigset_t held_back_before_{};
  int signals_{-1};
  int ended_{-1};
  std::thread thread_;
};

}  // namespace upline::api
