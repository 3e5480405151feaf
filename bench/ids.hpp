// Ids as callers make them: UUIDs that grow with time (version 7), or that say nothing of it (version 4).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace upline::bench {

enum class IdOrder { by_time, random };

class Ids {
 public:
  explicit Ids(IdOrder order, std::uint64_t seed = std::random_device{}()) : order_(order), random_(seed) {}

  /// Never the same twice from one object.
  std::string next() { return order_ == IdOrder::by_time ? text(time_and_count(), 7) : text(random_(), 4); }

 private:
  /// 48 bits of milliseconds and 12 that count; a thirteenth carries into the milliseconds.
  std::uint64_t time_and_count() {
    using std::chrono::milliseconds;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto time = static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(now).count()) << 12U;
    last_ = std::max(last_ + 1, time);
    return (last_ >> 12U << 16U) | (last_ & 0xfffU);
  }

  std::string text(std::uint64_t high, unsigned version) {
    const auto low = random_();
    std::string id(36, '-');
    const auto put = [&](std::size_t end, std::size_t digits, std::uint64_t value) {
      for (auto at = end; at > end - digits; value >>= 4U) id[--at] = "0123456789abcdef"[value & 0xfU];
    };
    put(8, 8, high >> 32U);
    put(13, 4, high >> 16U);
    put(18, 4, std::uint64_t{version} << 12U | (high & 0xfffU));
    put(23, 4, (8U | low >> 62U) << 12U | (low >> 48U & 0xfffU));
    put(36, 12, low);
    return id;
  }

  IdOrder order_;
  std::mt19937_64 random_;
  std::uint64_t last_{};
};

}  // namespace upline::bench
