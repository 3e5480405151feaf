// What the log may say of a secret or of personal data: keyed hashes, useless to whoever lacks the shop's key.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace upline::domain {

/// Keyed hash of a card key, an address or a visitor: equal exactly for equal ones, within one shop.
struct Fingerprint {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Fingerprint&) const = default;
};

/// First half of the SHA-256 of a secret's ciphertext: shows whether the vault still holds what was put there.
struct CiphertextDigest {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const CiphertextDigest&) const = default;
};

/// A card key or a text, as the log names it.
struct SealedKey {
  Fingerprint fingerprint{};
  CiphertextDigest digest{};
  bool operator==(const SealedKey&) const = default;
};
using SealedText = SealedKey;

}  // namespace upline::domain

template <>
struct std::hash<upline::domain::Fingerprint> {
  /// The bytes are a hash already.
  std::size_t operator()(const upline::domain::Fingerprint& print) const noexcept {
    std::size_t value{};
    for (std::size_t i = 0; i < sizeof value; ++i) value = (value << 8U) | print.bytes[i];
    return value;
  }
};
