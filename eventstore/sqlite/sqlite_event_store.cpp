#include "eventstore/sqlite/sqlite_event_store.hpp"

#include "eventstore/bundle.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/sqlite/store_and_pen.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace upline::eventstore::sqlite {

using domain::Version;

namespace {

/// Behind the columns `first, count, events` of a row.
class BundleRow {
 public:
  explicit BundleRow(SQLite::Statement& row)
      : events_(row.getColumn(2)),
        first_{unsigned_of(row.getColumn(0).getInt64())},
        reader_(first_, unsigned_of(row.getColumn(1).getInt64()), blob(events_)) {}

  Position first() const { return first_; }
  const StoredEvent* next() { return reader_.next(); }
  const StoredEvent& whole() { return reader_.whole(); }

 private:
  SQLite::Column events_;
  Position first_;
  BundleReader reader_;
};

/// An event that is not committed, as it will lie in the log.
StoredEvent hashed(const StoredEvent& open) {
  auto event = open;
  event.leaf_hash = hash_of(event);
  return event;
}

/// Behind the columns `position, recorded_at`.
LogHead head_in(Statement& row, const std::filesystem::path& file) {
  if (!row.executeStep()) throw DamagedStore(fmt::format("{}: the head is missing", file.string()));
  return {{unsigned_of(row.getColumn(0).getInt64())}, {row.getColumn(1).getInt64()}};
}

}  // namespace

constexpr const char* select_head = "SELECT position, recorded_at FROM head";

LogHead SqliteEventStore::head() {
  if (!pens_.empty()) return pens_.back()->batch_.head;
  auto& row = database_.statement(select_head);
  const EndOfQuery end(row);
  return head_in(row, file_);
}

constexpr const char* select_tree_head = "SELECT position, recorded_at, frontier FROM head";

TreeHead SqliteEventStore::committed_tree_head() {
  auto& row = database_.statement(select_tree_head);
  const EndOfQuery end(row);
  const auto head = head_in(row, file_);
  const auto column = row.getColumn(2);
  auto tree = MerkleFrontier::parse(head.position.value, blob(column));
  if (!tree) throw DamagedStore(fmt::format("{}: {}", file_.string(), tree.error()));
  return {head, std::move(*tree)};
}

TreeHead SqliteEventStore::tree_head() {
  auto known = committed_tree_head();
  if (pens_.empty()) return known;
  const auto& head = pens_.back()->batch_.head;
  read({known.position.value + 1}, head.position, [&](const StoredEvent& event) {
    known.tree.append(event.leaf_hash);
    return true;
  });
  return {head, std::move(known.tree)};
}

constexpr const char* select_range =
    "SELECT first, count, events FROM bundles WHERE first <= ?2 AND "
    "first >= coalesce((SELECT max(first) FROM bundles WHERE first <= ?1), ?1) ORDER BY first";
constexpr const char* select_bundle =
    "SELECT first, count, events FROM bundles WHERE first <= ?1 ORDER BY first DESC LIMIT 1";

const StoredEvent* SqliteEventStore::uncommitted(Position position) const {
  for (const auto* pen : pens_) {
    if (const auto* event = pen->batch_.find(position)) return event;
  }
  return nullptr;
}

void SqliteEventStore::read(Position from, Position to, const std::function<bool(const StoredEvent&)>& visit) {
  const auto stored_to = pens_.empty() ? to : std::min(to, pens_.front()->batch_.after);
  // A statement of its own, since the visitor may read other ranges.
  auto rows = database_.own_statement(select_range);
  rows.bind(1, signed_of(from.value));
  rows.bind(2, signed_of(stored_to.value));
  Position last{};
  while (rows.executeStep()) {
    BundleRow bundle(rows);
    if (bundle.first() <= last) {
      throw DamagedStore(fmt::format("position {}: is in two bundles", bundle.first().value));
    }
    while (const auto* event = bundle.next()) {
      last = event->position;
      if (last < from) continue;
      if (last > stored_to) break;
      if (!visit(bundle.whole())) return;
    }
  }
  if (pens_.empty()) return;
  for (auto at = std::max(from, Position{stored_to.value + 1}); at <= to; ++at.value) {
    const auto* event = uncommitted(at);
    if (event == nullptr || !visit(hashed(*event))) return;
  }
}

std::optional<StoredEvent> SqliteEventStore::read_one(Position position) {
  if (const auto* event = uncommitted(position)) return hashed(*event);
  auto& row = database_.statement(select_bundle);
  const EndOfQuery end(row);
  row.bind(1, signed_of(position.value));
  if (!row.executeStep()) return std::nullopt;
  BundleRow bundle(row);
  while (const auto* event = bundle.next()) {
    if (event->position == position) return bundle.whole();
  }
  return std::nullopt;
}

/// So that the tail knows what others have appended, and what this store's pens have committed.
void SqliteEventStore::follow() {
  if (!pens_.empty()) {
    names_.tail().catch_up(*this, pens_.front()->batch_.after);
  } else if (!is_still_ && !names_.tail().is_written_here()) {
    names_.tail().catch_up(*this, head().position);
  }
}

StreamHead SqliteEventStore::stream_head(std::string_view stream) {
  if (!pens_.empty()) return pens_.back()->head_of(stream).head;
  follow();
  return names_.stream_head(stream);
}

StreamHead SqliteEventStore::head_before(const SqlitePen& pen, std::string_view stream) {
  for (auto before = pens_.rbegin(); before != pens_.rend(); ++before) {
    if (*before == &pen) continue;
    if (const auto* known = (*before)->batch_.heads.find(stream)) return known->head;
  }
  follow();
  return names_.stream_head(stream);
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

/// What the index does not have yet, as it is now.
IndexEntries SqliteEventStore::entries_beside_index() {
  follow();
  auto entries = names_.entries_beside_index();
  for (const auto* pen : pens_) pen->batch_.add_to(entries);
  return entries;
}

std::vector<std::string> SqliteEventStore::stream_names(std::string_view prefix, std::string_view after,
                                                        std::size_t count_max) {
  std::set<std::string> names;
  const auto lately = entries_beside_index();
  for (const auto& [stream, head] : lately.heads) {
    if (stream.starts_with(prefix) && stream > after) names.emplace(stream);
  }
  std::size_t visited = 0;
  names_.index_beside(lately).visit_streams(prefix, after, [&](std::string_view stream) {
    names.emplace(stream);
    return ++visited < count_max;
  });
  return {names.begin(), std::next(names.begin(), static_cast<std::ptrdiff_t>(std::min(names.size(), count_max)))};
}

std::optional<Position> SqliteEventStore::claimed(ClaimKind kind, ClaimKey key) {
  if (!pens_.empty()) return pens_.back()->claimed(kind, key);
  follow();
  return names_.claimed(claim_name(kind, key));
}

std::optional<Position> SqliteEventStore::claimed_before(const SqlitePen& pen, std::string_view name) {
  for (auto before = pens_.rbegin(); before != pens_.rend(); ++before) {
    if (*before == &pen) continue;
    if (const auto* known = (*before)->batch_.claims.find(name)) return *known;
  }
  follow();
  return names_.claimed(name);
}

std::vector<std::pair<std::string, Position>> SqliteEventStore::claims(ClaimKind kind) {
  std::map<std::string, Position> found;
  const auto take = [&](ClaimKey key, Position position) {
    found.emplace(std::string(key.begin(), key.end()), position);
  };
  const auto lately = entries_beside_index();
  for (const auto& [name, position] : lately.claims) {
    if (kind_of(name) == kind) take(key_of(name), position);
  }
  names_.index_beside(lately).visit_claims(kind, take);
  return {found.begin(), found.end()};
}

constexpr const char* select_snapshot = "SELECT schema, state FROM snapshots WHERE name = ?1";

std::optional<Snapshot> SqliteEventStore::snapshot(std::string_view name) {
  for (auto pen = pens_.rbegin(); pen != pens_.rend(); ++pen) {
    const auto& batch = (*pen)->batch_;
    if (const auto changed = batch.snapshots.find(name); changed != batch.snapshots.end()) return changed->second;
    if (batch.drops_snapshots) return std::nullopt;
  }
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
  std::map<std::string, Snapshot> all;
  auto& row = database_.statement(select_snapshots);
  const EndOfQuery end(row);
  bind_text(row, 1, prefix);
  while (row.executeStep()) {
    const auto state = row.getColumn(2);
    all.emplace(row.getColumn(0).getString(), Snapshot{row.getColumn(1).getUInt(), bytes_of(state)});
  }
  for (const auto* pen : pens_) {
    if (pen->batch_.drops_snapshots) all.clear();
    for (const auto& [name, changed] : pen->batch_.snapshots) {
      if (!name.starts_with(prefix)) continue;
      all.erase(name);
      if (changed) all.emplace(name, *changed);
    }
  }
  return {all.begin(), all.end()};
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

void SqliteEventStore::visit_stream_heads(const std::function<void(std::string_view, const StreamHead&)>& visit) {
  auto beside = entries_beside_index();
  auto& lately = beside.heads;
  names_.index_beside(beside).visit_streams([&](std::string_view stream, const StreamHead& head) {
    const auto* newer = lately.find(stream);
    visit(stream, newer != nullptr && newer->position > head.position ? *newer : head);
    if (newer != nullptr) lately.erase(stream);
  });
  for (const auto& [stream, head] : lately) visit(stream, head);
}

void SqliteEventStore::visit_claims(const std::function<void(ClaimKind, ClaimKey, Position)>& visit) {
  auto beside = entries_beside_index();
  auto& lately = beside.claims;
  names_.index_beside(beside).visit_claims([&](ClaimKind kind, ClaimKey key, Position position) {
    visit(kind, key, position);
    lately.erase(claim_name(kind, key));
  });
  for (const auto& [name, position] : lately) visit(kind_of(name), key_of(name), position);
}

std::uint64_t SqliteEventStore::stream_count() {
  std::uint64_t count{};
  visit_stream_heads([&](std::string_view, const StreamHead&) { ++count; });
  return count;
}

std::uint64_t SqliteEventStore::claim_count() {
  std::uint64_t count{};
  visit_claims([&](ClaimKind, ClaimKey, Position) { ++count; });
  return count;
}

std::unique_ptr<EventStore> SqliteEventStore::another_reader() const {
  return std::make_unique<SqliteEventStore>(folder_, names_.shared_tail());
}

std::shared_ptr<void> SqliteEventStore::hold_still() {
  names_.hold_still();
  is_still_ = true;
  std::shared_ptr<void> handle(this, [this](void*) {
    is_still_ = false;
    names_.end_stillness();
    database_.raw().tryExec("ROLLBACK");  // where a read failed badly, SQLite has ended the transaction by itself
  });
  database_.execute("BEGIN");
  head();  // the first read is what fixes the snapshot
  return handle;
}

std::unique_ptr<Pen> SqliteEventStore::take_pen(std::chrono::milliseconds patience) {
  assert(pens_.empty());
  names_.tail().wait_for_room(patience);
  return std::make_unique<SqlitePen>(*this, std::make_shared<PenTurn>(PenLock(folder_, patience)));
}

std::unique_ptr<Pen> SqliteEventStore::take_pen_behind(Pen& before) {
  assert(pens_.back() == &before);
  return std::make_unique<SqlitePen>(*this, static_cast<SqlitePen&>(before).turn_);
}

Database& SqliteEventStore::database_aside() {
  if (!aside_) aside_.emplace(file_, DatabaseOptions{.migrations = "events"});
  return *aside_;
}

std::unique_ptr<EventStore> open_event_store(const std::filesystem::path& folder, std::uint64_t index_every) {
  return std::make_unique<SqliteEventStore>(folder, std::make_shared<LogTail>(folder, index_every));
}

namespace {

std::shared_ptr<LogTail> tail_of_process(const std::filesystem::path& folder) {
  static std::mutex mutex;
  static std::map<std::filesystem::path, std::weak_ptr<LogTail>> tails;
  const std::lock_guard lock(mutex);
  std::erase_if(tails, [](const auto& known) { return known.second.expired(); });
  auto& known = tails[std::filesystem::weakly_canonical(folder)];
  auto tail = known.lock();
  if (!tail) known = tail = std::make_shared<LogTail>(folder, events_indexed_at_once);
  return tail;
}

}  // namespace

std::unique_ptr<EventStore> open_shared_event_store(const std::filesystem::path& folder) {
  return std::make_unique<SqliteEventStore>(folder, tail_of_process(folder));
}

}  // namespace upline::eventstore::sqlite
