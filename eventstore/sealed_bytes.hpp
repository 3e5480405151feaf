// How bytes are sealed and opened: XChaCha20-Poly1305 of libsodium, a random nonce ahead of the ciphertext.
#pragma once

#include "domain/key_pool.hpp"
#include "eventstore/vault.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace upline::eventstore {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

inline View view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

/// nonce || ciphertext; `bound_to` must be given again to open it.
Bytes seal_bytes(const SecretKey& key, View plain, View bound_to);

/// Nothing where they were sealed under another key, bound to something else, or changed.
std::optional<Bytes> open_bytes(const SecretKey& key, View sealed, View bound_to);

/// The first half of SHA-256: what the log says of sealed bytes.
domain::CiphertextDigest digest_of(View sealed);

}  // namespace upline::eventstore
