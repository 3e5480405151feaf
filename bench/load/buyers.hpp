// Buyers one after the other on each of a few connections (a closed loop): place, pay, get the keys, and on to the
// next.
#pragma once

#include "bench/ids.hpp"
#include "bench/load/connection.hpp"
#include "bench/load/sample.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace upline::bench {

struct BuyersPlan {
  std::uint16_t port{};
  std::size_t connections{};
  std::string token{};  // sent with every request; none where it is empty
  std::size_t members{};
  std::size_t products{};
  IdOrder ids{IdOrder::by_time};
  std::chrono::duration<double> warm_up{};
  std::chrono::duration<double> lasts{};
};

struct BuyersResult {
  std::size_t orders{};  // answered with keys while it was measured
  std::size_t shed{};    // requests that were refused for a moment, and sent again
  std::chrono::duration<double> measured{};
  std::string newest_order{};
  Latencies placing{};
  Latencies paying{};
  Latencies whole{};
};

/// One thread's work. Throws where anything is answered but what should be, and where a key comes twice.
class Buyers {
 public:
  explicit Buyers(BuyersPlan plan);
  Buyers(const Buyers&) = delete;
  Buyers& operator=(const Buyers&) = delete;
  ~Buyers();

  BuyersResult run();

  /// Of the newest answer: what a reader may ask for.
  std::uint64_t newest_position() const { return newest_position_; }
  bool is_measuring() const { return is_measuring_; }

 private:
  struct Line {
    Connection connection;
    std::string path{};
    std::string body{};
    std::string headers{};
    std::string order{};
    bool has_placed{};
    bool is_idle{true};
    Clock::time_point began{};
    Clock::time_point sent{};
  };
  struct Later {
    Clock::time_point at{};
    std::size_t line{};
  };

  bool has_ended(Clock::time_point now) const { return now >= end_; }
  void wait(Clock::time_point now);
  void send_again(Clock::time_point now);
  void take(std::size_t index);
  void place(Line& line);
  void pay(Line& line);
  void send(Line& line);
  void finish(Line& line, const Answer& answer, Clock::time_point now);
  bool is_within(Clock::time_point now) const { return now >= begin_ && now < end_; }

  BuyersPlan plan_;
  Ids ids_;
  std::vector<Line> lines_;
  std::deque<Later> later_;
  std::unordered_set<std::string> keys_;
  std::uint64_t buyers_{};
  std::size_t busy_{};
  int poll_;
  Clock::time_point begin_{};
  Clock::time_point end_{};
  std::atomic<std::uint64_t> newest_position_{};
  std::atomic<bool> is_measuring_{};
  BuyersResult result_{};
};

}  // namespace upline::bench
