// Access tokens: who may ask a shop for what over HTTP. Each is shown once, when it is made; the shop's folder keeps
// only a digest of it, in tokens.db.
#pragma once

#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "eventstore/role.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace upline::eventstore {

/// Of a token's id and secret. The secret is random in all its 256 bits, so that one round of hashing keeps it.
using TokenDigest = std::array<std::uint8_t, 32>;

/// What its holder may do, and for how long.
struct TokenTerms {
  Role role{};
  std::optional<domain::MemberId> member{};  // a promoter's, and nobody else's
  std::string label{};
  std::optional<domain::Timestamp> expires_at{};
};

struct Token {
  std::string id{};  // short, unique in its shop, not secret
  TokenTerms terms{};
  domain::Timestamp created_at{};
  std::optional<domain::Timestamp> revoked_at{};
  std::optional<domain::Timestamp> last_used_at{};  // to about a minute
  TokenDigest digest{};

  bool is_valid(domain::Timestamp now) const { return !revoked_at && !(terms.expires_at && *terms.expires_at <= now); }
};

/// A token as its holder has it: `upline_<id>_<secret>`.
struct TokenText {
  std::string_view id{};
  std::string_view secret{};
};

/// Nothing for what is no token. The parts are views of the text.
std::optional<TokenText> parse_token(std::string_view text);

/// About 0.3 microseconds. Whether the secret is the one that was digested is found in a time that tells nothing of it.
bool opens(const TokenText& text, const TokenDigest& digest);

struct NewToken {
  Token token{};
  std::string text{};  // there is no other copy
};

/// With a random id and secret.
NewToken make_token(TokenTerms terms, domain::Timestamp now);

struct TokenUse {
  std::string id{};
  domain::Timestamp at{};
};

/// The tokens of one shop. One thread at a time; several processes may have the file open.
class Tokens {
 public:
  virtual ~Tokens() = default;

  virtual NewToken create(TokenTerms terms, domain::Timestamp now) = 0;

  /// Every token that there ever was, the oldest first.
  virtual std::vector<Token> all() = 0;

  /// The token as it is then; one that was revoked before keeps its time. Nothing where there is no such token.
  virtual std::optional<Token> revoke(std::string_view id, domain::Timestamp now) = 0;

  /// Moves the tokens' last use forward; never back.
  virtual void note_uses(std::span<const TokenUse> uses) = 0;

  /// Another number when somebody else has changed the file; what changes here keeps it.
  virtual std::int64_t version() = 0;
};

std::filesystem::path tokens_file(const std::filesystem::path& folder);

/// What a call does while another process writes: a person's waits, a server's throws StoreBusy and comes again.
enum class WhenBusy { wait, fail };

/// Opens <folder>/tokens.db (mode 0600), and makes it where it is missing.
std::unique_ptr<Tokens> open_tokens(const std::filesystem::path& folder, WhenBusy when_busy = WhenBusy::wait);

}  // namespace upline::eventstore
