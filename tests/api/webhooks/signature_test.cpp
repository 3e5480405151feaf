// The signature that docs/api/webhooks.md explains, computed here by other means than the program's.
#include "api/message_signature.hpp"
#include "eventstore/hex.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>
#include <openssl/evp.h>

using upline::api::signature_of;

namespace {

std::string sha256(const std::string& text) {
  std::string digest(32, '\0');
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(), nullptr);
  return digest;
}

/// RFC 2104, step by step.
std::string hmac_hex(std::string key, const std::string& text) {
  if (key.size() > 64) key = sha256(key);
  key.resize(64);
  std::string inner;
  std::string outer;
  for (const char c : key) {
    inner.push_back(static_cast<char>(c ^ 0x36));
    outer.push_back(static_cast<char>(c ^ 0x5c));
  }
  const auto code = sha256(outer + sha256(inner + text));
  return upline::eventstore::hex({reinterpret_cast<const std::uint8_t*>(code.data()), code.size()});
}

/// What stands in the document's table: `| name | `value` |`.
std::string example(const std::string& name) {
  std::ifstream file(UPLINE_SOURCE_DIR "/docs/api/webhooks.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto begin = "| " + name + " | `";
  const auto at = text.find(begin);
  REQUIRE(at != std::string::npos);
  const auto from = at + begin.size();
  return text.substr(from, text.find('`', from) - from);
}

}  // namespace

TEST_CASE("the document's example of a signature holds", "[webhook]") {
  const auto secret = example("secret");
  const auto body = example("body");
  const auto time = example("t");
  CHECK(example("signature") == "t=" + time + ",v1=" + hmac_hex(secret, time + "." + body));
  CHECK(signature_of(body, secret, std::stoll(time)) == example("signature"));
}

TEST_CASE("another secret, another time or another body makes another signature", "[webhook]") {
  const std::string body("{\"a\": \"\xe5\x8d\xa1\"}\0", 14);
  CHECK(signature_of(body, "whsec_a", 7) == "t=7,v1=" + hmac_hex("whsec_a", "7." + body));
  CHECK(signature_of(body, "whsec_b", 7) != signature_of(body, "whsec_a", 7));
  CHECK(signature_of(body, "whsec_a", 8).substr(4) != signature_of(body, "whsec_a", 7).substr(4));
  CHECK(signature_of("", "whsec_a", 7) != signature_of(body, "whsec_a", 7));
}
