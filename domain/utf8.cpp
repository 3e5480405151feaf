#include "domain/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace upline::domain {

namespace {

constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;

std::size_t ascii_prefix(std::string_view text) {
  std::size_t at = 0;
  for (std::uint64_t word{}; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & high_bits) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

/// What may follow a first byte: how many bytes in all, and the range of the second one (RFC 3629, section 4).
struct Sequence {
  std::size_t length{};
  unsigned char second_min{};
  unsigned char second_max{};
};

constexpr Sequence sequence_of(unsigned char first) {
  if (first >= 0xC2 && first <= 0xDF) return {2, 0x80, 0xBF};
  if (first == 0xE0) return {3, 0xA0, 0xBF};  // below: overlong
  if (first == 0xED) return {3, 0x80, 0x9F};  // above: surrogates
  if (first >= 0xE1 && first <= 0xEF) return {3, 0x80, 0xBF};
  if (first == 0xF0) return {4, 0x90, 0xBF};  // below: overlong
  if (first >= 0xF1 && first <= 0xF3) return {4, 0x80, 0xBF};
  if (first == 0xF4) return {4, 0x80, 0x8F};  // above: beyond U+10FFFF
  return {};
}

/// The length of the multi-byte sequence in front, or 0 when there is none. Needs text that is not empty.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const Sequence sequence = sequence_of(byte(0));
  if (sequence.length == 0 || text.size() < sequence.length) return 0;
  if (byte(1) < sequence.second_min || byte(1) > sequence.second_max) return 0;
  for (std::size_t at = 2; at < sequence.length; ++at) {
    if (byte(at) < 0x80 || byte(at) > 0xBF) return 0;
  }
  return sequence.length;
}

}  // namespace

bool is_utf8(std::string_view text) {
  text.remove_prefix(ascii_prefix(text));
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
    text.remove_prefix(ascii_prefix(text));
  }
  return true;
}

}  // namespace upline::domain
