#include "eventstore/tokens.hpp"

#include "eventstore/stored_event.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using upline::domain::MemberId;
namespace fs = std::filesystem;

namespace {

bool is_opened_by(const Token& token, const std::string& text) {
  const auto parts = parse_token(text);
  return parts && parts->id == token.id && opens(*parts, token.digest);
}

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("a token opens what was made with it, and no other token does", "[tokens]") {
  const TempFolder folder;
  const auto tokens = open_tokens(folder.path());
  const auto one = tokens->create({.role = Role::merchant}, may(1));
  const auto other = tokens->create({.role = Role::merchant}, may(1));
  CHECK(is_opened_by(one.token, one.text));
  CHECK_FALSE(is_opened_by(one.token, other.text));
  const auto stored = tokens->all();
  REQUIRE(stored.size() == 2);
  for (const auto& token : stored) CHECK(is_opened_by(token, token.id == one.token.id ? one.text : other.text));
}

TEST_CASE("a token with one letter changed opens nothing", "[tokens]") {
  const auto made = make_token({.role = Role::merchant}, may(1));
  for (std::size_t at = 0; at < made.text.size(); ++at) {
    auto text = made.text;
    text[at] = text[at] == 'x' ? 'y' : 'x';
    CHECK_FALSE(is_opened_by(made.token, text));
  }
  CHECK_FALSE(is_opened_by(made.token, made.text + "x"));
  CHECK_FALSE(is_opened_by(made.token, made.text.substr(0, made.text.size() - 1)));
}

TEST_CASE("the secret of one token under the id of another opens neither", "[tokens]") {
  const auto one = make_token({.role = Role::merchant}, may(1));
  const auto other = make_token({.role = Role::merchant}, may(1));
  const auto mixed = TokenText{parse_token(one.text)->id, parse_token(other.text)->secret};
  CHECK_FALSE(opens(mixed, one.token.digest));
  CHECK_FALSE(opens(mixed, other.token.digest));
}

TEST_CASE("a token is upline_, its id and 256 random bits, none of which need escaping", "[tokens]") {
  std::set<std::string> ids;
  std::set<std::string> secrets;
  for (int i = 0; i < 1000; ++i) {
    const auto made = make_token({.role = Role::storefront}, may(1));
    const auto parts = parse_token(made.text);
    REQUIRE(parts);
    CHECK(made.text == "upline_" + std::string(parts->id) + "_" + std::string(parts->secret));
    CHECK(parts->secret.size() == 43);
    CHECK(made.text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
          std::string::npos);
    ids.emplace(parts->id);
    secrets.emplace(parts->secret);
  }
  CHECK(ids.size() == 1000);
  CHECK(secrets.size() == 1000);
}

TEST_CASE("what is no token is not taken for one", "[tokens]") {
  const auto text = make_token({.role = Role::storefront}, may(1)).text;
  for (const auto& other : {std::string(), std::string("upline_"), std::string("upline__"), text.substr(1),
                            "Upline" + text.substr(6), "upline-" + text.substr(7), " " + text, text + " "}) {
    CHECK_FALSE(parse_token(other));
  }
}

TEST_CASE("a token is kept with its terms, in the order in which they were made", "[tokens]") {
  const TempFolder folder;
  const auto first =
      open_tokens(folder.path())
          ->create({.role = Role::promoter, .member = MemberId{"alice"}, .label = "phone 手机", .expires_at = may(9)},
                   may(1));
  open_tokens(folder.path())->create({.role = Role::auditor}, may(2));
  const auto stored = open_tokens(folder.path())->all();
  REQUIRE(stored.size() == 2);
  CHECK(stored[0].id == first.token.id);
  CHECK(stored[0].terms.role == Role::promoter);
  CHECK(stored[0].terms.member == MemberId{"alice"});
  CHECK(stored[0].terms.label == "phone 手机");
  CHECK(stored[0].terms.expires_at == may(9));
  CHECK(stored[0].created_at == may(1));
  CHECK_FALSE(stored[0].revoked_at);
  CHECK_FALSE(stored[0].last_used_at);
  CHECK(stored[1].terms.role == Role::auditor);
  CHECK_FALSE(stored[1].terms.member);
}

TEST_CASE("a token is valid until it expires or is revoked", "[tokens]") {
  Token token{.terms = {.expires_at = may(3)}};
  CHECK(token.is_valid(may(2)));
  CHECK_FALSE(token.is_valid(may(3)));
  token.terms.expires_at.reset();
  CHECK(token.is_valid(may(3)));
  token.revoked_at = may(4);
  CHECK_FALSE(token.is_valid(may(3)));
}

TEST_CASE("a token is revoked once, and stays in the list", "[tokens]") {
  const TempFolder folder;
  const auto tokens = open_tokens(folder.path());
  const auto made = tokens->create({.role = Role::merchant}, may(1));
  CHECK_FALSE(tokens->revoke("nobody", may(2)));
  CHECK(tokens->revoke(made.token.id, may(2))->revoked_at == may(2));
  CHECK(tokens->revoke(made.token.id, may(3))->revoked_at == may(2));
  CHECK(tokens->all().front().revoked_at == may(2));
}

TEST_CASE("nothing in the files of a shop is enough to use a token", "[tokens]") {
  const TempFolder folder;
  const auto tokens = open_tokens(folder.path());
  const auto made = tokens->create({.role = Role::merchant}, may(1));
  const auto secret = std::string(parse_token(made.text)->secret);
  std::string all;
  for (const auto& file : fs::directory_iterator(folder.path())) all += bytes_of(file.path());
  CHECK(all.find(made.token.id) != std::string::npos);
  CHECK(all.find(secret) == std::string::npos);
}

TEST_CASE("only the owner may read the file of tokens", "[tokens]") {
  const TempFolder folder;
  const auto tokens = open_tokens(folder.path());
  for (const auto* file : {"tokens.db", "tokens.db-wal", "tokens.db-shm"}) {
    CHECK(fs::status(folder.path() / file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  }
}

TEST_CASE("the last use moves forward only", "[tokens]") {
  const TempFolder folder;
  const auto tokens = open_tokens(folder.path());
  const auto made = tokens->create({.role = Role::merchant}, may(1));
  for (const auto at : {may(5), may(4)}) {
    const TokenUse use{made.token.id, at};
    tokens->note_uses({&use, 1});
  }
  CHECK(tokens->all().front().last_used_at == may(5));
}

TEST_CASE("whoever has the file open sees by its version that another has changed it", "[tokens]") {
  const TempFolder folder;
  const auto server = open_tokens(folder.path());
  const auto person = open_tokens(folder.path());
  const auto before = server->version();
  CHECK(server->version() == before);
  const auto made = person->create({.role = Role::merchant}, may(1));
  const auto after = server->version();
  CHECK(after != before);
  const TokenUse use{made.token.id, may(1)};
  server->note_uses({&use, 1});
  CHECK(server->version() == after);
  person->revoke(made.token.id, may(2));
  CHECK(server->version() != after);
}

TEST_CASE("a server that finds the file of tokens locked does not wait for it", "[tokens]") {
  const TempFolder folder;
  const auto made = open_tokens(folder.path())->create({.role = Role::merchant}, may(1));
  const auto server = open_tokens(folder.path(), WhenBusy::fail);
  SQLite::Database other(folder.path() / "tokens.db", SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  const TokenUse use{made.token.id, may(1)};
  CHECK_THROWS_AS(server->note_uses({&use, 1}), StoreBusy);
  CHECK(server->all().size() == 1);
  other.exec("ROLLBACK");
  server->note_uses({&use, 1});
  CHECK(server->all().front().last_used_at == may(1));
}

TEST_CASE("no statement takes a token away, changes what it opens, or brings a revoked one back", "[tokens]") {
  const TempFolder folder;
  const auto tokens = open_tokens(folder.path());
  tokens->revoke(tokens->create({.role = Role::auditor}, may(1)).token.id, may(2));
  SQLite::Database file(folder.path() / "tokens.db", SQLite::OPEN_READWRITE);
  CHECK_THROWS(file.exec("DELETE FROM tokens"));
  CHECK_THROWS(
      file.exec("INSERT OR REPLACE INTO tokens SELECT id, digest, 2, NULL, '', 0, NULL, NULL, NULL FROM tokens"));
  CHECK_THROWS(file.exec("UPDATE tokens SET role = 2"));
  CHECK_THROWS(file.exec("UPDATE tokens SET digest = zeroblob(32)"));
  CHECK_THROWS(file.exec("UPDATE tokens SET expires_at = NULL"));
  CHECK_THROWS(file.exec("UPDATE tokens SET revoked_at = NULL"));
  CHECK_THROWS(file.exec("INSERT INTO tokens VALUES ('p', zeroblob(32), 5, NULL, '', 0, NULL, NULL, NULL)"));
  CHECK_THROWS(file.exec("INSERT INTO tokens VALUES ('m', zeroblob(32), 2, 'alice', '', 0, NULL, NULL, NULL)"));
}
