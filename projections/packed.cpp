#include "projections/packed.hpp"

#include "eventstore/varint.hpp"
#include "projections/read_model_database.hpp"

#include <array>

namespace upline::projections {

namespace {

using eventstore::from_sign_last;
using eventstore::with_sign_last;

// The place of a unit is stored.
constexpr std::array<std::int64_t, 4> units{1, 1'000'000, 3'600'000'000, 86'400'000'000};

}  // namespace

void Packer::add(std::uint64_t number) { eventstore::put_varint(bytes_, number); }

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
  const auto number = eventstore::take_varint(bytes_);
  if (!number) throw UnusableView("a packed row ends too soon");
  return *number;
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
