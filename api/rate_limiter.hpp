// A token bucket for each caller: as many requests as its bucket holds at once, and then as many a second as it is
// refilled with.
#pragma once

#include "api/gate.hpp"
#include "eventstore/bounded_cache.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace upline::api {

/// Refilled with `per_second`, up to `burst`. 0 a second: no limit.
struct Rate {
  double per_second{};
  double burst{};
};

/// From any thread. Buckets of callers that were not seen lately are forgotten, full or not: an attacker with many
/// addresses gains what he has already.
class RateLimiter {
 public:
  explicit RateLimiter(Rate rate, std::size_t callers_max = 65'536, SteadyClock clock = std::chrono::steady_clock::now);

  /// Nothing where the caller may go on; else after how long it may come again.
  std::optional<std::chrono::milliseconds> take(const std::string& caller);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Bucket {
    double left{};
    Time filled_at{};
  };
  /// Callers of different shards never wait for one another.
  struct Shard {
    explicit Shard(std::size_t callers_max) : buckets(callers_max) {}
    std::mutex mutex;
    eventstore::BoundedCache<std::string, Bucket> buckets;
  };
  static constexpr std::size_t shards = 16;

  Shard& shard_of(std::string_view caller);

  Rate rate_;
  SteadyClock clock_;
  std::array<std::unique_ptr<Shard>, shards> shards_;
};

}  // namespace upline::api
