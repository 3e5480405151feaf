// What belongs to one subject in the vault's tables, and how it goes without a trace. Whose transaction it is, is the
// vault's business.
#pragma once

#include "eventstore/sqlite/database.hpp"
#include "eventstore/vault.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace upline::eventstore::sqlite {

class VaultErasures {
 public:
  /// The database must have secure_delete: what a page held is overwritten.
  explicit VaultErasures(Database& database) : database_(database) {}

  bool holds(const std::string& subject);
  /// Its texts, its look-ups, and its key.
  void erase(const std::string& subject);

  /// False where others were in the way all the time.
  bool clear_journal(std::chrono::milliseconds patience);

  std::optional<ErasureMark> done();
  void put_done(const ErasureMark& mark);

 private:
  bool any(const char* sql, const std::string& subject);

  Database& database_;
};

}  // namespace upline::eventstore::sqlite
