// A SHA-256 that arrives from outside: the domain compares it and writes it down, and computes none.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

namespace upline::domain {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const Digest&) const = default;
};

}  // namespace upline::domain
