// At least once, and in order per stream: what holds of everything that a receiver was sent.
#pragma once

#include "tests/api/webhooks/receiver.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace upline::tests {

/// What a receiver is promised: every event after a position arrived, and each came first when all of its stream before
/// it had been accepted. Repetitions are allowed.
inline void check_order(const std::vector<Received>& all, std::uint64_t after, std::uint64_t last) {
  std::map<std::string, std::set<std::uint64_t>> streams;
  for (const auto& one : all) streams[one.stream].insert(one.position);
  std::set<std::uint64_t> accepted;
  for (const auto& one : all) {
    for (const auto position : streams[one.stream]) {
      INFO(fmt::format("{} of {} came before {}", one.position, one.stream, position));
      if (position < one.position && position > after) CHECK(accepted.contains(position));
    }
    if (one.answered == 200) accepted.insert(one.position);
  }
  for (auto position = after + 1; position <= last; ++position) {
    INFO(position);
    CHECK(accepted.contains(position));
  }
}

/// Whether all of them arrived.
inline auto accepted_to(std::uint64_t after, std::uint64_t last) {
  return [=](const std::vector<Received>& all) {
    std::set<std::uint64_t> accepted;
    for (const auto& one : all) {
      if (one.answered == 200 && one.position > after && one.position <= last) accepted.insert(one.position);
    }
    return accepted.size() == last - after;
  };
}

}  // namespace upline::tests
