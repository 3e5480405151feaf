#include "eventstore/sqlite/vault_erasures.hpp"

#include "eventstore/sqlite/bindings.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <thread>

namespace upline::eventstore::sqlite {

namespace {

constexpr std::array deletes{"DELETE FROM texts WHERE subject = ?1", "DELETE FROM lookups WHERE subject = ?1",
                             "DELETE FROM subject_keys WHERE subject = ?1"};

constexpr std::array selects{"SELECT 1 FROM texts WHERE subject = ?1 LIMIT 1",
                             "SELECT 1 FROM lookups WHERE subject = ?1 LIMIT 1",
                             "SELECT 1 FROM subject_keys WHERE subject = ?1"};

}  // namespace

void VaultErasures::erase(const std::string& subject) {
  for (const auto* sql : deletes) {
    auto& row = database_.statement(sql);
    bind_text(row, 1, subject);
    row.exec();
  }
}

bool VaultErasures::any(const char* sql, const std::string& subject) {
  auto& row = database_.statement(sql);
  const EndOfQuery end(row);
  bind_text(row, 1, subject);
  return row.executeStep();
}

bool VaultErasures::holds(const std::string& subject) {
  return std::ranges::any_of(selects, [&](const char* sql) { return any(sql, subject); });
}

/// It is waited for here, not by SQLite, which would do so for ten seconds.
bool VaultErasures::clear_journal(std::chrono::milliseconds patience) {
  const Database::Impatience impatience(database_);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (database_.number("PRAGMA wal_checkpoint(TRUNCATE)") != 0) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

namespace {

constexpr const char* select_done = "SELECT position, leaf_hash FROM erasures_done";

}  // namespace

std::optional<ErasureMark> VaultErasures::done() {
  auto& row = database_.statement(select_done);
  const EndOfQuery end(row);
  if (!row.executeStep()) return std::nullopt;
  return ErasureMark{{unsigned_of(row.getColumn(0).getInt64())}, {fixed_blob<32>(row.getColumn(1), "leaf hash")}};
}

namespace {

constexpr const char* upsert_done =
    "INSERT INTO erasures_done (only, position, leaf_hash) VALUES (1, ?1, ?2) "
    "ON CONFLICT (only) DO UPDATE SET position = excluded.position, leaf_hash = excluded.leaf_hash";

}  // namespace

void VaultErasures::put_done(const ErasureMark& mark) {
  auto& row = database_.statement(upsert_done);
  row.bind(1, static_cast<std::int64_t>(mark.position.value));
  bind_blob(row, 2, mark.leaf_hash.bytes);
  row.exec();
}

}  // namespace upline::eventstore::sqlite
