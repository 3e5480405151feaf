// A piece of a test in a process of its own. Fork before anything of the shop is open here: SQLite's locks and open
// files do not survive it.
#pragma once

#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

namespace upline::tests {

class OwnProcess {
 public:
  /// Runs `work`, which answers whether all went well.
  explicit OwnProcess(const std::function<bool()>& work) : id_(::fork()) {
    if (id_ < 0) throw std::runtime_error("cannot fork");
    if (id_ == 0) ::_exit(outcome_of(work) ? 0 : 1);
  }
  OwnProcess(OwnProcess&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  OwnProcess& operator=(OwnProcess&&) = delete;
  ~OwnProcess() {
    if (id_ > 0) kill_now();
  }

  /// True when it ended by itself and all went well.
  bool went_well() {
    int status = 0;
    ::waitpid(std::exchange(id_, -1), &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  /// As the power fails: no destructor runs, nothing is flushed.
  void kill_now() {
    ::kill(id_, SIGKILL);
    ::waitpid(std::exchange(id_, -1), nullptr, 0);
  }

 private:
  static bool outcome_of(const std::function<bool()>& work) {
    try {
      return work();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "in a process of its own: %s\n", error.what());
      return false;
    }
  }

  pid_t id_;
};

/// Signs from one process to another, one byte each.
class Signal {
 public:
  Signal() {
    if (::pipe(ends_) != 0) throw std::runtime_error("cannot make a pipe");
  }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }

  void give() const {
    if (::write(ends_[1], "x", 1) != 1) throw std::runtime_error("cannot write to a pipe");
  }

  /// Waits for one.
  void await() const {
    char byte = 0;
    if (::read(ends_[0], &byte, 1) != 1) throw std::runtime_error("cannot read from a pipe");
  }

 private:
  int ends_[2]{};
};

}  // namespace upline::tests
