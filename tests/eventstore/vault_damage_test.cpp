// A vault that somebody changed: what is noticed, by whoever opens a key and by whoever only checks.
#include "eventstore/hex.hpp"
#include "eventstore/stored_event.hpp"
#include "eventstore/vault.hpp"
#include "tests/eventstore/golden.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>
#include <sodium.h>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

using Bytes = std::vector<std::uint8_t>;

const ProductId game{"game"};

/// Three keys of one batch, and what the log says of them.
class Kept {
 public:
  Kept() {
    const auto vault = open_vault(folder_.path(), test_master_key());
    std::vector<SealedSecret> sealed;
    for (const auto* secret : {"first", "second", "third"}) sealed.push_back(vault->seal(game, {"b1"}, secret));
    for (const auto& key : sealed) named_.push_back(key.named);
    vault->put(game, {"b1"}, 1, sealed);
    vault->commit();
  }

  const std::filesystem::path& folder() const { return folder_.path(); }
  void damage(const std::string& sql) const { tamper(folder(), sql, "vault.db"); }
  std::unique_ptr<Vault> open() const { return open_vault(folder(), test_master_key()); }
  const std::vector<SealedKey>& named() const { return named_; }

 private:
  TempFolder folder_;
  std::vector<SealedKey> named_;
};

Bytes column_of(const std::filesystem::path& folder, const std::string& sql) {
  SQLite::Database database(folder / "vault.db", SQLite::OPEN_READONLY);
  SQLite::Statement row(database, sql);
  REQUIRE(row.executeStep());
  const auto column = row.getColumn(0);
  const auto* data = static_cast<const std::uint8_t*>(column.getBlob());
  return {data, data + column.getBytes()};
}

/// nonce || ciphertext, opened by hand.
Bytes opened(const SecretKey& key, const Bytes& sealed, const Bytes& bound_to) {
  constexpr std::size_t nonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  Bytes plain(sealed.size() - nonce - crypto_aead_xchacha20poly1305_ietf_ABYTES);
  const int result = crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, sealed.data() + nonce,
                                                                sealed.size() - nonce, bound_to.data(), bound_to.size(),
                                                                sealed.data(), key.data());
  REQUIRE(result == 0);
  return plain;
}

Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace

TEST_CASE("an untouched vault holds its keys, each in its place", "[vault]") {
  const Kept kept;
  const auto vault = kept.open();
  CHECK(vault->holds(game, 1, kept.named()));
  CHECK(vault->holds(game, 2, std::span(kept.named()).subspan(1)));
  CHECK(vault->holds(game, 1, {}));
  CHECK(vault->can_open(game, 1, kept.named()));
  CHECK(!vault->can_open(game, 2, kept.named()));
  CHECK(!vault->holds(game, 2, kept.named()));
  CHECK(!vault->holds(game, 2, std::span(kept.named()).first(2)));
  CHECK(!vault->holds({"film"}, 1, kept.named()));
}

TEST_CASE("any changed byte of a key's row is noticed", "[vault]") {
  const Kept untouched;
  const auto sealed = column_of(untouched.folder(), "SELECT sealed FROM card_keys WHERE ordinal = 2");
  REQUIRE(sealed.size() == 24 + 6 + 16);
  for (std::size_t at = 0; at < sealed.size(); at += 3) {
    INFO("byte " << at);
    const Kept kept;
    auto changed = column_of(kept.folder(), "SELECT sealed FROM card_keys WHERE ordinal = 2");
    changed[at] ^= 1;
    kept.damage("UPDATE card_keys SET sealed = x'" + hex(changed) + "' WHERE ordinal = 2");
    const auto vault = kept.open();
    CHECK(!vault->holds(game, 1, kept.named()));
    CHECK_THROWS_AS(vault->reveal(game, {2, 1}), DamagedStore);
    CHECK(vault->reveal(game, {3, 1}) == std::vector<std::string>{"third"});
  }
}

TEST_CASE("keys that changed places, were cut, emptied or taken away are noticed", "[vault]") {
  const std::string other = "(SELECT sealed FROM card_keys WHERE ordinal = 1)";
  for (const auto& sql : {"UPDATE card_keys SET sealed = " + other + " WHERE ordinal = 2",
                          std::string("UPDATE card_keys SET fingerprint = zeroblob(16) WHERE ordinal = 2"),
                          std::string("UPDATE card_keys SET sealed = substr(sealed, 1, 39) WHERE ordinal = 2"),
                          std::string("UPDATE card_keys SET sealed = x'' WHERE ordinal = 2"),
                          std::string("UPDATE card_keys SET binding = zeroblob(16) WHERE ordinal = 2"),
                          std::string("DELETE FROM card_keys WHERE ordinal = 2"),
                          std::string("UPDATE card_keys SET product = 'film' WHERE ordinal = 2")}) {
    INFO(sql);
    const Kept kept;
    kept.damage(sql);
    const auto vault = kept.open();
    CHECK(!(vault->holds(game, 1, kept.named()) && vault->can_open(game, 1, kept.named())));
    CHECK_THROWS_AS(vault->reveal(game, {2, 1}), DamagedStore);
  }
}

TEST_CASE("a key that opens to another secret than its fingerprint's is not taken for it", "[vault]") {
  const Kept kept;
  auto named = kept.named();
  std::swap(named[0], named[1]);
  CHECK(!kept.open()->can_open(game, 1, named));
}

TEST_CASE("whole rows that changed places are noticed, and none is taken for the other", "[vault]") {
  const Kept kept;
  kept.damage(
      "UPDATE card_keys SET ordinal = 99 WHERE ordinal = 1; UPDATE card_keys SET ordinal = 1 WHERE ordinal = 2;"
      "UPDATE card_keys SET ordinal = 2 WHERE ordinal = 99");
  const auto vault = kept.open();
  CHECK(!vault->holds(game, 1, kept.named()));
  CHECK_THROWS_WITH(vault->reveal(game, {1, 1}), Catch::Contains("not the one of its number"));
  CHECK_THROWS_AS(vault->reveal(game, {1, 2}), DamagedStore);
  CHECK(vault->reveal(game, {3, 1}) == std::vector<std::string>{"third"});
}

TEST_CASE("a row that was put under another product is not taken for its key", "[vault]") {
  const Kept kept;
  kept.damage("UPDATE card_keys SET product = 'film' WHERE ordinal = 2");
  CHECK_THROWS_AS(kept.open()->reveal({"film"}, {2, 1}), DamagedStore);
}

TEST_CASE("a subject key that was damaged is a finding, and no reason to stop", "[vault]") {
  const Kept kept;
  kept.damage("UPDATE subject_keys SET sealed = zeroblob(72) WHERE subject = 'batch/game/b1'");
  const auto vault = kept.open();
  CHECK(!vault->can_open(game, 1, kept.named()));
  CHECK_THROWS_AS(vault->reveal(game, {1, 1}), DamagedStore);
}

TEST_CASE("a batch whose key was destroyed cannot be opened, and its ciphertexts are still as imported", "[vault]") {
  const Kept kept;
  kept.damage("DELETE FROM subject_keys WHERE subject = 'batch/game/b1'");
  const auto vault = kept.open();
  CHECK_THROWS_AS(vault->reveal(game, {1, 1}), DamagedStore);
  CHECK_THROWS_WITH(vault->reveal(game, {1, 1}), Catch::Contains("cannot be opened"));
  CHECK(vault->holds(game, 1, kept.named()));
  CHECK(!vault->can_open(game, 1, kept.named()));
}

TEST_CASE("a vault that lost the key of its fingerprints is damaged, and makes no other", "[vault]") {
  const Kept kept;
  kept.damage("DELETE FROM subject_keys WHERE subject = 'fingerprints'");
  CHECK_THROWS_AS(kept.open(), DamagedStore);
  CHECK_THROWS_WITH(kept.open(), Catch::Contains("fingerprint key"));
}

TEST_CASE("the key of another batch opens nothing", "[vault]") {
  const Kept kept;
  {
    const auto vault = kept.open();
    const auto sealed = vault->seal(game, {"b2"}, "fourth");
    vault->put(game, {"b2"}, 4, {&sealed, 1});
    vault->commit();
  }
  kept.damage("UPDATE card_keys SET subject = 'batch/game/b2' WHERE ordinal = 1");
  CHECK_THROWS_AS(kept.open()->reveal(game, {1, 1}), DamagedStore);
  kept.damage(
      "UPDATE subject_keys SET sealed = (SELECT sealed FROM subject_keys WHERE subject = 'batch/game/b2') "
      "WHERE subject = 'batch/game/b1'");
  CHECK_THROWS_AS(kept.open()->reveal(game, {2, 1}), DamagedStore);  // a subject key is bound to its subject
}

TEST_CASE("no sentence about damage says a secret", "[vault]") {
  const Kept kept;
  kept.damage("UPDATE card_keys SET fingerprint = zeroblob(16) WHERE ordinal = 2");
  try {
    kept.open()->reveal(game, {1, 3});
    FAIL("nothing was noticed");
  } catch (const DamagedStore& damage) {
    for (const auto* secret : {"first", "second", "third"}) {
      CHECK(std::string(damage.what()).find(secret) == std::string::npos);
    }
  }
}

TEST_CASE("what the vault stores is nonce and XChaCha20-Poly1305 ciphertext, bound to its row", "[vault]") {
  const Kept kept;
  const auto sealed_subject_key =
      column_of(kept.folder(), "SELECT sealed FROM subject_keys WHERE subject = 'batch/game/b1'");
  const auto raw = opened(test_master_key(), sealed_subject_key, bytes("batch/game/b1"));
  REQUIRE(raw.size() == 32);
  SecretKey subject_key{};
  std::copy(raw.begin(), raw.end(), subject_key.begin());
  const auto fingerprint = column_of(kept.folder(), "SELECT fingerprint FROM card_keys WHERE ordinal = 2");
  const auto sealed = column_of(kept.folder(), "SELECT sealed FROM card_keys WHERE ordinal = 2");
  CHECK(opened(subject_key, sealed, fingerprint) == bytes("second"));

  const auto fingerprints = opened(
      test_master_key(), column_of(kept.folder(), "SELECT sealed FROM subject_keys WHERE subject = 'fingerprints'"),
      bytes("fingerprints"));
  std::array<std::uint8_t, 16> hashed{};
  crypto_generichash(hashed.data(), hashed.size(), bytes("second").data(), 6, fingerprints.data(), fingerprints.size());
  CHECK(Bytes(hashed.begin(), hashed.end()) == fingerprint);
}
