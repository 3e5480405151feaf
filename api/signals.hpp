// SIGTERM and SIGINT: the first asks the program to end well, the second ends it at once. SIGHUP, where it is of use:
// what was read at the start is read again.
#pragma once

#include <csignal>
#include <functional>
#include <thread>

namespace upline::api {

class TerminationSignals {
 public:
  /// To be made before any other thread, since threads inherit which signals are held back. `asked_to_end` is called
  /// once, `asked_to_reload` for each SIGHUP before it, on a thread of their own; a second signal to end, even during
  /// the call, does what it does to any program. Without `asked_to_reload`, so does SIGHUP.
  explicit TerminationSignals(std::function<void()> asked_to_end, std::function<void()> asked_to_reload = {});
  TerminationSignals(const TerminationSignals&) = delete;
  TerminationSignals& operator=(const TerminationSignals&) = delete;
  /// Waits for a call to end, if one was made; never from within it.
  ~TerminationSignals();

 private:
  void wait(const std::function<void()>& asked_to_end, const std::function<void()>& asked_to_reload) const;

  ::sigset_t held_back_{};
  ::sigset_t held_back_before_{};
  int signals_{-1};
  int ended_{-1};
  std::thread thread_;
};

}  // namespace upline::api
