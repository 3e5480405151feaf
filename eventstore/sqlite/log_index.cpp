#include "eventstore/sqlite/log_index.hpp"

#include "eventstore/sqlite/bindings.hpp"
#include "eventstore/sqlite/transaction.hpp"

#include <algorithm>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace upline::eventstore::sqlite {

using domain::Position;

namespace {

std::filesystem::path file_in(const std::filesystem::path& folder) { return folder / "index.db"; }

/// In front of the first name that does not begin like this.
std::string end_of(std::string_view prefix) {
  std::string end(prefix);
  ++end.back();
  return end;
}

/// Neighbours in the tree of pages are written together.
template <class Value>
std::vector<std::pair<std::string_view, Value>> sorted(const NameTable<Value>& entries) {
  std::vector<std::pair<std::string_view, Value>> all(entries.begin(), entries.end());
  std::ranges::sort(all, {}, [](const auto& entry) { return entry.first; });
  return all;
}

}  // namespace

/// Whoever decides looks up names that lie anywhere: the inner pages of a large index at least are to stay.
constexpr int asking_cache_mib = 8;
constexpr int indexing_cache_mib = 16;

LogIndex::LogIndex(const std::filesystem::path& folder)
    : file_(file_in(folder)),
      database_(file_, {.migrations = "log_index",
                        .durability = Durability::normal,
                        .cache_mib = asking_cache_mib,
                        .writing_cache_mib = indexing_cache_mib}) {}

void LogIndex::remove(const std::filesystem::path& folder) {
  // SQLite throws the journal of an empty file away; a file without its journal would be half of what it was.
  for (const auto* ending : {"", "-wal", "-shm"}) std::filesystem::remove(file_in(folder).concat(ending));
}

constexpr const char* select_progress = "SELECT position, leaf_hash FROM progress";

LogIndex::Progress LogIndex::progress() {
  auto& row = database_.statement(select_progress);
  const EndOfQuery end(row);
  if (!row.executeStep()) throw DamagedStore(fmt::format("{}: its progress is missing; remove it", file_.string()));
  Progress progress{.position = {unsigned_of(row.getColumn(0).getInt64())}};
  if (progress.position > Position{0}) progress.leaf_hash = {fixed_blob<32>(row.getColumn(1), "leaf hash")};
  return progress;
}

constexpr const char* select_stream = "SELECT version, position FROM streams WHERE stream = ?1";

std::optional<StreamHead> LogIndex::stream_head(std::string_view stream) {
  auto& row = database_.statement(select_stream);
  const EndOfQuery end(row);
  bind_text(row, 1, stream);
  if (!row.executeStep()) return std::nullopt;
  return StreamHead{{unsigned_of(row.getColumn(0).getInt64())}, {unsigned_of(row.getColumn(1).getInt64())}};
}

constexpr const char* select_claim = "SELECT position FROM claims WHERE kind = ?1 AND key = ?2";

std::optional<Position> LogIndex::claimed(ClaimKind kind, ClaimKey key) {
  auto& row = database_.statement(select_claim);
  const EndOfQuery end(row);
  row.bind(1, static_cast<int>(kind));
  bind_blob(row, 2, key);
  if (!row.executeStep()) return std::nullopt;
  return Position{unsigned_of(row.getColumn(0).getInt64())};
}

constexpr const char* select_last_stream =
    "SELECT stream FROM streams WHERE stream >= ?1 AND stream < ?2 ORDER BY stream DESC LIMIT 1";

std::string LogIndex::last_stream(std::string_view prefix) {
  auto& row = database_.statement(select_last_stream);
  const EndOfQuery end(row);
  const auto behind = end_of(prefix);
  bind_text(row, 1, prefix);
  bind_text(row, 2, behind);
  return row.executeStep() ? row.getColumn(0).getString() : std::string();
}

constexpr const char* select_last_claim = "SELECT key FROM claims WHERE kind = ?1 ORDER BY key DESC LIMIT 1";

std::string LogIndex::last_claim(ClaimKind kind) {
  auto& row = database_.statement(select_last_claim);
  const EndOfQuery end(row);
  row.bind(1, static_cast<int>(kind));
  return row.executeStep() ? row.getColumn(0).getString() : std::string();
}

constexpr const char* select_streams = "SELECT stream, version, position FROM streams";

void LogIndex::visit_streams(const std::function<void(std::string_view, const StreamHead&)>& visit) {
  auto rows = database_.own_statement(select_streams);
  while (rows.executeStep()) {
    const auto stream = rows.getColumn(0).getString();
    visit(stream, {{unsigned_of(rows.getColumn(1).getInt64())}, {unsigned_of(rows.getColumn(2).getInt64())}});
  }
}

constexpr const char* select_names = "SELECT stream FROM streams WHERE stream > ?1 AND stream < ?2 ORDER BY stream";

/// No stream has a prefix alone as its name.
void LogIndex::visit_streams(std::string_view prefix, std::string_view after,
                             const std::function<bool(std::string_view)>& visit) {
  auto rows = database_.own_statement(select_names);
  const auto first = std::max(prefix, after);
  const auto behind = end_of(prefix);
  bind_text(rows, 1, first);
  bind_text(rows, 2, behind);
  while (rows.executeStep() && visit(rows.getColumn(0).getString())) {
  }
}

constexpr const char* select_all_claims = "SELECT kind, key, position FROM claims";

void LogIndex::visit_claims(const std::function<void(ClaimKind, ClaimKey, Position)>& visit) {
  auto rows = database_.own_statement(select_all_claims);
  while (rows.executeStep()) {
    const auto key = rows.getColumn(1);
    visit(static_cast<ClaimKind>(rows.getColumn(0).getInt()), blob(key), {unsigned_of(rows.getColumn(2).getInt64())});
  }
}

constexpr const char* select_claims = "SELECT key, position FROM claims WHERE kind = ?1 ORDER BY key";

void LogIndex::visit_claims(ClaimKind kind, const std::function<void(ClaimKey, Position)>& visit) {
  auto rows = database_.own_statement(select_claims);
  rows.bind(1, static_cast<int>(kind));
  while (rows.executeStep()) {
    const auto key = rows.getColumn(0);
    visit(blob(key), {unsigned_of(rows.getColumn(1).getInt64())});
  }
}

std::uint64_t LogIndex::stream_count() { return unsigned_of(database_.number("SELECT count(*) FROM streams")); }
std::uint64_t LogIndex::claim_count() { return unsigned_of(database_.number("SELECT count(*) FROM claims")); }

constexpr const char* update_progress = "UPDATE progress SET position = ?1, leaf_hash = ?2";

/// What was written the last time goes into the file first: by now, who reads sees all of it, so the journal can begin
/// anew. At the commit somebody would still be reading what was there before.
void LogIndex::take_in(const IndexEntries& entries) {
  database_.execute("PRAGMA wal_checkpoint(PASSIVE)");
  Transaction transaction(database_);
  const auto have = progress().position;
  if (have >= entries.to) return;
  if (have < entries.after) {
    throw DamagedStore(fmt::format("{} knows the events up to {}, and lacks those up to {}; remove it", file_.string(),
                                   have.value, entries.after.value));
  }
  write_heads(entries);
  write_claims(entries);
  auto& row = database_.statement(update_progress);
  row.bind(1, signed_of(entries.to.value));
  bind_blob(row, 2, entries.last_leaf.bytes);
  row.exec();
  transaction.commit();
}

constexpr const char* upsert_stream =
    "INSERT INTO streams (stream, version, position) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (stream) DO UPDATE SET version = excluded.version, position = excluded.position "
    "WHERE excluded.position > position";

void LogIndex::write_heads(const IndexEntries& entries) {
  std::string name;
  for (const auto& [stream, head] : sorted(entries.heads)) {
    auto& row = database_.statement(upsert_stream);
    row.bindNoCopy(1, name.assign(stream));
    row.bind(2, signed_of(head.version.value));
    row.bind(3, signed_of(head.position.value));
    row.exec();
  }
}

/// What is claimed already was claimed by the same event: the pen, and who claims with it, let nothing be claimed
/// twice.
constexpr const char* insert_claim =
    "INSERT INTO claims (kind, key, position) VALUES (?1, ?2, ?3) ON CONFLICT (kind, key) DO NOTHING";

void LogIndex::write_claims(const IndexEntries& entries) {
  for (const auto& [name, position] : sorted(entries.claims)) {
    auto& row = database_.statement(insert_claim);
    row.bind(1, static_cast<int>(kind_of(name)));
    bind_blob(row, 2, key_of(name));
    row.bind(3, signed_of(position.value));
    row.exec();
  }
}

Position LogIndex::hold_still() {
  database_.execute("BEGIN");
  try {
    return progress().position;  // the first read is what fixes the snapshot
  } catch (...) {
    end_stillness();
    throw;
  }
}

void LogIndex::end_stillness() noexcept { database_.raw().tryExec("ROLLBACK"); }

}  // namespace upline::eventstore::sqlite
