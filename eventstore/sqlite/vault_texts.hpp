// The vault's table of texts: contacts, what was delivered by hand, payee accounts, gateways' secrets, all of them
// sealed. Who seals and opens, and whose transaction it is, is the vault's business.
#pragma once

#include "eventstore/sealed_bytes.hpp"
#include "eventstore/sqlite/database.hpp"
#include "eventstore/vault.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace upline::eventstore::sqlite {

struct StoredText {
  std::string subject{};
  Bytes fingerprint{};
  Bytes sealed{};
};

class VaultTexts {
 public:
  explicit VaultTexts(Database& database) : database_(database) {}

  /// An orphan of a crashed attempt is replaced.
  void put(const TextName& name, const SealedSecret& text);
  std::optional<StoredText> find(const std::string& name);
  /// Those that begin like this (not empty), in bytewise order.
  std::vector<std::string> names(std::string_view prefix);
  void drop(const std::string& name);

 private:
  Database& database_;
};

}  // namespace upline::eventstore::sqlite
