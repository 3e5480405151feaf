#include "eventstore/vault.hpp"

#include "eventstore/hex.hpp"
#include "eventstore/stored_event.hpp"
#include "tests/eventstore/golden.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;
namespace fs = std::filesystem;

namespace {

using Secrets = std::vector<std::string>;

const ProductId game{"game"};
const BatchId b1{"b1"};

/// Seals and keeps the secrets as the keys first, first + 1 ... of `game`, committed; answers what the log would say.
std::vector<SealedKey> keep(Vault& vault, std::uint64_t first, const Secrets& secrets, const BatchId& batch = b1) {
  std::vector<SealedSecret> sealed;
  std::vector<SealedKey> named;
  for (const auto& secret : secrets) {
    sealed.push_back(vault.seal(game, batch, secret));
    named.push_back(sealed.back().named);
  }
  vault.put(game, batch, first, sealed);
  vault.commit();
  return named;
}

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

int subject_count(const fs::path& folder) {
  SQLite::Database vault(folder / "vault.db", SQLite::OPEN_READONLY);
  return vault.execAndGet("SELECT count(*) FROM subject_keys").getInt();
}

SecretKey other_master_key() {
  auto key = test_master_key();
  ++key.back();
  return key;
}

}  // namespace

TEST_CASE("secrets come back in their order, whatever bytes they are", "[vault]") {
  const TempFolder folder;
  Secrets secrets{"plain", "卡密-1", std::string("a\0b\n\xff", 5), "", std::string(secret_bytes_max, 'x'), "plain"};
  {
    const auto vault = open_vault(folder.path(), test_master_key());
    keep(*vault, 1, secrets);
    CHECK(vault->reveal(game, {1, 6}) == secrets);
  }
  const auto vault = open_vault(folder.path(), test_master_key());
  CHECK(vault->reveal(game, {1, 6}) == secrets);
  CHECK(vault->reveal(game, {2, 2}) == Secrets{secrets[1], secrets[2]});
  CHECK(vault->reveal(game, {6, 1}) == Secrets{"plain"});
}

TEST_CASE("a key that is not there is named by its product, and never by what it is", "[vault]") {
  const TempFolder folder;
  const auto vault = open_vault(folder.path(), test_master_key());
  keep(*vault, 1, {"a", "b"});
  CHECK_THROWS_AS(vault->reveal(game, {2, 2}), DamagedStore);
  CHECK_THROWS_WITH(vault->reveal(game, {2, 2}), Catch::Contains("keys of game are missing"));
  CHECK_THROWS_AS(vault->reveal({"film"}, {1, 1}), DamagedStore);
}

TEST_CASE("no file of a shop ever holds a secret", "[vault]") {
  const TempFolder folder;
  const Secrets secrets{"SECRET-0123456789-ABCDEF", "卡密卡密卡密卡密卡密卡密", "SECRET-never-sold-GHIJKL"};
  const auto is_nowhere = [&] {
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      const auto bytes = bytes_of(entry.path());
      INFO(entry.path().filename().string() << ", " << bytes.size() << " bytes");
      for (const auto& secret : secrets) {
        CHECK(bytes.find(secret) == std::string::npos);
        CHECK(bytes.find(secret.substr(0, 12)) == std::string::npos);
        CHECK(bytes.find(hex({reinterpret_cast<const std::uint8_t*>(secret.data()), 12})) == std::string::npos);
      }
    }
  };
  {
    ShopProcess shop(folder.path());
    set_up_worked_example(shop);
    must_append(shop.run(import_keys("game", "b2"), "list", secrets));
    must_append(shop.run(purchase({.order = "o1", .quantity = 10}), "sale"));
    must_append(shop.run(purchase({.order = "o2", .quantity = 2}), "sale-2"));
    CHECK(shop.vault().reveal(game, {11, 2}) == Secrets{secrets[0], secrets[1]});
    is_nowhere();
  }
  is_nowhere();
}

TEST_CASE("a secret has one fingerprint in its shop, and another in another shop", "[vault]") {
  const TempFolder one;
  const TempFolder other;
  const auto mine = open_vault(one.path(), test_master_key());
  const auto again = open_vault(one.path(), test_master_key());
  const auto theirs = open_vault(other.path(), test_master_key());
  CHECK(mine->fingerprint("secret") == again->fingerprint("secret"));
  CHECK(mine->fingerprint("secret") != mine->fingerprint("secreT"));
  CHECK(mine->fingerprint("secret") != theirs->fingerprint("secret"));
  CHECK(mine->seal(game, b1, "secret").named.fingerprint == mine->fingerprint("secret"));
}

TEST_CASE("a secret that is sealed twice gives two ciphertexts, both of which open", "[vault]") {
  const TempFolder folder;
  const auto vault = open_vault(folder.path(), test_master_key());
  const auto first = vault->seal(game, b1, "secret");
  const auto second = vault->seal(game, b1, "secret");
  CHECK(first.ciphertext != second.ciphertext);
  CHECK(first.named.digest != second.named.digest);
  vault->put(game, b1, 1, std::vector{first, second});
  CHECK(vault->reveal(game, {1, 2}) == Secrets{"secret", "secret"});
}

TEST_CASE("a vault does not open under another master key", "[vault]") {
  const TempFolder folder;
  {
    keep(*open_vault(folder.path(), test_master_key()), 1, {"a"});
  }
  CHECK_THROWS_AS(open_vault(folder.path(), other_master_key()), VaultKeyError);
  CHECK_THROWS_WITH(open_vault(folder.path(), other_master_key()),
                    Catch::Contains("vault.db was sealed with another vault key"));
  CHECK(open_vault(folder.path(), test_master_key())->reveal(game, {1, 1}) == Secrets{"a"});
}

TEST_CASE("what was put and rolled back is gone, and what follows can be opened", "[vault]") {
  const TempFolder folder;
  {
    const auto vault = open_vault(folder.path(), test_master_key());
    const auto sealed = vault->seal(game, b1, "undone");  // makes the batch's key, which is undone with it
    vault->put(game, b1, 1, {&sealed, 1});
    vault->rollback();
    CHECK_THROWS_AS(vault->reveal(game, {1, 1}), DamagedStore);
    keep(*vault, 1, {"done"});
    vault->rollback();  // nothing is open
    vault->commit();
  }
  CHECK(open_vault(folder.path(), test_master_key())->reveal(game, {1, 1}) == Secrets{"done"});
}

TEST_CASE("what was not committed is gone with its process", "[vault]") {
  const TempFolder folder;
  {
    const auto vault = open_vault(folder.path(), test_master_key());
    const auto sealed = vault->seal(game, b1, "undone");
    vault->put(game, b1, 1, {&sealed, 1});
  }
  CHECK_THROWS_AS(open_vault(folder.path(), test_master_key())->reveal(game, {1, 1}), DamagedStore);
}

TEST_CASE("an orphan of an attempt that was cut short is replaced by the next import", "[vault]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  // The vault commits first. Then the log's commit breaks, as if the power went between the two.
  tamper(folder.path(), "CREATE TRIGGER power_cut BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'power cut'); END");
  CHECK_THROWS_WITH(shop.run(import_keys("game", "b2"), {}, {"orphan-1", "orphan-2"}), Catch::Contains("power cut"));
  CHECK(shop.vault().reveal(game, {11, 2}) == Secrets{"orphan-1", "orphan-2"});
  tamper(folder.path(), "DROP TRIGGER power_cut");

  const bool anew = GENERATE(false, true);
  ShopProcess later(folder.path());
  auto& next = anew ? later : shop;
  must_append(next.run(import_keys("game", "b3"), {}, {"orphan-2", "good"}));
  CHECK(next.vault().reveal(game, {11, 2}) == Secrets{"orphan-2", "good"});
  const auto imported = decode(next.store().read_stream("pool/game")[2]);
  CHECK(next.vault().holds(game, 11, std::get<KeysImported>(imported.event).keys));
}

TEST_CASE("what another vault sealed ahead is taken over, and only then has its batch a key", "[vault]") {
  const TempFolder folder;
  const auto vault = open_vault(folder.path(), test_master_key());
  const auto ahead_vault = open_vault(folder.path(), test_master_key());
  const auto ahead = ahead_vault->seal_ahead(game, b1, Secrets{"a", "b"});
  const auto more = ahead_vault->seal_ahead(game, b1, Secrets{"c"});
  ahead_vault->commit();  // has nothing to commit
  CHECK(subject_count(folder.path()) == 1);
  CHECK(ahead->secrets[0].named.fingerprint == vault->fingerprint("a"));

  CHECK(vault->takes_over(game, b1, *ahead));
  CHECK(vault->takes_over(game, b1, *more));
  vault->put(game, b1, 1, ahead->secrets);
  vault->put(game, b1, 3, more->secrets);
  vault->commit();
  CHECK(subject_count(folder.path()) == 2);
  const std::vector named{ahead->secrets[0].named, ahead->secrets[1].named, more->secrets[0].named};
  CHECK(vault->can_open(game, 1, named));
  CHECK(vault->holds(game, 1, named));
  CHECK(open_vault(folder.path(), test_master_key())->reveal(game, {1, 3}) == Secrets{"a", "b", "c"});
}

TEST_CASE("what is sealed ahead is sealed under the key that its batch has", "[vault]") {
  const TempFolder folder;
  const auto vault = open_vault(folder.path(), test_master_key());
  keep(*vault, 1, {"a"});
  const auto ahead = open_vault(folder.path(), test_master_key())->seal_ahead(game, b1, Secrets{"b"});
  CHECK(vault->takes_over(game, b1, *ahead));
}

TEST_CASE("what was sealed ahead of a key that another process made is not taken over", "[vault]") {
  const TempFolder folder;
  const auto vault = open_vault(folder.path(), test_master_key());
  const auto ahead = vault->seal_ahead(game, b1, Secrets{"b"});
  keep(*open_vault(folder.path(), test_master_key()), 1, {"a"});
  CHECK_FALSE(vault->takes_over(game, b1, *ahead));
  vault->rollback();
  CHECK(open_vault(folder.path(), test_master_key())->reveal(game, {1, 1}) == Secrets{"a"});
}

TEST_CASE("a vault opens and answers while another process writes it", "[vault]") {
  const TempFolder folder;
  const auto writer = open_vault(folder.path(), test_master_key());
  keep(*writer, 1, {"a"});
  const auto sealed = writer->seal(game, {"b2"}, "b");  // makes a key, so a transaction is open
  writer->put(game, {"b2"}, 2, {&sealed, 1});
  const auto reader = open_vault(folder.path(), test_master_key());
  CHECK(reader->reveal(game, {1, 1}) == Secrets{"a"});
  CHECK_THROWS_AS(reader->reveal(game, {2, 1}), DamagedStore);
  writer->commit();
  CHECK(reader->reveal(game, {1, 2}) == Secrets{"a", "b"});
}

TEST_CASE("more batches than the vault remembers keys for can be sealed and opened", "[vault]") {
  const TempFolder folder;
  const auto vault = open_vault(folder.path(), test_master_key());
  constexpr std::uint64_t batches = 4200;
  for (std::uint64_t i = 1; i <= batches; ++i) {
    const auto number = std::to_string(i);
    const auto sealed = vault->seal(game, {number}, "secret-" + number);
    vault->put(game, {number}, i, {&sealed, 1});
  }
  vault->commit();
  const auto secrets = vault->reveal(game, {1, batches});
  REQUIRE(secrets.size() == batches);
  CHECK(secrets.front() == "secret-1");
  CHECK(secrets.back() == "secret-4200");
}

TEST_CASE("a vault as it was stored in version 1 opens", "[vault]") {
  const TempFolder folder;
  const auto golden = read_golden("vault.v1.json");
  SecretKey master{};
  std::ranges::copy(bytes_from_hex(golden.at("master_key").get<std::string>()), master.begin());
  open_vault(folder.path(), master);
  std::string rows = "DELETE FROM subject_keys;";
  for (const auto& key : golden.at("subject_keys")) {
    rows += "INSERT INTO subject_keys VALUES ('" + key.at("subject").get<std::string>() + "', x'" +
            key.at("sealed").get<std::string>() + "');";
  }
  for (const auto& key : golden.at("card_keys")) {
    rows += "INSERT INTO card_keys VALUES ('" + key.at("product").get<std::string>() + "', " +
            std::to_string(key.at("ordinal").get<int>()) + ", '" + key.at("subject").get<std::string>() + "', x'" +
            key.at("fingerprint").get<std::string>() + "', x'" + key.at("sealed").get<std::string>() + "', x'" +
            key.at("binding").get<std::string>() + "');";
  }
  tamper(folder.path(), rows, "vault.db");

  const auto vault = open_vault(folder.path(), master);
  std::vector<SealedKey> named;
  for (const auto& key : golden.at("card_keys")) {
    const auto bytes = bytes_from_hex(key.at("secret_hex").get<std::string>());
    const std::string secret(bytes.begin(), bytes.end());
    CHECK(vault->reveal(game, {key.at("ordinal"), 1}) == Secrets{secret});
    CHECK(hex(vault->fingerprint(secret).bytes) == key.at("fingerprint").get<std::string>());
    SealedKey one{vault->fingerprint(secret), {}};
    std::ranges::copy(bytes_from_hex(key.at("digest").get<std::string>()), one.digest.bytes.begin());
    named.push_back(one);
  }
  CHECK(vault->holds(game, 7, named));
}

TEST_CASE("a vault that is held still reads what was there, while others write", "[vault]") {
  const TempFolder folder;
  const auto mine = open_vault(folder.path(), test_master_key());
  const auto theirs = open_vault(folder.path(), test_master_key());
  keep(*mine, 1, {"first"});
  auto still = theirs->hold_still();
  CHECK(theirs->reveal(game, {1, 1}) == Secrets{"first"});
  keep(*mine, 2, {"second"});
  CHECK_THROWS_AS(theirs->reveal(game, {2, 1}), DamagedStore);
  still.reset();
  CHECK(theirs->reveal(game, {2, 1}) == Secrets{"second"});
}
