// Reads /metrics of a server every quarter of a second, on a thread of its own.
#pragma once

#include "bench/load/sample.hpp"

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace upline::bench {

/// What the page said. The server makes it once a second.
struct Reading {
  double second{};  // since the begin of the run
  double lag_ms{};  // how long the read models had been behind the log
  double lag_positions{};
  double log_position{};
  double queue{};  // commands that waited for the writer
  double orders{};
  double memory_bytes{};  // resident
};

/// Throws where it cannot be asked.
Reading read_metrics(std::uint16_t port, const std::string& token);

class Watch {
 public:
  Watch(std::uint16_t port, std::string token);
  /// Ends it. Rethrows what ended it before.
  std::vector<Reading> end();

 private:
  void run(const std::stop_token& stop);

  std::uint16_t port_;
  std::string token_;
  Clock::time_point begin_{Clock::now()};
  std::vector<Reading> readings_;
  std::exception_ptr failure_;
  std::jthread thread_;
};

}  // namespace upline::bench
