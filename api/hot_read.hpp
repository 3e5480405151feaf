// What is asked of memory, and what it answers.
#pragma once

#include "domain/ids.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace upline::api {

struct Job;

struct HotRead {
  enum class What : std::uint8_t { order, product, stock, upline, downline, downline_level, balances };
  What what{};
  std::string id{};             // of the order, product or member
  domain::Position at_least{};  // what the answer has to be as new as
  std::uint64_t levels{};       // upline: how many at most; downline_level: which one
  std::size_t limit{};          // of a page of a level
  std::string after{};          // where it begins
};

struct HotAnswer {
  domain::Position position{};
  std::string tag{};  // its entity tag; empty where memory is still catching up, or where time alone changes it
  std::string body{};
};

/// What of memory a request asks for, and until when.
struct TimedHotRead {
  HotRead read{};  // `min_position` is its `at_least`
  std::chrono::steady_clock::time_point deadline{};
};

/// Nothing where the request has to go the usual way.
std::optional<TimedHotRead> hot_read_of(const Job& job);

}  // namespace upline::api
