#include "api/webhooks/signature.hpp"

#include "eventstore/hex.hpp"

#include <array>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace upline::api {

std::string webhook_signature(std::string_view secret, std::int64_t unix_seconds, std::string_view body) {
  const auto text = fmt::format("{}.{}", unix_seconds, body);
  std::array<std::uint8_t, 32> code{};
  unsigned length = code.size();
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), code.data(), &length) == nullptr) {
    throw std::runtime_error("OpenSSL cannot compute HMAC-SHA-256");
  }
  return fmt::format("t={},v1={}", unix_seconds, eventstore::hex(code));
}

}  // namespace upline::api
