// The vault's table of subject keys: random keys, each sealed under the master key, of which one destroyed is
// everything lost that was sealed under it. Whose transaction it is, is the vault's business.
#pragma once

#include "eventstore/sqlite/database.hpp"
#include "eventstore/vault.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>

namespace upline::eventstore::sqlite {

/// The key that fingerprints are made with. No other is opened before it: it tells whether the master key is right.
constexpr const char* fingerprint_subject = "fingerprints";

class VaultSubjectKeys {
 public:
  /// `file` is the database's, for those who read of an error.
  VaultSubjectKeys(Database& database, std::filesystem::path file, const SecretKey& master);
  VaultSubjectKeys(const VaultSubjectKeys&) = delete;
  VaultSubjectKeys& operator=(const VaultSubjectKeys&) = delete;
  ~VaultSubjectKeys();

  /// As the table has it now, also where another process destroyed it. Throws DamagedStore where it cannot be opened,
  /// VaultKeyError where that is because of the master key.
  std::optional<SecretKey> stored(const std::string& subject);

  /// What is kept in memory; null where nothing is. Valid until the next call, as with the others.
  const SecretKey* cached(const std::string& subject) const;

  /// Kept in memory or stored; null where neither is.
  const SecretKey* find(const std::string& subject);
  const SecretKey& find_or_make(const std::string& subject);
  /// Where there is none, `key` is.
  const SecretKey& find_or_make(const std::string& subject, const SecretKey& key);

  /// The one that is there, else the one that this object always offers to whoever will make it. Writes nothing.
  const SecretKey& find_or_offer(const std::string& subject);

  /// In memory alone.
  void forget(const std::string& subject);
  void forget_all() noexcept;

  bool table_is_empty() { return database_.number("SELECT count(*) FROM subject_keys") == 0; }

 private:
  const SecretKey& make(const std::string& subject, const SecretKey& key);
  const SecretKey& remember(const std::string& subject, const SecretKey& key);

  Database& database_;
  std::filesystem::path file_;
  SecretKey master_;
  std::unordered_map<std::string, SecretKey> cached_;
  std::unordered_map<std::string, SecretKey> offered_;
};

}  // namespace upline::eventstore::sqlite
