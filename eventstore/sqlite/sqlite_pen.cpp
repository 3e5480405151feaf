#include "eventstore/event_codec.hpp"
#include "eventstore/sqlite/store_and_pen.hpp"

#include <algorithm>
#include <cassert>
#include <new>
#include <utility>
#include <vector>

namespace upline::eventstore::sqlite {

SqlitePen::SqlitePen(SqliteEventStore& store, PenLock lock)
    : store_(store), database_(store.database_), lock_(std::move(lock)) {
  database_.execute("BEGIN IMMEDIATE");
  open_ = true;
  try {
    head_ = store_.head();
    begun_at_ = head_.position;
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
  } catch (const std::exception&) {
    // SQLite rolls back by itself where the failure was that bad; closing the file does the rest.
  }
}

const StreamHead* KnownHeads::find(std::string_view stream, Position log) {
  return log == as_of_ ? heads_.find(std::string(stream)) : nullptr;
}

/// Without memory for it nothing is known, and nothing is wrong: what it tells of is durable.
void KnownHeads::take_in(const BatchHeads& heads, Position before, Position after) noexcept {
  if (before != as_of_) heads_.clear();
  try {
    for (const auto& [stream, known] : heads) heads_.put(stream, known.head);
    as_of_ = after;
  } catch (const std::bad_alloc&) {
    heads_.clear();
  }
}

BatchHead& SqlitePen::head_of(std::string_view stream) {
  if (const auto known = heads_.find(stream); known != heads_.end()) return known->second;
  const auto* lately = store_.known_heads_.find(stream, begun_at_);
  const auto head = lately != nullptr ? *lately : store_.stored_stream_head(stream);
  return heads_.emplace(std::string(stream), BatchHead{head}).first->second;
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

constexpr const char* delete_snapshot = "DELETE FROM snapshots WHERE name = ?1";

void SqlitePen::drop_snapshot(std::string_view name) {
  auto& row = database_.statement(delete_snapshot);
  bind_text(row, 1, name);
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
  store_.known_heads_.take_in(heads_, begun_at_, head_.position);
}

}  // namespace upline::eventstore::sqlite
