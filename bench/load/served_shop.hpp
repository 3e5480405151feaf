// A shop full of keys, and `upline serve` in a process of its own on certain cores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <sched.h>
#include <sys/types.h>

namespace upline::bench {

/// The cores first, first + 1, ... of this machine.
cpu_set_t cores(std::size_t first, std::size_t count);

class ServedShop {
 public:
  /// Members m0, m1, ..., each under a chain of three; a product `card` with so many keys.
  ServedShop(std::string program, std::filesystem::path data, std::size_t members, std::size_t keys);
  /// A shop that is there, in `data`/bench, and that stays. The token is a merchant's.
  ServedShop(std::string program, std::filesystem::path data, std::string token);
  ServedShop(const ServedShop&) = delete;
  ServedShop& operator=(const ServedShop&) = delete;
  ~ServedShop();

  void start(const cpu_set_t& on);
  std::uint16_t port() const { return port_; }
  pid_t process() const { return process_; }
  /// SIGTERM; throws where it does not end with 0.
  void stop();

  /// After stop(): throws where an order that was answered with a key is not delivered in the log, where a key was
  /// given twice, and where `upline verify` finds anything.
  void check(const std::vector<std::pair<std::string, std::string>>& sold, bool verifies = true) const;

 private:
  void await_read_models() const;

  std::string program_;
  std::filesystem::path data_;
  std::string token_;
  bool stays_{};
  pid_t process_{};
  std::uint16_t port_{};
};

}  // namespace upline::bench
