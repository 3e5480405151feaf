// The vault's table of look-ups: which orders a buyer finds by a keyed hash of contact and secret. Who hashes, and
// whose transaction it is, is the vault's business.
#pragma once

#include "domain/fingerprint.hpp"
#include "domain/ids.hpp"
#include "eventstore/sqlite/database.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace upline::eventstore::sqlite {

class VaultLookups {
 public:
  explicit VaultLookups(Database& database) : database_(database) {}

  /// Replaces what the order had before.
  void put(const domain::OrderId& order, const std::string& subject, const domain::Fingerprint& print);
  /// At most `limit` orders behind `after`, in the order of their ids.
  std::vector<domain::OrderId> find(const domain::Fingerprint& print, const domain::OrderId& after, std::size_t limit);
  std::optional<std::string> subject_of(const domain::OrderId& order);
  /// Those that have one. One query, since each takes and gives back a lock on the file.
  std::vector<domain::OrderId> among(const std::vector<domain::OrderId>& orders);
  void drop(const domain::OrderId& order);

 private:
  Database& database_;
};

}  // namespace upline::eventstore::sqlite
