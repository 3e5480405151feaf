#include "eventstore/sqlite/bindings.hpp"
#include "eventstore/sqlite/database.hpp"
#include "eventstore/sqlite/transaction.hpp"
#include "eventstore/tokens.hpp"

#include <utility>

namespace upline::eventstore {

namespace {

using domain::Timestamp;
using sqlite::Database;

class SqliteTokens final : public Tokens {
 public:
  SqliteTokens(const std::filesystem::path& folder, WhenBusy when_busy)
      : database_(tokens_file(folder), {.migrations = "tokens", .cache_mib = 1, .writing_cache_mib = 1}) {
    if (when_busy == WhenBusy::fail) database_.raw().setBusyTimeout(0);
  }

  NewToken create(TokenTerms terms, Timestamp now) override;
  std::vector<Token> all() override;
  std::optional<Token> revoke(std::string_view id, Timestamp now) override;
  void note_uses(std::span<const TokenUse> uses) override;
  std::int64_t version() override { return database_.number("PRAGMA data_version"); }

 private:
  std::optional<Token> find(std::string_view id);

  Database database_;
};

void bind_time(SQLite::Statement& row, int index, const std::optional<Timestamp>& time) {
  if (time) row.bind(index, time->microseconds);
}

std::optional<Timestamp> time_in(const SQLite::Column& column) {
  return column.isNull() ? std::nullopt : std::optional(Timestamp{column.getInt64()});
}

/// A role that this program does not know opens nothing.
Role role_in(const SQLite::Column& column) {
  const auto role = static_cast<Role>(column.getInt());
  if (name(role).empty()) throw DamagedStore(fmt::format("tokens.db: there is no role {}", column.getInt()));
  return role;
}

Token token_in(SQLite::Statement& row) {
  Token token{.id = row.getColumn(0).getString(), .digest = sqlite::fixed_blob<32>(row.getColumn(1), "token's digest")};
  token.terms.role = role_in(row.getColumn(2));
  if (const auto member = row.getColumn(3); !member.isNull()) token.terms.member = {member.getString()};
  token.terms.label = row.getColumn(4).getString();
  token.created_at = {row.getColumn(5).getInt64()};
  token.terms.expires_at = time_in(row.getColumn(6));
  token.revoked_at = time_in(row.getColumn(7));
  token.last_used_at = time_in(row.getColumn(8));
  return token;
}

constexpr const char* insert_token =
    "INSERT INTO tokens (id, digest, role, member, label, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

NewToken SqliteTokens::create(TokenTerms terms, Timestamp now) {
  auto made = make_token(std::move(terms), now);
  const auto& token = made.token;
  auto& row = database_.statement(insert_token);
  sqlite::bind_text(row, 1, token.id);
  sqlite::bind_blob(row, 2, token.digest);
  row.bind(3, static_cast<int>(token.terms.role));
  if (token.terms.member) sqlite::bind_text(row, 4, token.terms.member->value);
  sqlite::bind_text(row, 5, token.terms.label);
  row.bind(6, token.created_at.microseconds);
  bind_time(row, 7, token.terms.expires_at);
  row.exec();
  return made;
}

constexpr const char* select_tokens =
    "SELECT id, digest, role, member, label, created_at, expires_at, revoked_at, last_used_at FROM tokens "
    "ORDER BY created_at, id";

std::vector<Token> SqliteTokens::all() {
  std::vector<Token> tokens;
  auto& row = database_.statement(select_tokens);
  const sqlite::EndOfQuery end(row);
  while (row.executeStep()) tokens.push_back(token_in(row));
  return tokens;
}

constexpr const char* select_token =
    "SELECT id, digest, role, member, label, created_at, expires_at, revoked_at, last_used_at FROM tokens "
    "WHERE id = ?1";

std::optional<Token> SqliteTokens::find(std::string_view id) {
  auto& row = database_.statement(select_token);
  const sqlite::EndOfQuery end(row);
  sqlite::bind_text(row, 1, id);
  return row.executeStep() ? std::optional(token_in(row)) : std::nullopt;
}

constexpr const char* update_revoked = "UPDATE tokens SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";

std::optional<Token> SqliteTokens::revoke(std::string_view id, Timestamp now) {
  auto& row = database_.statement(update_revoked);
  sqlite::bind_text(row, 1, id);
  row.bind(2, now.microseconds);
  row.exec();
  return find(id);
}

constexpr const char* update_last_use =
    "UPDATE tokens SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";

void SqliteTokens::note_uses(std::span<const TokenUse> uses) {
  sqlite::Transaction transaction(database_);
  for (const auto& use : uses) {
    auto& row = database_.statement(update_last_use);
    sqlite::bind_text(row, 1, use.id);
    row.bind(2, use.at.microseconds);
    row.exec();
  }
  transaction.commit();
}

}  // namespace

std::unique_ptr<Tokens> open_tokens(const std::filesystem::path& folder, WhenBusy when_busy) {
  return std::make_unique<SqliteTokens>(folder, when_busy);
}

}  // namespace upline::eventstore
