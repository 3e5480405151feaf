#include "projections/packed_id.hpp"

#include <optional>

namespace upline::projections {

namespace {

constexpr std::size_t uuid_bytes = 16;
constexpr std::size_t uuid_length = 36;
constexpr std::string_view digits = "0123456789abcdef";

/// The byte that begins with the variant, which is 10 in all UUIDs of today. Ids have only ASCII characters, so one of
/// 16 characters is never taken for a UUID.
constexpr std::size_t variant_byte = 8;

constexpr bool dash_follows(std::size_t byte) { return byte == 3 || byte == 5 || byte == 7 || byte == 9; }

constexpr bool has_variant(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80; }

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  return std::nullopt;
}

/// Only what unpacked_id() answers: small letters, dashes at their places.
bool pack_uuid(std::string_view id, std::array<char, uuid_bytes>& uuid) {
  if (id.size() != uuid_length) return false;
  std::size_t at = 0;
  for (std::size_t byte = 0; byte < uuid_bytes; ++byte) {
    const auto high = digit(id[at]);
    const auto low = digit(id[at + 1]);
    if (!high || !low) return false;
    uuid.at(byte) = static_cast<char>(*high << 4U | *low);
    at += 2;
    if (dash_follows(byte) && id[at++] != '-') return false;
  }
  return has_variant(uuid[variant_byte]);
}

}  // namespace

PackedId::PackedId(std::string_view id) : id_(id), is_uuid_(pack_uuid(id, uuid_)) {}

std::string unpacked_id(Blob packed) {
  const auto bytes = packed.bytes;
  if (bytes.size() != uuid_bytes || !has_variant(bytes[variant_byte])) return std::string(bytes);
  std::string id;
  id.reserve(uuid_length);
  for (std::size_t byte = 0; byte < uuid_bytes; ++byte) {
    const auto value = static_cast<unsigned char>(bytes[byte]);
    id.push_back(digits[value >> 4U]);
    id.push_back(digits[value & 0xfU]);
    if (dash_follows(byte)) id.push_back('-');
  }
  return id;
}

}  // namespace upline::projections
