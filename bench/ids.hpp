// Ids as callers make them: UUIDs that grow with time (version 7), or that say nothing of it (version 4).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>

#include <fmt/format.h>

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
    return fmt::format("{:08x}-{:04x}-{}{:03x}-{:x}{:03x}-{:012x}", high >> 32U, high >> 16U & 0xffffU, version,
                       high & 0xfffU, 8U | (low >> 62U), low >> 48U & 0xfffU, low & 0xffff'ffff'ffffU);
  }

  IdOrder order_;
  std::mt19937_64 random_;
  std::uint64_t last_{};
};

}  // namespace upline::bench
