// Where secrets lie: card keys encrypted under keys that can be destroyed, apart from the log, which names them only by
// number and keyed fingerprint. XChaCha20-Poly1305 and BLAKE2b of libsodium.
#pragma once

#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "eventstore/merkle.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace upline::eventstore {

constexpr std::size_t secret_bytes_max = 4096;

using SecretKey = std::array<std::uint8_t, 32>;

/// The master key is missing, unreadable, or not the one that this vault was sealed with.
class VaultKeyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads the master key: 64 hexadecimal digits. Throws VaultKeyError, also where others may read the file.
SecretKey read_master_key(const std::filesystem::path& file);

/// Makes a random master key (mode 0600) unless the file is there already.
void ensure_master_key(const std::filesystem::path& file);

/// A secret ready to be stored: what the event says of it, and what the vault keeps.
struct SealedSecret {
  domain::SealedKey named{};
  std::vector<std::uint8_t> ciphertext{};
};

/// Card keys of one batch that were sealed before anybody knew which of them are new to the shop.
struct SealedAhead {
  SecretKey key{};  // which sealed them: the batch's, or the one that it gets where it has none yet
  std::vector<SealedSecret> secrets{};

  SealedAhead() = default;
  SealedAhead(const SealedAhead&) = delete;
  SealedAhead& operator=(const SealedAhead&) = delete;
  ~SealedAhead();  // wipes the key
};

/// Under what a text is kept, and whose key seals it: erasing the subject erases the text.
struct TextName {
  std::string name{};     // `contact/<order>`, `delivery/<order>`, `payee/<member>`, `gateway/<name>`
  std::string subject{};  // `member/<id>`, `gateway/<name>`
};

/// Whom everything belongs to that goes when the member is erased.
std::string subject_of(const domain::MemberId& member);

TextName contact_name(const domain::OrderId& order, const domain::MemberId& member);
/// What a buyer gives to find its orders again.
struct BuyerLookup {
  std::string contact{};
  std::string secret{};
};

TextName delivery_name(const domain::OrderId& order, const domain::MemberId& member);

/// Which erasure of the log was the newest one when all of them had been carried out.
struct ErasureMark {
  domain::Position position{};
  Hash leaf_hash{};
  bool operator==(const ErasureMark&) const = default;
};

/// Writes belong to one transaction, from the first put or subject key to commit() or rollback(). One thread at a time.
class Vault {
 public:
  virtual ~Vault() = default;

  /// Equal for equal secrets of one shop. About 0.3 microseconds.
  virtual domain::Fingerprint fingerprint(std::string_view secret) const = 0;

  /// Seals a card key under the key of its batch, which is made where it is missing. About 2 microseconds.
  virtual SealedSecret seal(const domain::ProductId& product, const domain::BatchId& batch,
                            std::string_view secret) = 0;

  /// Seals card keys without writing anything, for a vault of another thread to take over. About 1.5 microseconds each.
  virtual std::shared_ptr<const SealedAhead> seal_ahead(const domain::ProductId& product, const domain::BatchId& batch,
                                                        std::span<const std::string> secrets) = 0;

  /// Whether they are sealed under the key of their batch, which is made theirs where it has none. Where not, another
  /// process was first: they have to be sealed again.
  virtual bool takes_over(const domain::ProductId& product, const domain::BatchId& batch, const SealedAhead& ahead) = 0;

  /// Keeps the keys first, first + 1, ... of a product's pool; an orphan of a crashed attempt is replaced.
  virtual void put(const domain::ProductId& product, const domain::BatchId& batch, std::uint64_t first,
                   std::span<const SealedSecret> keys) = 0;

  /// Until the handle is gone, reads see what was committed at the first of them, and share its cost. Not while
  /// writing.
  virtual std::shared_ptr<void> hold_still() = 0;

  /// The secrets of a range, in order. Throws where one is gone or was changed.
  virtual std::vector<std::string> reveal(const domain::ProductId& product, const domain::KeyRange& range) = 0;

  /// True when these ciphertexts open to secrets with the fingerprints named. About 5 microseconds a key.
  virtual bool can_open(const domain::ProductId& product, std::uint64_t first,
                        std::span<const domain::SealedKey> keys) = 0;

  /// True when the vault holds these keys as they were imported. Needs no secret: compares ciphertext digests.
  virtual bool holds(const domain::ProductId& product, std::uint64_t first,
                     std::span<const domain::SealedKey> keys) = 0;

  /// Seals a contact, or what was delivered by hand, under the key of whom it belongs to. About 2 microseconds.
  virtual SealedSecret seal_text(const TextName& name, std::string_view text) = 0;
  virtual void put_text(const TextName& name, const SealedSecret& text) = 0;

  /// The text, or nothing where it is not there (any more). Throws where it was changed.
  virtual std::optional<std::string> text(const TextName& name) = 0;
  virtual bool holds_text(const TextName& name, const domain::SealedText& text) = 0;

  /// The names of texts that begin like this (not empty), in bytewise order.
  virtual std::vector<std::string> text_names(std::string_view prefix) = 0;

  /// Destroys the text and the key of its subject, and with it every text of that subject; the subject's look-ups too.
  /// False where there is no such text.
  virtual bool erase_text(const TextName& name) = 0;

  /// Destroys every text and look-up of the subject, and its key. Writes nothing where there is nothing of it.
  virtual void erase_subject(const std::string& subject) = 0;
  virtual bool holds_subject(const std::string& subject) = 0;

  /// Writes the file's journal back and cuts it to nothing, so that no byte of what was erased is left in either.
  /// Outside of a transaction. Throws StoreBusy where others read or write for longer than that on end.
  virtual void clear_journal(std::chrono::milliseconds patience) = 0;

  /// Nothing where no erasure was ever finished.
  virtual std::optional<ErasureMark> erasures_done() = 0;
  virtual void put_erasures_done(const ErasureMark& mark) = 0;

  /// Keeps a keyed hash of contact and secret together, and neither of them; replaces what the order had before.
  virtual void put_lookup(const domain::OrderId& order, const domain::MemberId& member, const BuyerLookup& lookup) = 0;

  /// At most `limit` orders that were placed with both, from behind `after` on, in the order of their ids. A wrong
  /// secret and an unknown contact are the same to it: one look-up that finds nothing.
  virtual std::vector<domain::OrderId> looked_up(const BuyerLookup& lookup, const domain::OrderId& after,
                                                 std::size_t limit) = 0;

  /// Whose look-up of the order this is: the subject of its contact. Nothing where the order has none.
  virtual std::optional<std::string> lookup_subject(const domain::OrderId& order) = 0;

  /// With the commit. Writes nothing where the order has none.
  virtual void drop_lookup(const domain::OrderId& order) = 0;

  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;
};

/// Opens <folder>/vault.db, and makes it where it is missing. Throws VaultKeyError where the master key is not its own.
std::unique_ptr<Vault> open_vault(const std::filesystem::path& folder, const SecretKey& master);

}  // namespace upline::eventstore
