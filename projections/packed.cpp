#include "projections/packed.hpp"

#include "projections/read_model_database.hpp"

#include <array>

namespace upline::projections {

namespace {

constexpr std::uint64_t seven_bits = 0x7f;
constexpr std::uint64_t more_follows = 0x80;
constexpr unsigned shift_max = 63;

constexpr std::uint64_t with_sign_last(std::int64_t number) {
  return (static_cast<std::uint64_t>(number) << 1U) ^ static_cast<std::uint64_t>(number >> 63);
}

constexpr std::int64_t from_sign_last(std::uint64_t number) {
  return static_cast<std::int64_t>(number >> 1U) ^ -static_cast<std::int64_t>(number & 1U);
}

// The place of a unit is stored.
constexpr std::array<std::int64_t, 4> units{1, 1'000'000, 3'600'000'000, 86'400'000'000};

}  // namespace

void Packer::add(std::uint64_t number) {
  for (; number > seven_bits; number >>= 7U) {
    bytes_.push_back(static_cast<char>((number & seven_bits) | more_follows));
  }
  bytes_.push_back(static_cast<char>(number));
}

void Packer::add_signed(std::int64_t number) { add(with_sign_last(number)); }

void Packer::add_duration(std::int64_t microseconds) {
  std::size_t unit = units.size() - 1;
  while (microseconds % units[unit] != 0) --unit;
  add(with_sign_last(microseconds / units[unit]) << 2U | unit);
}

void Packer::add_text(std::string_view text) {
  add(text.size());
  bytes_.append(text);
}

std::uint64_t Unpacker::next() {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift <= shift_max && !bytes_.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    number |= (byte & seven_bits) << shift;
    if ((byte & more_follows) == 0) return number;
  }
  throw UnusableView("a packed row ends too soon");
}

std::int64_t Unpacker::next_signed() { return from_sign_last(next()); }

std::int64_t Unpacker::next_duration() {
  const auto number = next();
  return from_sign_last(number >> 2U) * units[number & 3U];
}

std::string_view Unpacker::next_text() {
  const auto size = next();
  if (size > bytes_.size()) throw UnusableView("a packed row ends too soon");
  const auto text = bytes_.substr(0, size);
  bytes_.remove_prefix(size);
  return text;
}

}  // namespace upline::projections
