// The vault's table of card keys, each at its number in its product's pool, sealed. Who seals and opens, and whose
// transaction it is, is the vault's business.
#pragma once

#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "eventstore/sealed_bytes.hpp"
#include "eventstore/sqlite/database.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace upline::eventstore::sqlite {

struct StoredKey {
  std::string subject{};  // whose key sealed it
  Bytes fingerprint{};
  Bytes sealed{};
  Bytes binding{};  // to its place
};

class VaultCardKeys {
 public:
  explicit VaultCardKeys(Database& database) : database_(database) {}

  /// An orphan of a crashed attempt is replaced.
  void put(const domain::ProductId& product, std::uint64_t ordinal, const std::string& subject, const SealedSecret& key,
           View binding);
  /// Those that are there, in the order of their numbers.
  std::vector<StoredKey> find(const domain::ProductId& product, const domain::KeyRange& range);

 private:
  Database& database_;
};

}  // namespace upline::eventstore::sqlite
