// Buyers that come at a fixed rate, whether those before them are served or not (an open loop): each places an order
// and pays it.
#pragma once

#include "bench/load/connection.hpp"
#include "bench/load/sample.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace upline::bench {

/// So many buyers a second, for so long.
struct Phase {
  double per_second{};
  std::chrono::duration<double> lasts{};
};

/// What a buyer orders, one of it.
struct Basket {
  std::string member{};
  std::string product{};
};

struct Plan {
  std::string name{};  // of the run: begins the ids of its orders
  std::size_t members{};
  std::vector<Phase> phases{};
  std::function<Basket(std::size_t number)> basket{};  // of the buyer of this number, on any thread; else a card
  std::string token{};                                 // sent, with an Idempotency-Key, where it is not empty
};

struct Result {
  std::vector<Sample> samples{};
  std::vector<std::pair<std::string, std::string>> sold{};  // order and key
  std::size_t payments_shed{};                              // and sent again
  std::map<std::string, std::size_t> failures{};            // by what was answered
};

class Generator {
 public:
  /// Threads with connections of their own, which stay open from run to run.
  Generator(std::uint16_t port, std::size_t connections, std::size_t threads);

  /// Returns when every buyer has its answer.
  Result run(const Plan& plan);

 private:
  std::vector<std::vector<Connection>> connections_;  // by thread
};

}  // namespace upline::bench
