#include "api/webhooks/target_address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include <netinet/in.h>
#include <sys/socket.h>

namespace upline::api {

namespace {

struct Network4 {
  std::uint32_t first;
  unsigned bits;
};

constexpr std::uint32_t quad(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24U | b << 16U | c << 8U | d;
}

/// What IANA's registry of special-purpose addresses calls not globally reachable, and multicast.
constexpr std::array<Network4, 14> not_public4{{
    {quad(0, 0, 0, 0), 8},        // this network
    {quad(10, 0, 0, 0), 8},       // private
    {quad(100, 64, 0, 0), 10},    // shared, behind a carrier's translation
    {quad(127, 0, 0, 0), 8},      // loopback
    {quad(169, 254, 0, 0), 16},   // link-local, with the metadata of clouds
    {quad(172, 16, 0, 0), 12},    // private
    {quad(192, 0, 0, 0), 24},     // protocol assignments
    {quad(192, 0, 2, 0), 24},     // documentation
    {quad(192, 168, 0, 0), 16},   // private
    {quad(198, 18, 0, 0), 15},    // benchmarks
    {quad(198, 51, 100, 0), 24},  // documentation
    {quad(203, 0, 113, 0), 24},   // documentation
    {quad(224, 0, 0, 0), 4},      // multicast
    {quad(240, 0, 0, 0), 4},      // reserved, broadcast
}};

bool is_public4(std::uint32_t address) {
  return std::ranges::none_of(not_public4, [&](const Network4& network) {
    const auto distance = 32U - network.bits;
    return address >> distance == network.first >> distance;
  });
}

using Bytes6 = std::span<const std::uint8_t, 16>;

std::uint32_t quad_at(Bytes6 bytes, std::size_t at) {
  return quad(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

bool starts_with(Bytes6 bytes, std::span<const std::uint8_t> prefix) {
  return std::ranges::equal(bytes.first(prefix.size()), prefix);
}

/// Only 2000::/3 is given out for the internet; of that, what leads elsewhere is left out. What wraps an address of
/// IPv4 is judged by that.
bool is_public6(Bytes6 bytes) {
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr std::array<std::uint8_t, 12> translated{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};
  constexpr std::array<std::uint8_t, 2> six_to_four{0x20, 0x02};
  constexpr std::array<std::uint8_t, 4> documentation{0x20, 0x01, 0x0d, 0xb8};
  constexpr std::array<std::uint8_t, 2> longer_documentation{0x3f, 0xff};
  if (starts_with(bytes, mapped) || starts_with(bytes, translated)) return is_public4(quad_at(bytes, 12));
  if (starts_with(bytes, six_to_four)) return is_public4(quad_at(bytes, 2));
  const bool is_protocol_assignment = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 2;  // 2001::/23: Teredo, …
  const bool is_given_out = bytes[0] >> 5U == 1;
  return is_given_out && !is_protocol_assignment && !starts_with(bytes, documentation) &&
         !(starts_with(bytes, longer_documentation) && bytes[2] < 0x10);
}

}  // namespace

bool is_public(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return is_public4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return is_public6(Bytes6(v6.sin6_addr.s6_addr));
}

}  // namespace upline::api
