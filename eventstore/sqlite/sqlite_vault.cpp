#include "eventstore/sealed_bytes.hpp"
#include "eventstore/sqlite/database.hpp"
#include "eventstore/sqlite/vault_card_keys.hpp"
#include "eventstore/sqlite/vault_erasures.hpp"
#include "eventstore/sqlite/vault_lookups.hpp"
#include "eventstore/sqlite/vault_subject_keys.hpp"
#include "eventstore/sqlite/vault_texts.hpp"
#include "eventstore/stored_event.hpp"
#include "eventstore/vault.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/compile.h>
#include <fmt/format.h>
#include <sodium.h>

namespace upline::eventstore {

namespace {

using domain::BatchId;
using domain::Fingerprint;
using domain::KeyRange;
using domain::MemberId;
using domain::OrderId;
using domain::ProductId;
using domain::SealedKey;
using sqlite::fingerprint_subject;
using sqlite::StoredKey;

using Binding = std::array<std::uint8_t, 16>;

/// Of a card key's place as text: the product's id, the longest number, and what stands around them.
constexpr std::size_t place_bytes_max = domain::id_length_max + 32;

std::string subject_of(const ProductId& product, const BatchId& batch) {
  return fmt::format("batch/{}/{}", product.value, batch.value);
}

/// Both as one text, of which no other pair makes the same.
std::string text_of(const BuyerLookup& lookup) {
  return fmt::format("lookup:{}:{}{}", lookup.contact.size(), lookup.contact, lookup.secret);
}

class SqliteVault final : public Vault {
 public:
  SqliteVault(const std::filesystem::path& folder, const SecretKey& master)
      : file_(folder / "vault.db"),
        database_(file_, {.migrations = "vault", .secure_delete = true}),
        keys_(database_, file_, master) {
    if (const auto known = keys_.stored(fingerprint_subject)) {
      fingerprint_with(*known);
      return;
    }
    // Another process may be making it: with the write lock held, what is there is all there is.
    begin();
    if (!keys_.stored(fingerprint_subject) && !keys_.table_is_empty()) {
      throw DamagedStore(fmt::format("{} has lost its fingerprint key; restore a backup", file_.string()));
    }
    fingerprint_with(subject_key(fingerprint_subject));
    commit();
  }
  SqliteVault(const SqliteVault&) = delete;
  SqliteVault& operator=(const SqliteVault&) = delete;
  ~SqliteVault() override { sodium_memzero(&keyed_hash_, sizeof keyed_hash_); }

  Fingerprint fingerprint(std::string_view secret) const override {
    auto hash = keyed_hash_;
    crypto_generichash_update(&hash, view(secret).data(), secret.size());
    Fingerprint print;
    crypto_generichash_final(&hash, print.bytes.data(), print.bytes.size());
    return print;
  }

  SealedSecret seal(const ProductId& product, const BatchId& batch, std::string_view secret) override;
  std::shared_ptr<const SealedAhead> seal_ahead(const ProductId& product, const BatchId& batch,
                                                std::span<const std::string> secrets) override;
  bool takes_over(const ProductId& product, const BatchId& batch, const SealedAhead& ahead) override;
  void put(const ProductId& product, const BatchId& batch, std::uint64_t first,
           std::span<const SealedSecret> keys) override;
  std::shared_ptr<void> hold_still() override;
  std::vector<std::string> reveal(const ProductId& product, const KeyRange& range) override;
  bool can_open(const ProductId& product, std::uint64_t first, std::span<const SealedKey> keys) override;
  bool holds(const ProductId& product, std::uint64_t first, std::span<const SealedKey> keys) override;
  SealedSecret seal_text(const TextName& name, std::string_view text) override;
  void put_text(const TextName& name, const SealedSecret& text) override;
  std::optional<std::string> text(const TextName& name) override;
  bool holds_text(const TextName& name, const domain::SealedText& text) override;
  std::vector<std::string> text_names(std::string_view prefix) override { return texts_.names(prefix); }
  bool erase_text(const TextName& name) override;
  void erase_subject(const std::string& subject) override;
  bool holds_subject(const std::string& subject) override;
  void clear_journal(std::chrono::milliseconds patience) override;
  std::optional<ErasureMark> erasures_done() override { return erasures_.done(); }
  void put_erasures_done(const ErasureMark& mark) override;
  void put_lookup(const OrderId& order, const MemberId& member, const BuyerLookup& lookup) override;
  std::vector<OrderId> looked_up(const BuyerLookup& lookup, const OrderId& after, std::size_t limit) override;
  std::optional<std::string> lookup_subject(const OrderId& order) override;
  void drop_lookup(const OrderId& order) override { lookups_to_drop_.push_back(order); }

  void commit() override {
    drop_lookups();
    if (!std::exchange(writing_, false)) return;
    database_.execute("COMMIT");
  }

  void rollback() noexcept override {
    keys_.forget_all();
    lookups_to_drop_.clear();
    if (!std::exchange(writing_, false)) return;
    try {
      database_.execute("ROLLBACK");
    } catch (const std::exception&) {
      // SQLite rolls back by itself where the failure was that bad.
    }
  }

 private:
  static_assert(sizeof(Fingerprint::bytes) == sizeof(Binding));

  void fingerprint_with(const SecretKey& key) {
    crypto_generichash_init(&keyed_hash_, key.data(), key.size(), sizeof(Binding));
  }

  void begin() {
    if (writing_) return;
    database_.begin_writing();
    writing_ = true;
  }

  void drop_lookups();
  bool opens(const StoredKey& stored, const SealedKey& named);
  SealedSecret seal_under(const SecretKey& key, std::string_view secret) const;
  Binding binding_of(const ProductId& product, std::uint64_t ordinal, View sealed) const;
  const SecretKey& subject_key(const std::string& subject);

  std::filesystem::path file_;
  sqlite::Database database_;
  sqlite::VaultSubjectKeys keys_;
  sqlite::VaultCardKeys card_keys_{database_};
  sqlite::VaultTexts texts_{database_};
  sqlite::VaultLookups lookups_{database_};
  sqlite::VaultErasures erasures_{database_};
  crypto_generichash_state keyed_hash_{};  // with the key of the fingerprints, and nothing of what is to be hashed
  std::vector<OrderId> lookups_to_drop_{};
  bool writing_{};
};

const SecretKey& SqliteVault::subject_key(const std::string& subject) {
  if (const auto* known = keys_.cached(subject)) return *known;
  begin();
  return keys_.find_or_make(subject);
}

SealedSecret SqliteVault::seal_under(const SecretKey& key, std::string_view secret) const {
  SealedSecret sealed;
  sealed.named.fingerprint = fingerprint(secret);
  sealed.ciphertext = seal_bytes(key, view(secret), sealed.named.fingerprint.bytes);
  sealed.named.digest = digest_of(sealed.ciphertext);
  return sealed;
}

SealedSecret SqliteVault::seal(const ProductId& product, const BatchId& batch, std::string_view secret) {
  return seal_under(subject_key(subject_of(product, batch)), secret);
}

std::shared_ptr<const SealedAhead> SqliteVault::seal_ahead(const ProductId& product, const BatchId& batch,
                                                           std::span<const std::string> secrets) {
  auto ahead = std::make_shared<SealedAhead>();
  ahead->key = keys_.find_or_offer(subject_of(product, batch));
  ahead->secrets.reserve(secrets.size());
  for (const auto& secret : secrets) ahead->secrets.push_back(seal_under(ahead->key, secret));
  return ahead;
}

bool SqliteVault::takes_over(const ProductId& product, const BatchId& batch, const SealedAhead& ahead) {
  const auto subject = subject_of(product, batch);
  const auto* known = keys_.cached(subject);
  if (known == nullptr) {
    begin();  // what is not there now, nobody else makes meanwhile
    known = &keys_.find_or_make(subject, ahead.key);
  }
  return sodium_memcmp(known->data(), ahead.key.data(), ahead.key.size()) == 0;
}

/// Ties a row to its place, so that a row put under another number is noticed by whoever reveals it.
Binding SqliteVault::binding_of(const ProductId& product, std::uint64_t ordinal, View sealed) const {
  std::array<char, place_bytes_max> text;
  const auto* end =
      fmt::format_to_n(text.data(), text.size(), FMT_COMPILE("card key/{}/{}/"), product.value, ordinal).out;
  const std::string_view place(text.data(), end);
  auto hash = keyed_hash_;
  crypto_generichash_update(&hash, view(place).data(), place.size());
  crypto_generichash_update(&hash, sealed.data(), sealed.size());
  Binding binding;
  crypto_generichash_final(&hash, binding.data(), binding.size());
  return binding;
}

void SqliteVault::put(const ProductId& product, const BatchId& batch, std::uint64_t first,
                      std::span<const SealedSecret> keys) {
  begin();
  const auto subject = subject_of(product, batch);
  for (const auto& key : keys) {
    card_keys_.put(product, first, subject, key, binding_of(product, first, key.ciphertext));
    ++first;
  }
}

std::shared_ptr<void> SqliteVault::hold_still() {
  database_.execute("BEGIN");
  return {this, [this](void*) { database_.raw().tryExec("ROLLBACK"); }};
}

std::vector<std::string> SqliteVault::reveal(const ProductId& product, const KeyRange& range) {
  const auto keys = card_keys_.find(product, range);
  if (keys.size() != range.count) {
    throw DamagedStore(fmt::format("{}: keys of {} are missing", file_.string(), product.value));
  }
  std::vector<std::string> secrets;
  for (auto ordinal = range.first; const auto& key : keys) {
    if (!std::ranges::equal(key.binding, binding_of(product, ordinal++, key.sealed))) {
      throw DamagedStore(fmt::format("{}: a key of {} is not the one of its number", file_.string(), product.value));
    }
    const auto* subject = keys_.find(key.subject);  // of a batch of keys, which nobody erases
    const auto plain = subject != nullptr ? open_bytes(*subject, key.sealed, key.fingerprint) : std::nullopt;
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

void SqliteVault::put_text(const TextName& name, const SealedSecret& text) {
  begin();
  texts_.put(name, text);
}

void SqliteVault::put_lookup(const OrderId& order, const MemberId& member, const BuyerLookup& lookup) {
  begin();
  std::erase(lookups_to_drop_, order);
  lookups_.put(order, upline::eventstore::subject_of(member), fingerprint(text_of(lookup)));
}

std::vector<OrderId> SqliteVault::looked_up(const BuyerLookup& lookup, const OrderId& after, std::size_t limit) {
  return lookups_.find(fingerprint(text_of(lookup)), after, limit);
}

std::optional<std::string> SqliteVault::lookup_subject(const OrderId& order) { return lookups_.subject_of(order); }

/// There hardly ever are any.
void SqliteVault::drop_lookups() {
  const auto orders = std::exchange(lookups_to_drop_, {});
  if (orders.empty()) return;
  const auto left_behind = lookups_.among(orders);
  if (left_behind.empty()) return;
  begin();
  for (const auto& order : left_behind) lookups_.drop(order);
}

std::optional<std::string> SqliteVault::text(const TextName& name) {
  const auto stored = texts_.find(name.name);
  if (!stored) return std::nullopt;
  const auto subject = keys_.stored(stored->subject);
  if (!subject) return std::nullopt;  // erased
  const auto plain = open_bytes(*subject, stored->sealed, bound_to(name, stored->fingerprint));
  if (!plain) throw DamagedStore(fmt::format("{}: the text {} cannot be opened", file_.string(), name.name));
  return std::string(plain->begin(), plain->end());
}

bool SqliteVault::holds_text(const TextName& name, const domain::SealedText& text) {
  const auto stored = texts_.find(name.name);
  return stored && std::ranges::equal(stored->fingerprint, text.fingerprint.bytes) &&
         digest_of(stored->sealed) == text.digest;
}

bool SqliteVault::erase_text(const TextName& name) {
  begin();
  if (!texts_.find(name.name)) return false;
  texts_.drop(name.name);
  erasures_.erase(name.subject);
  keys_.forget(name.subject);
  return true;
}

void SqliteVault::erase_subject(const std::string& subject) {
  keys_.forget(subject);
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
  const auto* subject = keys_.find(stored.subject);
  if (subject == nullptr) return false;
  const auto plain = open_bytes(*subject, stored.sealed, named.fingerprint.bytes);
  return plain && fingerprint({reinterpret_cast<const char*>(plain->data()), plain->size()}) == named.fingerprint;
} catch (const DamagedStore&) {
  return false;
}

bool SqliteVault::can_open(const ProductId& product, std::uint64_t first, std::span<const SealedKey> keys) {
  const auto stored = card_keys_.find(product, {first, keys.size()});
  return std::ranges::equal(stored, keys, [&](const StoredKey& have, const SealedKey& named) {
    return std::ranges::equal(have.binding, binding_of(product, first++, have.sealed)) && opens(have, named);
  });
}

bool SqliteVault::holds(const ProductId& product, std::uint64_t first, std::span<const SealedKey> keys) {
  const auto stored = card_keys_.find(product, {first, keys.size()});
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

SealedAhead::~SealedAhead() { sodium_memzero(key.data(), key.size()); }

std::string subject_of(const domain::MemberId& member) { return "member/" + member.value; }

std::unique_ptr<Vault> open_vault(const std::filesystem::path& folder, const SecretKey& master) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
  return std::make_unique<SqliteVault>(folder, master);
}

}  // namespace upline::eventstore
