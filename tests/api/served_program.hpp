// `upline serve` as a process of its own, on a free port of this machine.
#pragma once

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <sys/types.h>

namespace upline::tests {

class ServedProgram {
 public:
  /// Waits until it listens; throws with what it said instead. `--listen` is added.
  explicit ServedProgram(std::vector<std::string> arguments);
  ServedProgram(const ServedProgram&) = delete;
  ServedProgram& operator=(const ServedProgram&) = delete;
  /// Kills it, unless it has been waited for.
  ~ServedProgram();

  std::uint16_t port() const { return port_; }
  /// What it said when it was ready: "Serving … on http://127.0.0.1:8080 until it is interrupted."
  const std::string& greeting() const { return greeting_; }

  void signal(int number) const { ::kill(process_, number); }
  void terminate() const { signal(SIGTERM); }
  /// Waits for the next line of its output or of its complaints.
  std::string next_line();
  /// Waits for its end; 128 and the signal where one ended it.
  int exit_code();

 private:
  std::FILE* said_{};
  std::string greeting_;
  std::uint16_t port_{};
  pid_t process_{-1};
};

}  // namespace upline::tests
