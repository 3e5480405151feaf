#include "eventstore/sqlite/sqlite_event_store.hpp"

#include "eventstore/event_codec.hpp"
#include "eventstore/sqlite/database.hpp"
#include "eventstore/sqlite/pen_lock.hpp"

#include <algorithm>
#include <cassert>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace upline::eventstore::sqlite {

namespace {

using domain::Position;
using domain::Timestamp;
using domain::Version;

std::int64_t signed_of(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t unsigned_of(std::int64_t value) { return static_cast<std::uint64_t>(value); }

std::span<const std::uint8_t> blob(const SQLite::Column& column) {
  return {static_cast<const std::uint8_t*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

template <std::size_t N>
std::array<std::uint8_t, N> fixed_blob(const SQLite::Column& column, const char* what) {
  const auto bytes = blob(column);
  if (bytes.size() != N) throw DamagedStore(fmt::format("a {} has {} bytes", what, bytes.size()));
  std::array<std::uint8_t, N> out;
  std::ranges::copy(bytes, out.begin());
  return out;
}

void bind_blob(SQLite::Statement& statement, int index, std::span<const std::uint8_t> bytes) {
  // An empty span may have a null pointer, which SQLite would bind as NULL.
  statement.bindNoCopy(index, bytes.empty() ? static_cast<const void*>("") : bytes.data(),
                       static_cast<int>(bytes.size()));
}

void bind_text(SQLite::Statement& statement, int index, std::string_view text) {
  statement.bind(index, std::string(text));
}

/// Ends a query when its reader is done, also by an exception: one left open keeps this connection in the past, where
/// it sees nothing new and gets no pen.
class EndOfQuery {
 public:
  explicit EndOfQuery(SQLite::Statement& query) : query_(query) {}
  EndOfQuery(const EndOfQuery&) = delete;
  EndOfQuery& operator=(const EndOfQuery&) = delete;
  ~EndOfQuery() { query_.tryReset(); }

 private:
  SQLite::Statement& query_;
};

constexpr int event_columns = 14;

StoredEvent event_from(SQLite::Statement& row) {
  StoredEvent event;
  event.position = {unsigned_of(row.getColumn(0).getInt64())};
  event.stream = row.getColumn(1).getString();
  event.version = {unsigned_of(row.getColumn(2).getInt64())};
  event.previous = {unsigned_of(row.getColumn(3).getInt64())};
  event.type = static_cast<std::uint16_t>(row.getColumn(4).getInt());
  event.schema = static_cast<std::uint16_t>(row.getColumn(5).getInt());
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

/// Heterogeneous look-up, so that a stream's name is not copied to be found.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// A stream's head as this batch knows it; those that were only looked up need not be written.
struct BatchHead {
  StreamHead head{};
  bool changed{};
};
using BatchHeads = std::unordered_map<std::string, BatchHead, TextHash, std::equal_to<>>;

class SqlitePen;

class SqliteEventStore final : public EventStore {
 public:
  explicit SqliteEventStore(const std::filesystem::path& folder)
      : folder_(folder), file_(folder / "events.db"), database_(file_, {.migrations = "events"}) {}

  LogHead head() override;
  void read(Position from, Position to, const std::function<bool(const StoredEvent&)>& visit) override;
  std::optional<StoredEvent> read_one(Position position) override;
  StreamHead stream_head(std::string_view stream) override;
  StreamHead stored_stream_head(std::string_view stream);
  std::vector<StoredEvent> read_stream(std::string_view stream) override;
  std::optional<Position> claimed(ClaimKind kind, ClaimKey key) override;
  std::optional<Snapshot> snapshot(std::string_view name) override;
  std::vector<std::pair<std::string, Snapshot>> snapshots() override;
  std::optional<std::string> import_progress(std::string_view import_id) override;
  void read_import_rejects(std::string_view import_id, const std::function<void(const ImportReject&)>& visit) override;
  std::uint64_t stream_count() override { return count("SELECT count(*) FROM streams"); }
  std::uint64_t claim_count() override { return count("SELECT count(*) FROM claims"); }
  std::optional<Hash> merkle_node(int level, std::uint64_t index) override;
  std::shared_ptr<void> hold_still() override;
  std::unique_ptr<Pen> take_pen(std::chrono::milliseconds patience) override;
  std::uint64_t statements_run() const override { return database_.statements_run(); }

 private:
  friend class SqlitePen;

  std::uint64_t count(const char* sql) { return unsigned_of(database_.raw().execAndGet(sql).getInt64()); }

  std::filesystem::path folder_;
  std::filesystem::path file_;
  Database database_;
  SqlitePen* pen_{};  // while it is out: its heads are newer than the table's
};

class SqlitePen final : public Pen {
 public:
  SqlitePen(SqliteEventStore& store, PenLock lock);
  ~SqlitePen() override;
  SqlitePen(const SqlitePen&) = delete;
  SqlitePen& operator=(const SqlitePen&) = delete;

  StoredEvent append(EventDraft draft, Timestamp now) override;
  void claim(ClaimKind kind, ClaimKey key, Position position) override;
  void put_snapshot(std::string_view name, const Snapshot& snapshot) override;
  void drop_snapshots() override { database_.execute("DELETE FROM snapshots"); }
  void put_import_progress(std::string_view import_id, std::string_view progress) override;
  void add_import_reject(std::string_view import_id, std::uint64_t number, const ImportReject& reject) override;
  void commit() override;

 private:
  friend class SqliteEventStore;

  BatchHead& head_of(std::string_view stream);
  void insert(const StoredEvent& event);
  void write_heads();

  SqliteEventStore& store_;
  Database& database_;
  PenLock lock_;  // declared after the store, so let go of after the transaction ended
  LogHead head_;
  BatchHeads heads_;  // of the streams that this batch read or touched
  bool open_{};
};

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
  SQLite::Statement rows(database_.raw(), select_range);
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

constexpr const char* select_claim = "SELECT position FROM claims WHERE kind = ?1 AND key = ?2";

std::optional<Position> SqliteEventStore::claimed(ClaimKind kind, ClaimKey key) {
  auto& row = database_.statement(select_claim);
  const EndOfQuery end(row);
  row.bind(1, static_cast<int>(kind));
  bind_blob(row, 2, key);
  if (!row.executeStep()) return std::nullopt;
  return Position{unsigned_of(row.getColumn(0).getInt64())};
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

constexpr const char* select_snapshots = "SELECT name, schema, state FROM snapshots ORDER BY name";

std::vector<std::pair<std::string, Snapshot>> SqliteEventStore::snapshots() {
  std::vector<std::pair<std::string, Snapshot>> all;
  auto& row = database_.statement(select_snapshots);
  const EndOfQuery end(row);
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

std::shared_ptr<void> SqliteEventStore::hold_still() {
  database_.execute("BEGIN");
  std::shared_ptr<void> handle(this, [this](void*) { database_.execute("ROLLBACK"); });
  head();  // the first read is what fixes the snapshot
  return handle;
}

std::unique_ptr<Pen> SqliteEventStore::take_pen(std::chrono::milliseconds patience) {
  assert(pen_ == nullptr);
  return std::make_unique<SqlitePen>(*this, PenLock(folder_, patience));
}

SqlitePen::SqlitePen(SqliteEventStore& store, PenLock lock)
    : store_(store), database_(store.database_), lock_(std::move(lock)) {
  try {
    database_.execute("BEGIN IMMEDIATE");
  } catch (const SQLite::Exception& error) {
    rethrow(error, store_.file_);
  }
  open_ = true;
  try {
    head_ = store_.head();
  } catch (...) {
    database_.execute("ROLLBACK");
    throw;
  }
  store_.pen_ = this;
}

SqlitePen::~SqlitePen() {
  store_.pen_ = nullptr;
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const SQLite::Exception&) {
    // SQLite rolls back by itself where the failure was that bad; closing the file does the rest.
  }
}

BatchHead& SqlitePen::head_of(std::string_view stream) {
  if (const auto known = heads_.find(stream); known != heads_.end()) return known->second;
  return heads_.emplace(std::string(stream), BatchHead{store_.stored_stream_head(stream)}).first->second;
}

constexpr const char* insert_node = "INSERT INTO merkle_nodes (level, node, hash) VALUES (?1, ?2, ?3)";

StoredEvent SqlitePen::append(EventDraft draft, Timestamp now) {
  auto& stream = head_of(draft.stream);
  const auto before = stream.head;
  StoredEvent event{.position = {head_.position.value + 1},
                    .stream = std::move(draft.stream),
                    .version = {before.version.value + 1},
                    .previous = before.position,
                    .type = draft.type,
                    .schema = draft.schema,
                    .occurred_at = draft.occurred_at,
                    .recorded_at = std::max(now, head_.recorded_at),
                    .command = std::move(draft.command),
                    .actor = std::move(draft.actor),
                    .salt = draft.salt,
                    .payload = std::move(draft.payload)};
  event.leaf_hash = hash_of(event);
  insert(event);
  head_.tree.append(event.leaf_hash, [&](int level, std::uint64_t index, const Hash& node) {
    auto& row = database_.statement(insert_node);
    row.bind(1, level);
    row.bind(2, signed_of(index));
    bind_blob(row, 3, node.bytes);
    row.exec();
  });
  head_.position = event.position;
  head_.recorded_at = event.recorded_at;
  stream = {{event.version, event.position}, true};
  return event;
}

constexpr const char* insert_event =
    "INSERT INTO events (position, stream, version, previous, type, schema, occurred_at, recorded_at, command_id, "
    "command_digest, actor, salt, payload, leaf_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
    "?14)";

void SqlitePen::insert(const StoredEvent& event) {
  auto& row = database_.statement(insert_event);
  row.bind(1, signed_of(event.position.value));
  row.bindNoCopy(2, event.stream);
  row.bind(3, signed_of(event.version.value));
  row.bind(4, signed_of(event.previous.value));
  row.bind(5, static_cast<int>(event.type));
  row.bind(6, static_cast<int>(event.schema));
  row.bind(7, event.occurred_at.microseconds);
  row.bind(8, event.recorded_at.microseconds);
  if (event.command) {
    row.bindNoCopy(9, event.command->id);
    bind_blob(row, 10, event.command->digest.bytes);
  }
  row.bindNoCopy(11, event.actor);
  bind_blob(row, 12, event.salt);
  bind_blob(row, 13, event.payload);
  static_assert(event_columns == 14);
  bind_blob(row, 14, event.leaf_hash.bytes);
  row.exec();
}

constexpr const char* insert_claim = "INSERT INTO claims (kind, key, position) VALUES (?1, ?2, ?3)";

void SqlitePen::claim(ClaimKind kind, ClaimKey key, Position position) {
  auto& row = database_.statement(insert_claim);
  row.bind(1, static_cast<int>(kind));
  bind_blob(row, 2, key);
  row.bind(3, signed_of(position.value));
  row.exec();
}

constexpr const char* upsert_snapshot =
    "INSERT INTO snapshots (name, schema, state) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (name) DO UPDATE SET schema = excluded.schema, state = excluded.state";

void SqlitePen::put_snapshot(std::string_view name, const Snapshot& snapshot) {
  auto& row = database_.statement(upsert_snapshot);
  bind_text(row, 1, name);
  row.bind(2, snapshot.schema);
  bind_blob(row, 3, snapshot.state);
  row.exec();
}

constexpr const char* upsert_import =
    "INSERT INTO imports (import_id, progress) VALUES (?1, ?2) "
    "ON CONFLICT (import_id) DO UPDATE SET progress = excluded.progress";

void SqlitePen::put_import_progress(std::string_view import_id, std::string_view progress) {
  auto& row = database_.statement(upsert_import);
  bind_text(row, 1, import_id);
  bind_text(row, 2, progress);
  row.exec();
}

constexpr const char* insert_reject =
    "INSERT INTO import_rejects (import_id, number, file, line, code, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

void SqlitePen::add_import_reject(std::string_view import_id, std::uint64_t number, const ImportReject& reject) {
  auto& row = database_.statement(insert_reject);
  bind_text(row, 1, import_id);
  row.bind(2, signed_of(number));
  row.bindNoCopy(3, reject.file);
  row.bind(4, signed_of(reject.line));
  row.bindNoCopy(5, reject.code);
  row.bindNoCopy(6, reject.message);
  row.exec();
}

constexpr const char* upsert_stream =
    "INSERT INTO streams (stream, version, position) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (stream) DO UPDATE SET version = excluded.version, position = excluded.position";
constexpr const char* update_head = "UPDATE head SET position = ?1, recorded_at = ?2, frontier = ?3";

/// In the order of names, so that neighbours in the tree are written together.
void SqlitePen::write_heads() {
  std::vector<const BatchHeads::value_type*> sorted;
  sorted.reserve(heads_.size());
  for (const auto& head : heads_) {
    if (head.second.changed) sorted.push_back(&head);
  }
  std::ranges::sort(sorted, {}, [](const auto* head) -> const std::string& { return head->first; });
  for (const auto* head : sorted) {
    auto& row = database_.statement(upsert_stream);
    row.bindNoCopy(1, head->first);
    row.bind(2, signed_of(head->second.head.version.value));
    row.bind(3, signed_of(head->second.head.position.value));
    row.exec();
  }
  const auto frontier = head_.tree.serialise();
  auto& row = database_.statement(update_head);
  row.bind(1, signed_of(head_.position.value));
  row.bind(2, head_.recorded_at.microseconds);
  bind_blob(row, 3, frontier);
  row.exec();
}

void SqlitePen::commit() {
  assert(open_);
  write_heads();
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace

std::unique_ptr<EventStore> open_event_store(const std::filesystem::path& folder) {
  return std::make_unique<SqliteEventStore>(folder);
}

}  // namespace upline::eventstore::sqlite
