#include "api/shop_tokens.hpp"

#include "eventstore/command_handler.hpp"
#include "tests/eventstore/commands.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

using namespace upline;
using namespace upline::tests;
using api::ShopTokens;
using eventstore::open_tokens;
using eventstore::Role;
namespace fs = std::filesystem;

namespace {

constexpr domain::Duration minute{60 * domain::microseconds_per_second};

domain::Timestamp last_use(const fs::path& folder) {
  return open_tokens(folder)->all().front().last_used_at.value_or(domain::Timestamp{});
}

}  // namespace

TEST_CASE("a shop that never had a token is open, and looking at it makes no file", "[shop_tokens]") {
  const TempFolder folder;
  ShopTokens tokens(folder.path());
  tokens.refresh();
  CHECK_FALSE(tokens.is_guarded());
  CHECK_FALSE(tokens.caller_of(eventstore::make_token({.role = Role::merchant}, may(1)).text, may(1)));
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a look at the file shows tokens that are new and those that are revoked", "[shop_tokens]") {
  const TempFolder folder;
  ShopTokens tokens(folder.path());
  const auto person = open_tokens(folder.path());
  tokens.refresh();
  CHECK_FALSE(tokens.is_guarded());
  const auto made = person->create({.role = Role::promoter, .member = domain::MemberId{"alice"}}, may(1));
  tokens.refresh();
  CHECK(tokens.is_guarded());
  const auto caller = tokens.caller_of(made.text, may(2));
  REQUIRE(caller);
  CHECK(caller->token_id == made.token.id);
  CHECK(caller->role == Role::promoter);
  CHECK(caller->member == domain::MemberId{"alice"});
  CHECK(caller->actor() == "token:" + made.token.id);
  person->revoke(made.token.id, may(2));
  tokens.refresh();
  CHECK_FALSE(tokens.caller_of(made.text, may(2)));
  CHECK(tokens.is_guarded());
}

TEST_CASE("a token ends when it expires, without anybody looking at the file", "[shop_tokens]") {
  const TempFolder folder;
  const auto made = open_tokens(folder.path())->create({.role = Role::auditor, .expires_at = may(3)}, may(1));
  const ShopTokens tokens(folder.path());
  CHECK(tokens.caller_of(made.text, may(2)));
  CHECK_FALSE(tokens.caller_of(made.text, may(3)));
}

TEST_CASE("a shop whose only token is revoked stays closed", "[shop_tokens]") {
  const TempFolder folder;
  const auto person = open_tokens(folder.path());
  person->revoke(person->create({.role = Role::merchant}, may(1)).token.id, may(1));
  CHECK(ShopTokens(folder.path()).is_guarded());
}

TEST_CASE("taking the file away opens nothing", "[shop_tokens]") {
  const TempFolder folder;
  const auto made = open_tokens(folder.path())->create({.role = Role::merchant}, may(1));
  ShopTokens tokens(folder.path());
  for (const auto* file : {"tokens.db", "tokens.db-wal", "tokens.db-shm"}) fs::remove(folder.path() / file);
  tokens.refresh();
  CHECK(tokens.is_guarded());
  CHECK_FALSE(tokens.caller_of(made.text, may(1)));
}

TEST_CASE("a file that takes the place of another is read anew", "[shop_tokens]") {
  const TempFolder folder;
  const TempFolder backup;
  const auto old = open_tokens(backup.path())->create({.role = Role::merchant}, may(1));
  const auto made = open_tokens(folder.path())->create({.role = Role::merchant}, may(1));
  ShopTokens tokens(folder.path());
  for (const auto* file : {"tokens.db-wal", "tokens.db-shm"}) fs::remove(folder.path() / file);
  fs::rename(backup.path() / "tokens.db", folder.path() / "tokens.db");
  tokens.refresh();
  CHECK(tokens.caller_of(old.text, may(1)));
  CHECK_FALSE(tokens.caller_of(made.text, may(1)));
}

TEST_CASE("a file that cannot be read is told of, and leaves the tokens as they were", "[shop_tokens]") {
  const TempFolder folder;
  const auto made = open_tokens(folder.path())->create({.role = Role::merchant}, may(1));
  ShopTokens tokens(folder.path());
  fs::remove(folder.path() / "tokens.db");
  std::ofstream(folder.path() / "tokens.db") << std::string(8192, 'x');
  CHECK_THROWS(tokens.refresh());
  CHECK_THROWS(tokens.refresh());
  CHECK(tokens.caller_of(made.text, may(1)));
  CHECK_THROWS(ShopTokens(folder.path()));
}

TEST_CASE("when a token was last used is written down once a minute, and at the end", "[shop_tokens]") {
  const TempFolder folder;
  const auto made = open_tokens(folder.path())->create({.role = Role::merchant}, may(1));
  ShopTokens tokens(folder.path());
  tokens.write_down_uses(minute);
  CHECK(last_use(folder.path()) == domain::Timestamp{});
  const auto first = may(2);
  tokens.caller_of(made.text, first);
  tokens.write_down_uses(minute);
  CHECK(last_use(folder.path()) == first);
  const auto soon = first + domain::Duration{minute.microseconds - 1};
  tokens.caller_of(made.text, soon);
  tokens.refresh();
  tokens.write_down_uses(minute);
  CHECK(last_use(folder.path()) == first);
  tokens.write_down_uses({0});
  CHECK(last_use(folder.path()) == soon);
}

TEST_CASE("who is refused does not count as a use", "[shop_tokens]") {
  const TempFolder folder;
  const auto made = open_tokens(folder.path())->create({.role = Role::merchant, .expires_at = may(2)}, may(1));
  ShopTokens tokens(folder.path());
  CHECK_FALSE(tokens.caller_of(made.text, may(3)));
  auto damaged = made.text;
  damaged.back() = damaged.back() == 'A' ? 'B' : 'A';
  CHECK_FALSE(tokens.caller_of(damaged, may(1)));
  tokens.write_down_uses({0});
  CHECK(last_use(folder.path()) == domain::Timestamp{});
}
