#include "eventstore/sqlite/sqlite_event_store.hpp"

#include "eventstore/sqlite/store_and_pen.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace upline::eventstore::sqlite {

namespace {

using domain::Version;

/// The leaf hash covers 16 bits, so nothing may hide above them.
std::uint16_t number_16(const SQLite::Column& column, Position position) {
  const auto value = column.getInt64();
  if (value < 0 || value > UINT16_MAX) {
    throw DamagedStore(fmt::format("position {}: a type or schema number is out of range", position.value));
  }
  return static_cast<std::uint16_t>(value);
}

StoredEvent event_from(SQLite::Statement& row) {
  StoredEvent event;
  event.position = {unsigned_of(row.getColumn(0).getInt64())};
  event.stream = row.getColumn(1).getString();
  event.version = {unsigned_of(row.getColumn(2).getInt64())};
  event.previous = {unsigned_of(row.getColumn(3).getInt64())};
  event.type = number_16(row.getColumn(4), event.position);
  event.schema = number_16(row.getColumn(5), event.position);
  event.occurred_at = {row.getColumn(6).getInt64()};
  event.recorded_at = {row.getColumn(7).getInt64()};
  if (!row.isColumnNull(8)) {
    event.command = CommandMark{row.getColumn(8).getString(), {fixed_blob<32>(row.getColumn(9), "command digest")}};
  }
  event.actor = row.getColumn(10).getString();
  event.salt = fixed_blob<16>(row.getColumn(11), "salt");
  const auto payload_column = row.getColumn(12);
  const auto payload = blob(payload_column);
  event.payload.assign(payload.begin(), payload.end());
  event.leaf_hash = {fixed_blob<32>(row.getColumn(13), "leaf hash")};
  return event;
}

}  // namespace

constexpr const char* select_head = "SELECT position, recorded_at, frontier FROM head";

LogHead SqliteEventStore::head() {
  if (pen_ != nullptr) return pen_->head_;
  auto& row = database_.statement(select_head);
  const EndOfQuery end(row);
  if (!row.executeStep()) throw DamagedStore(fmt::format("{}: the head is missing", file_.string()));
  LogHead head{{unsigned_of(row.getColumn(0).getInt64())}, {row.getColumn(1).getInt64()}, {}};
  const auto column = row.getColumn(2);
  auto tree = MerkleFrontier::parse(head.position.value, blob(column));
  if (!tree) throw DamagedStore(fmt::format("{}: {}", file_.string(), tree.error()));
  head.tree = std::move(*tree);
  return head;
}

constexpr const char* select_range =
    "SELECT position, stream, version, previous, type, schema, occurred_at, recorded_at, command_id, command_digest, "
    "actor, salt, payload, leaf_hash FROM events WHERE position BETWEEN ?1 AND ?2 ORDER BY position";

void SqliteEventStore::read(Position from, Position to, const std::function<bool(const StoredEvent&)>& visit) {
  // A statement of its own, since the visitor may read other ranges.
  auto rows = database_.own_statement(select_range);
  rows.bind(1, signed_of(from.value));
  rows.bind(2, signed_of(to.value));
  while (rows.executeStep()) {
    if (!visit(event_from(rows))) return;
  }
}

std::optional<StoredEvent> SqliteEventStore::read_one(Position position) {
  auto& row = database_.statement(select_range);
  const EndOfQuery end(row);
  row.bind(1, signed_of(position.value));
  row.bind(2, signed_of(position.value));
  if (!row.executeStep()) return std::nullopt;
  return event_from(row);
}

constexpr const char* select_stream_head = "SELECT version, position FROM streams WHERE stream = ?1";

StreamHead SqliteEventStore::stream_head(std::string_view stream) {
  return pen_ != nullptr ? pen_->head_of(stream).head : stored_stream_head(stream);
}

StreamHead SqliteEventStore::stored_stream_head(std::string_view stream) {
  auto& row = database_.statement(select_stream_head);
  const EndOfQuery end(row);
  bind_text(row, 1, stream);
  if (!row.executeStep()) return {};
  return {{unsigned_of(row.getColumn(0).getInt64())}, {unsigned_of(row.getColumn(1).getInt64())}};
}

std::vector<StoredEvent> SqliteEventStore::read_stream(std::string_view stream) {
  std::vector<StoredEvent> events;
  auto [version, at] = stream_head(stream);
  for (; at != Position{0}; at = events.back().previous, --version.value) {
    auto event = read_one(at);
    if (!event) throw DamagedStore(fmt::format("position {}: the event is missing", at.value));
    events.push_back(std::move(*event));
    const auto& found = events.back();
    if (found.stream != stream || found.version != version || found.previous >= at) {
      throw DamagedStore(fmt::format("position {}: the link to the event before in {} is broken", at.value, stream));
    }
  }
  if (version != Version{0}) throw DamagedStore(fmt::format("{}: its first events are missing", stream));
  std::ranges::reverse(events);
  return events;
}

constexpr const char* select_stream_names =
    "SELECT stream FROM streams WHERE stream >= ?1 AND stream < ?2 ORDER BY stream";

std::vector<std::string> SqliteEventStore::stream_names(std::string_view prefix) {
  auto& row = database_.statement(select_stream_names);
  const EndOfQuery end(row);
  std::string behind(prefix);
  ++behind.back();
  bind_text(row, 1, prefix);
  bind_text(row, 2, behind);
  std::vector<std::string> names;
  while (row.executeStep()) names.push_back(row.getColumn(0).getString());
  return names;
}

constexpr const char* select_claim = "SELECT position FROM claims WHERE kind = ?1 AND key = ?2";

std::optional<Position> SqliteEventStore::claimed(ClaimKind kind, ClaimKey key) {
  auto& row = database_.statement(select_claim);
  const EndOfQuery end(row);
  row.bind(1, static_cast<int>(kind));
  bind_blob(row, 2, key);
  if (!row.executeStep()) return std::nullopt;
  return Position{unsigned_of(row.getColumn(0).getInt64())};
}

constexpr const char* select_claims = "SELECT key, position FROM claims WHERE kind = ?1 ORDER BY key";

std::vector<std::pair<std::string, Position>> SqliteEventStore::claims(ClaimKind kind) {
  auto& rows = database_.statement(select_claims);
  const EndOfQuery end(rows);
  rows.bind(1, static_cast<int>(kind));
  std::vector<std::pair<std::string, Position>> found;
  while (rows.executeStep()) {
    const auto column = rows.getColumn(0);
    const auto key = blob(column);
    found.emplace_back(std::string(key.begin(), key.end()), Position{unsigned_of(rows.getColumn(1).getInt64())});
  }
  return found;
}

constexpr const char* select_snapshot = "SELECT schema, state FROM snapshots WHERE name = ?1";

std::optional<Snapshot> SqliteEventStore::snapshot(std::string_view name) {
  auto& row = database_.statement(select_snapshot);
  const EndOfQuery end(row);
  bind_text(row, 1, name);
  if (!row.executeStep()) return std::nullopt;
  const auto column = row.getColumn(1);
  const auto state = blob(column);
  return Snapshot{row.getColumn(0).getUInt(), {state.begin(), state.end()}};
}

constexpr const char* select_snapshots =
    "SELECT name, schema, state FROM snapshots WHERE name >= ?1 AND name < ?1 || char(1114111) ORDER BY name";

std::vector<std::pair<std::string, Snapshot>> SqliteEventStore::snapshots(std::string_view prefix) {
  std::vector<std::pair<std::string, Snapshot>> all;
  auto& row = database_.statement(select_snapshots);
  const EndOfQuery end(row);
  bind_text(row, 1, prefix);
  while (row.executeStep()) {
    const auto column = row.getColumn(2);
    const auto state = blob(column);
    all.emplace_back(row.getColumn(0).getString(), Snapshot{row.getColumn(1).getUInt(), {state.begin(), state.end()}});
  }
  return all;
}

constexpr const char* select_import = "SELECT progress FROM imports WHERE import_id = ?1";

std::optional<std::string> SqliteEventStore::import_progress(std::string_view import_id) {
  auto& row = database_.statement(select_import);
  const EndOfQuery end(row);
  bind_text(row, 1, import_id);
  if (!row.executeStep()) return std::nullopt;
  return row.getColumn(0).getString();
}

constexpr const char* select_rejects =
    "SELECT file, line, code, message FROM import_rejects WHERE import_id = ?1 ORDER BY number";

void SqliteEventStore::read_import_rejects(std::string_view import_id,
                                           const std::function<void(const ImportReject&)>& visit) {
  auto& row = database_.statement(select_rejects);
  const EndOfQuery end(row);
  bind_text(row, 1, import_id);
  while (row.executeStep()) {
    visit({row.getColumn(0).getString(), unsigned_of(row.getColumn(1).getInt64()), row.getColumn(2).getString(),
           row.getColumn(3).getString()});
  }
}

constexpr const char* select_node = "SELECT hash FROM merkle_nodes WHERE level = ?1 AND node = ?2";

std::optional<Hash> SqliteEventStore::merkle_node(int level, std::uint64_t index) {
  auto& row = database_.statement(select_node);
  const EndOfQuery end(row);
  row.bind(1, level);
  row.bind(2, signed_of(index));
  if (!row.executeStep()) return std::nullopt;
  return Hash{fixed_blob<32>(row.getColumn(0), "tree node")};
}

constexpr const char* select_stream_heads = "SELECT stream, version, position FROM streams";

void SqliteEventStore::visit_stream_heads(const std::function<void(std::string_view, const StreamHead&)>& visit) {
  auto rows = database_.own_statement(select_stream_heads);
  while (rows.executeStep()) {
    const auto stream = rows.getColumn(0).getString();
    visit(stream, {{unsigned_of(rows.getColumn(1).getInt64())}, {unsigned_of(rows.getColumn(2).getInt64())}});
  }
}

constexpr const char* select_all_claims = "SELECT kind, key, position FROM claims";

void SqliteEventStore::visit_claims(const std::function<void(ClaimKind, ClaimKey, Position)>& visit) {
  auto rows = database_.own_statement(select_all_claims);
  while (rows.executeStep()) {
    const auto key = rows.getColumn(1);
    visit(static_cast<ClaimKind>(rows.getColumn(0).getInt()), blob(key), {unsigned_of(rows.getColumn(2).getInt64())});
  }
}

std::unique_ptr<EventStore> SqliteEventStore::another_reader() const {
  return std::make_unique<SqliteEventStore>(folder_);
}

std::shared_ptr<void> SqliteEventStore::hold_still() {
  database_.execute("BEGIN");
  std::shared_ptr<void> handle(this, [this](void*) {
    try {
      database_.execute("ROLLBACK");
    } catch (const std::exception&) {
      // Where a read failed badly, SQLite has ended the transaction by itself.
    }
  });
  head();  // the first read is what fixes the snapshot
  return handle;
}

std::unique_ptr<Pen> SqliteEventStore::take_pen(std::chrono::milliseconds patience) {
  assert(pen_ == nullptr);
  return std::make_unique<SqlitePen>(*this, PenLock(folder_, patience));
}

std::unique_ptr<EventStore> open_event_store(const std::filesystem::path& folder) {
  return std::make_unique<SqliteEventStore>(folder);
}

}  // namespace upline::eventstore::sqlite
