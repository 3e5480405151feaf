#include "api/rate_limiter.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace upline::api {

RateLimiter::RateLimiter(Rate rate, std::size_t callers_max, SteadyClock clock)
    : rate_{rate.per_second, std::max(rate.burst, 1.0)}, clock_(std::move(clock)) {
  // A cache keeps up to twice its generation.
  for (auto& shard : shards_) shard = std::make_unique<Shard>(std::max<std::size_t>(1, callers_max / shards / 2));
}

RateLimiter::Shard& RateLimiter::shard_of(std::string_view caller) {
  return *shards_[std::hash<std::string_view>{}(caller) % shards];
}

std::optional<std::chrono::milliseconds> RateLimiter::take(const std::string& caller) {
  if (rate_.per_second <= 0) return std::nullopt;
  const auto now = clock_();
  auto& shard = shard_of(caller);
  const std::scoped_lock lock(shard.mutex);
  auto* bucket = shard.buckets.find(caller);
  if (bucket == nullptr) bucket = &shard.buckets.put(caller, {rate_.burst, now});
  const std::chrono::duration<double> since = now - bucket->filled_at;
  bucket->left = std::min(rate_.burst, bucket->left + since.count() * rate_.per_second);
  bucket->filled_at = now;
  if (bucket->left < 1.0) {
    const auto seconds = (1.0 - bucket->left) / rate_.per_second;
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000)));
  }
  bucket->left -= 1.0;
  return std::nullopt;
}

}  // namespace upline::api
