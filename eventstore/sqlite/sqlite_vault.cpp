#include "eventstore/sqlite/database.hpp"
#include "eventstore/sqlite/vault_erasures.hpp"
#include "eventstore/sqlite/vault_lookups.hpp"
#include "eventstore/stored_event.hpp"
#include "eventstore/vault.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <sodium.h>

namespace upline::eventstore {

namespace {

using domain::BatchId;
using domain::CiphertextDigest;
using domain::Fingerprint;
using domain::KeyRange;
using domain::MemberId;
using domain::OrderId;
using domain::ProductId;
using domain::SealedKey;

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

View view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

/// nonce || ciphertext; `bound_to` must be given again to open it.
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

CiphertextDigest digest_of(View sealed) {
  std::array<std::uint8_t, crypto_hash_sha256_BYTES> full{};
  crypto_hash_sha256(full.data(), sealed.data(), sealed.size());
  CiphertextDigest half;
  std::copy_n(full.begin(), half.bytes.size(), half.bytes.begin());
  return half;
}

using Binding = std::array<std::uint8_t, 16>;

std::string subject_of(const ProductId& product, const BatchId& batch) {
  return fmt::format("batch/{}/{}", product.value, batch.value);
}

/// Both as one text, of which no other pair makes the same.
std::string text_of(const BuyerLookup& lookup) {
  return fmt::format("lookup:{}:{}{}", lookup.contact.size(), lookup.contact, lookup.secret);
}

constexpr const char* fingerprint_subject = "fingerprints";

struct StoredKey {
  std::string subject;
  Bytes fingerprint;
  Bytes sealed;
  Bytes binding;
};

class SqliteVault final : public Vault {
 public:
  SqliteVault(const std::filesystem::path& folder, const SecretKey& master)
      : file_(folder / "vault.db"), database_(file_, {.migrations = "vault", .secure_delete = true}), master_(master) {
    if (const auto known = stored_subject_key(fingerprint_subject)) {
      fingerprint_key_ = *known;
      return;
    }
    // Another process may be making it: with the write lock held, what is there is all there is.
    begin();
    if (!stored_subject_key(fingerprint_subject) && database_.number("SELECT count(*) FROM subject_keys") != 0) {
      throw DamagedStore(fmt::format("{} has lost its fingerprint key; restore a backup", file_.string()));
    }
    fingerprint_key_ = subject_key(fingerprint_subject);
    commit();
  }
  SqliteVault(const SqliteVault&) = delete;
  SqliteVault& operator=(const SqliteVault&) = delete;
  ~SqliteVault() override {
    sodium_memzero(master_.data(), master_.size());
    sodium_memzero(fingerprint_key_.data(), fingerprint_key_.size());
    for (auto& [subject, key] : subject_keys_) sodium_memzero(key.data(), key.size());
  }

  Fingerprint fingerprint(std::string_view secret) const override {
    Fingerprint print;
    crypto_generichash(print.bytes.data(), print.bytes.size(), view(secret).data(), secret.size(),
                       fingerprint_key_.data(), fingerprint_key_.size());
    return print;
  }

  SealedSecret seal(const ProductId& product, const BatchId& batch, std::string_view secret) override;
  void put(const ProductId& product, const BatchId& batch, std::uint64_t first,
           std::span<const SealedSecret> keys) override;
  std::vector<std::string> reveal(const ProductId& product, const KeyRange& range) override;
  bool can_open(const ProductId& product, std::uint64_t first, std::span<const SealedKey> keys) override;
  bool holds(const ProductId& product, std::uint64_t first, std::span<const SealedKey> keys) override;
  SealedSecret seal_text(const TextName& name, std::string_view text) override;
  void put_text(const TextName& name, const SealedSecret& text) override;
  std::optional<std::string> text(const TextName& name) override;
  bool holds_text(const TextName& name, const domain::SealedText& text) override;
  std::vector<std::string> text_names(std::string_view prefix) override;
  bool erase_text(const TextName& name) override;
  void erase_subject(const std::string& subject) override;
  bool holds_subject(const std::string& subject) override;
  void clear_journal(std::chrono::milliseconds patience) override;
  std::optional<ErasureMark> erasures_done() override { return erasures_.done(); }
  void put_erasures_done(const ErasureMark& mark) override;
  void put_lookup(const OrderId& order, const MemberId& member, const BuyerLookup& lookup) override;
  std::vector<OrderId> looked_up(const BuyerLookup& lookup, const OrderId& after, std::size_t limit) override;
  std::optional<std::string> lookup_subject(const OrderId& order) override;
  void drop_lookup(const OrderId& order) override;

  void commit() override {
    if (!std::exchange(writing_, false)) return;
    database_.execute("COMMIT");
  }

  void rollback() noexcept override {
    subject_keys_.clear();
    if (!std::exchange(writing_, false)) return;
    try {
      database_.execute("ROLLBACK");
    } catch (const std::exception&) {
      // SQLite rolls back by itself where the failure was that bad.
    }
  }

 private:
  void begin() {
    if (writing_) return;
    database_.execute("BEGIN IMMEDIATE");
    writing_ = true;
  }

  std::optional<StoredKey> stored_text(const TextName& name);
  std::optional<SecretKey> stored_subject_key(const std::string& subject);
  const SecretKey& remember(const std::string& subject, const SecretKey& key);
  void forget(const std::string& subject);
  bool opens(const StoredKey& stored, const SealedKey& named);
  Binding binding_of(const ProductId& product, std::uint64_t ordinal, View sealed) const;
  const SecretKey& subject_key(const std::string& subject);

  std::filesystem::path file_;
  sqlite::Database database_;
  sqlite::VaultLookups lookups_{database_};
  sqlite::VaultErasures erasures_{database_};
  SecretKey master_;
  SecretKey fingerprint_key_{};
  std::unordered_map<std::string, SecretKey> subject_keys_;
  bool writing_{};
};

constexpr std::size_t subject_keys_cached_max = 4096;

constexpr const char* select_subject = "SELECT sealed FROM subject_keys WHERE subject = ?1";

std::optional<SecretKey> SqliteVault::stored_subject_key(const std::string& subject) {
  auto& row = database_.statement(select_subject);
  row.bindNoCopy(1, subject);
  if (!row.executeStep()) return std::nullopt;
  const auto column = row.getColumn(0);
  const View sealed(static_cast<const std::uint8_t*>(column.getBlob()), static_cast<std::size_t>(column.getBytes()));
  const auto plain = open_bytes(master_, sealed, view(subject));
  row.reset();
  SecretKey key{};
  if (!plain || plain->size() != key.size()) {
    // This master key has opened the fingerprint key, so it is the right one.
    if (subject != fingerprint_subject) {
      throw DamagedStore(fmt::format("{}: the key of {} cannot be opened", file_.string(), subject));
    }
    throw VaultKeyError(fmt::format("{} was sealed with another vault key than the one given", file_.string()));
  }
  std::ranges::copy(*plain, key.begin());
  return key;
}

constexpr const char* insert_subject = "INSERT INTO subject_keys (subject, sealed) VALUES (?1, ?2)";

const SecretKey& SqliteVault::subject_key(const std::string& subject) {
  if (const auto cached = subject_keys_.find(subject); cached != subject_keys_.end()) return cached->second;
  begin();
  auto key = stored_subject_key(subject);
  if (!key) {
    key.emplace();
    randombytes_buf(key->data(), key->size());
    const auto sealed = seal_bytes(master_, *key, view(subject));
    auto& row = database_.statement(insert_subject);
    row.bindNoCopy(1, subject);
    row.bindNoCopy(2, sealed.data(), static_cast<int>(sealed.size()));
    row.exec();
  }
  return remember(subject, *key);
}

const SecretKey& SqliteVault::remember(const std::string& subject, const SecretKey& key) {
  if (subject_keys_.size() >= subject_keys_cached_max) subject_keys_.clear();
  return subject_keys_.emplace(subject, key).first->second;
}

void SqliteVault::forget(const std::string& subject) {
  const auto known = subject_keys_.find(subject);
  if (known == subject_keys_.end()) return;
  sodium_memzero(known->second.data(), known->second.size());
  subject_keys_.erase(known);
}

SealedSecret SqliteVault::seal(const ProductId& product, const BatchId& batch, std::string_view secret) {
  SealedSecret sealed;
  sealed.named.fingerprint = fingerprint(secret);
  sealed.ciphertext = seal_bytes(subject_key(subject_of(product, batch)), view(secret), sealed.named.fingerprint.bytes);
  sealed.named.digest = digest_of(sealed.ciphertext);
  return sealed;
}

/// Ties a row to its place, so that a row put under another number is noticed by whoever reveals it.
Binding SqliteVault::binding_of(const ProductId& product, std::uint64_t ordinal, View sealed) const {
  const auto place = fmt::format("card key/{}/{}/", product.value, ordinal);
  Binding binding;
  crypto_generichash_state state;
  crypto_generichash_init(&state, fingerprint_key_.data(), fingerprint_key_.size(), binding.size());
  crypto_generichash_update(&state, view(place).data(), place.size());
  crypto_generichash_update(&state, sealed.data(), sealed.size());
  crypto_generichash_final(&state, binding.data(), binding.size());
  return binding;
}

constexpr const char* upsert_key =
    "INSERT INTO card_keys (product, ordinal, subject, fingerprint, sealed, binding) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT (product, ordinal) DO UPDATE SET subject = excluded.subject, fingerprint = excluded.fingerprint, "
    "sealed = excluded.sealed, binding = excluded.binding";

void SqliteVault::put(const ProductId& product, const BatchId& batch, std::uint64_t first,
                      std::span<const SealedSecret> keys) {
  begin();
  const auto subject = subject_of(product, batch);
  for (const auto& key : keys) {
    auto& row = database_.statement(upsert_key);
    row.bindNoCopy(1, product.value);
    const auto binding = binding_of(product, first, key.ciphertext);
    row.bind(2, static_cast<std::int64_t>(first++));
    row.bindNoCopy(3, subject);
    row.bindNoCopy(4, key.named.fingerprint.bytes.data(), static_cast<int>(key.named.fingerprint.bytes.size()));
    row.bindNoCopy(5, key.ciphertext.data(), static_cast<int>(key.ciphertext.size()));
    row.bindNoCopy(6, binding.data(), static_cast<int>(binding.size()));
    row.exec();
  }
}

constexpr const char* select_keys =
    "SELECT ordinal, subject, fingerprint, sealed, binding FROM card_keys WHERE product = ?1 AND ordinal BETWEEN ?2 "
    "AND ?3 "
    "ORDER BY ordinal";

Bytes bytes_of(const SQLite::Column& column) {
  const auto* data = static_cast<const std::uint8_t*>(column.getBlob());
  return {data, data + column.getBytes()};
}

std::vector<StoredKey> stored_keys(sqlite::Database& database, const ProductId& product, const KeyRange& range) {
  auto& row = database.statement(select_keys);
  row.bindNoCopy(1, product.value);
  row.bind(2, static_cast<std::int64_t>(range.first));
  row.bind(3, static_cast<std::int64_t>(range.first + range.count - 1));
  std::vector<StoredKey> keys;
  while (row.executeStep()) {
    keys.push_back({row.getColumn(1).getString(), bytes_of(row.getColumn(2)), bytes_of(row.getColumn(3)),
                    bytes_of(row.getColumn(4))});
  }
  return keys;
}

std::vector<std::string> SqliteVault::reveal(const ProductId& product, const KeyRange& range) {
  const auto keys = stored_keys(database_, product, range);
  if (keys.size() != range.count) {
    throw DamagedStore(fmt::format("{}: keys of {} are missing", file_.string(), product.value));
  }
  std::vector<std::string> secrets;
  for (auto ordinal = range.first; const auto& key : keys) {
    if (!std::ranges::equal(key.binding, binding_of(product, ordinal++, key.sealed))) {
      throw DamagedStore(fmt::format("{}: a key of {} is not the one of its number", file_.string(), product.value));
    }
    const auto subject = stored_subject_key(key.subject);
    const auto plain = subject ? open_bytes(*subject, key.sealed, key.fingerprint) : std::nullopt;
    if (!plain) throw DamagedStore(fmt::format("{}: a key of {} cannot be opened", file_.string(), product.value));
    secrets.emplace_back(plain->begin(), plain->end());
  }
  return secrets;
}

/// A text opens under its own name only, so rows that change places do not open.
Bytes bound_to(const TextName& name, View fingerprint) {
  Bytes bound(fingerprint.begin(), fingerprint.end());
  bound.insert(bound.end(), name.name.begin(), name.name.end());
  return bound;
}

SealedSecret SqliteVault::seal_text(const TextName& name, std::string_view text) {
  SealedSecret sealed;
  sealed.named.fingerprint = fingerprint(text);
  sealed.ciphertext = seal_bytes(subject_key(name.subject), view(text), bound_to(name, sealed.named.fingerprint.bytes));
  sealed.named.digest = digest_of(sealed.ciphertext);
  return sealed;
}

constexpr const char* upsert_text =
    "INSERT INTO texts (name, subject, fingerprint, sealed) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (name) DO UPDATE SET subject = excluded.subject, fingerprint = excluded.fingerprint, "
    "sealed = excluded.sealed";

/// An orphan of a crashed attempt is replaced.
void SqliteVault::put_text(const TextName& name, const SealedSecret& text) {
  begin();
  auto& row = database_.statement(upsert_text);
  row.bindNoCopy(1, name.name);
  row.bindNoCopy(2, name.subject);
  row.bindNoCopy(3, text.named.fingerprint.bytes.data(), static_cast<int>(text.named.fingerprint.bytes.size()));
  row.bindNoCopy(4, text.ciphertext.data(), static_cast<int>(text.ciphertext.size()));
  row.exec();
}

void SqliteVault::put_lookup(const OrderId& order, const MemberId& member, const BuyerLookup& lookup) {
  begin();
  lookups_.put(order, upline::eventstore::subject_of(member), fingerprint(text_of(lookup)));
}

std::vector<OrderId> SqliteVault::looked_up(const BuyerLookup& lookup, const OrderId& after, std::size_t limit) {
  return lookups_.find(fingerprint(text_of(lookup)), after, limit);
}

std::optional<std::string> SqliteVault::lookup_subject(const OrderId& order) { return lookups_.subject_of(order); }

void SqliteVault::drop_lookup(const OrderId& order) {
  if (!lookup_subject(order)) return;
  begin();
  lookups_.drop(order);
}

constexpr const char* select_text = "SELECT subject, fingerprint, sealed FROM texts WHERE name = ?1";

std::optional<StoredKey> SqliteVault::stored_text(const TextName& name) {
  auto& row = database_.statement(select_text);
  row.bindNoCopy(1, name.name);
  if (!row.executeStep()) return std::nullopt;
  StoredKey stored{row.getColumn(0).getString(), bytes_of(row.getColumn(1)), bytes_of(row.getColumn(2)), {}};
  row.reset();
  return stored;
}

std::optional<std::string> SqliteVault::text(const TextName& name) {
  const auto stored = stored_text(name);
  if (!stored) return std::nullopt;
  const auto subject = stored_subject_key(stored->subject);
  if (!subject) return std::nullopt;  // erased
  const auto plain = open_bytes(*subject, stored->sealed, bound_to(name, stored->fingerprint));
  if (!plain) throw DamagedStore(fmt::format("{}: the text {} cannot be opened", file_.string(), name.name));
  return std::string(plain->begin(), plain->end());
}

bool SqliteVault::holds_text(const TextName& name, const domain::SealedText& text) {
  const auto stored = stored_text(name);
  return stored && std::ranges::equal(stored->fingerprint, text.fingerprint.bytes) &&
         digest_of(stored->sealed) == text.digest;
}

constexpr const char* select_text_names = "SELECT name FROM texts WHERE name >= ?1 AND name < ?2 ORDER BY name";

std::vector<std::string> SqliteVault::text_names(std::string_view prefix) {
  std::string behind(prefix);  // the first text that is behind all that begin like this
  ++behind.back();
  auto& row = database_.statement(select_text_names);
  row.bind(1, std::string(prefix));
  row.bind(2, behind);
  std::vector<std::string> names;
  while (row.executeStep()) names.push_back(row.getColumn(0).getString());
  return names;
}

constexpr const char* delete_text = "DELETE FROM texts WHERE name = ?1";

bool SqliteVault::erase_text(const TextName& name) {
  begin();
  if (!stored_text(name)) return false;
  auto& text = database_.statement(delete_text);
  text.bindNoCopy(1, name.name);
  text.exec();
  erasures_.erase(name.subject);
  forget(name.subject);
  return true;
}

void SqliteVault::erase_subject(const std::string& subject) {
  forget(subject);
  if (!holds_subject(subject)) return;
  begin();
  erasures_.erase(subject);
}

bool SqliteVault::holds_subject(const std::string& subject) { return erasures_.holds(subject); }

void SqliteVault::clear_journal(std::chrono::milliseconds patience) {
  if (writing_) throw std::logic_error("the vault's journal is cleared outside of a transaction");
  if (!erasures_.clear_journal(patience)) {
    throw StoreBusy(fmt::format("{} is in use by another process; try again", file_.string()));
  }
}

void SqliteVault::put_erasures_done(const ErasureMark& mark) {
  begin();
  erasures_.put_done(mark);
}

bool SqliteVault::opens(const StoredKey& stored, const SealedKey& named) try {
  const auto known = subject_keys_.find(stored.subject);
  const auto subject = known != subject_keys_.end() ? std::optional(known->second) : stored_subject_key(stored.subject);
  if (!subject) return false;
  if (known == subject_keys_.end()) remember(stored.subject, *subject);
  const auto plain = open_bytes(*subject, stored.sealed, named.fingerprint.bytes);
  return plain && fingerprint({reinterpret_cast<const char*>(plain->data()), plain->size()}) == named.fingerprint;
} catch (const DamagedStore&) {
  return false;
}

bool SqliteVault::can_open(const ProductId& product, std::uint64_t first, std::span<const SealedKey> keys) {
  const auto stored = stored_keys(database_, product, {first, keys.size()});
  return std::ranges::equal(stored, keys, [&](const StoredKey& have, const SealedKey& named) {
    return std::ranges::equal(have.binding, binding_of(product, first++, have.sealed)) && opens(have, named);
  });
}

bool SqliteVault::holds(const ProductId& product, std::uint64_t first, std::span<const SealedKey> keys) {
  const auto stored = stored_keys(database_, product, {first, keys.size()});
  return std::ranges::equal(stored, keys, [&](const StoredKey& have, const SealedKey& named) {
    return std::ranges::equal(have.fingerprint, named.fingerprint.bytes) && digest_of(have.sealed) == named.digest;
  });
}

}  // namespace

TextName contact_name(const domain::OrderId& order, const domain::MemberId& member) {
  return {"contact/" + order.value, subject_of(member)};
}

TextName delivery_name(const domain::OrderId& order, const domain::MemberId& member) {
  return {"delivery/" + order.value, subject_of(member)};
}

std::string subject_of(const domain::MemberId& member) { return "member/" + member.value; }

std::unique_ptr<Vault> open_vault(const std::filesystem::path& folder, const SecretKey& master) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
  return std::make_unique<SqliteVault>(folder, master);
}

}  // namespace upline::eventstore
