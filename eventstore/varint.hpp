// Numbers in as few bytes as they need: seven bits a byte, the lowest first (LEB128).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace upline::eventstore {

namespace varint {
constexpr std::uint64_t seven_bits = 0x7f;
constexpr std::uint64_t more_follows = 0x80;
constexpr unsigned shift_max = 63;
}  // namespace varint

/// Appends 1 to 10 bytes.
template <class Bytes>
void put_varint(Bytes& bytes, std::uint64_t number) {
  using Byte = Bytes::value_type;
  for (; number > varint::seven_bits; number >>= 7U) {
    bytes.push_back(static_cast<Byte>((number & varint::seven_bits) | varint::more_follows));
  }
  bytes.push_back(static_cast<Byte>(number));
}

/// The number at the front of `bytes`, a string_view or span, and goes on behind it. Nothing where they end too soon,
/// or more than ten belong together.
template <class View>
std::optional<std::uint64_t> take_varint(View& bytes) {
  std::uint64_t number = 0;
  std::size_t taken = 0;
  for (unsigned shift = 0; shift <= varint::shift_max && taken < bytes.size(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes[taken++]);
    number |= (byte & varint::seven_bits) << shift;
    if ((byte & varint::more_follows) != 0) continue;
    bytes = View(bytes.data() + taken, bytes.size() - taken);
    return number;
  }
  return std::nullopt;
}

/// The sign as the lowest bit, so that what is near 0 is short on both sides.
constexpr std::uint64_t with_sign_last(std::int64_t number) {
  return (static_cast<std::uint64_t>(number) << 1U) ^ static_cast<std::uint64_t>(number >> 63);
}
constexpr std::int64_t from_sign_last(std::uint64_t number) {
  return static_cast<std::int64_t>(number >> 1U) ^ -static_cast<std::int64_t>(number & 1U);
}

}  // namespace upline::eventstore
