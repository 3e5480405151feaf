#include "eventstore/sealed_bytes.hpp"

#include "eventstore/merkle.hpp"

#include <algorithm>
#include <cstddef>

#include <sodium.h>

namespace upline::eventstore {

namespace {

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

}  // namespace

Bytes seal_bytes(const SecretKey& key, View plain, View bound_to) {
  Bytes sealed(nonce_bytes + plain.size() + tag_bytes);
  randombytes_buf(sealed.data(), nonce_bytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + nonce_bytes, nullptr, plain.data(), plain.size(),
                                             bound_to.data(), bound_to.size(), nullptr, sealed.data(), key.data());
  return sealed;
}

std::optional<Bytes> open_bytes(const SecretKey& key, View sealed, View bound_to) {
  if (sealed.size() < nonce_bytes + tag_bytes) return std::nullopt;
  Bytes plain(sealed.size() - nonce_bytes - tag_bytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, sealed.data() + nonce_bytes,
                                                 sealed.size() - nonce_bytes, bound_to.data(), bound_to.size(),
                                                 sealed.data(), key.data()) != 0) {
    return std::nullopt;
  }
  return plain;
}

domain::CiphertextDigest digest_of(View sealed) {
  thread_local Sha256 hasher;
  const auto full = hasher.update(sealed).finish();
  domain::CiphertextDigest half;
  std::copy_n(full.bytes.begin(), half.bytes.size(), half.bytes.begin());
  return half;
}

}  // namespace upline::eventstore
