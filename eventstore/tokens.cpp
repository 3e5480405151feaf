#include "eventstore/tokens.hpp"

#include <stdexcept>
#include <utility>

#include <sodium.h>

namespace upline::eventstore {

namespace {

constexpr std::string_view prefix = "upline_";

// Without letters that are taken for digits, and without the '_' that ends an id.
constexpr std::string_view id_symbols = "23456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t id_length = 10;

constexpr std::size_t secret_bytes = 32;
constexpr int secret_alphabet = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::size_t secret_length = sodium_base64_ENCODED_LEN(secret_bytes, secret_alphabet) - 1;

void start_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
}

void add(crypto_generichash_state& hash, std::string_view text) {
  crypto_generichash_update(&hash, reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

/// The whole text as its holder has it: an id ends at its '_', so no two tokens have the same.
TokenDigest digest_of(const TokenText& text) {
  TokenDigest digest{};
  crypto_generichash_state hash;
  crypto_generichash_init(&hash, nullptr, 0, digest.size());
  add(hash, prefix);
  add(hash, text.id);
  add(hash, "_");
  add(hash, text.secret);
  crypto_generichash_final(&hash, digest.data(), digest.size());
  return digest;
}

std::string random_id() {
  std::string id;
  for (std::size_t i = 0; i < id_length; ++i) {
    id += id_symbols[randombytes_uniform(static_cast<std::uint32_t>(id_symbols.size()))];
  }
  return id;
}

std::string random_secret() {
  std::array<unsigned char, secret_bytes> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::string text(secret_length + 1, '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), secret_alphabet);
  text.pop_back();  // the NUL
  return text;
}

}  // namespace

std::optional<TokenText> parse_token(std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  if (text.size() != id_length + 1 + secret_length || text[id_length] != '_') return std::nullopt;
  return TokenText{text.substr(0, id_length), text.substr(id_length + 1)};
}

bool opens(const TokenText& text, const TokenDigest& digest) {
  const auto given = digest_of(text);
  return sodium_memcmp(given.data(), digest.data(), digest.size()) == 0;
}

NewToken make_token(TokenTerms terms, domain::Timestamp now) {
  start_sodium();
  NewToken made{.token = {.id = random_id(), .terms = std::move(terms), .created_at = now}};
  const auto secret = random_secret();
  made.token.digest = digest_of({made.token.id, secret});
  made.text.append(prefix).append(made.token.id).append("_").append(secret);
  return made;
}

std::filesystem::path tokens_file(const std::filesystem::path& folder) { return folder / "tokens.db"; }

}  // namespace upline::eventstore
