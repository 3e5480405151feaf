// The SQLite store and its pens: what they have appended, the store reads, and nobody else before it is committed.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/sqlite/bindings.hpp"
#include "eventstore/sqlite/database.hpp"
#include "eventstore/sqlite/index_entries.hpp"
#include "eventstore/sqlite/log_names.hpp"
#include "eventstore/sqlite/log_tail.hpp"
#include "eventstore/sqlite/pen_lock.hpp"
#include "eventstore/sqlite/uncommitted.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upline::eventstore::sqlite {

using domain::Position;
using domain::Timestamp;

class SqlitePen;

/// The right to append, for a pen and those that go on behind it.
struct PenTurn {
  explicit PenTurn(PenLock taken) : lock(std::move(taken)) {}
  PenLock lock;
  std::optional<LogTail::Writing> writing{};  // once the tail knows all that others have appended
};

class SqliteEventStore final : public EventStore {
 public:
  /// `tail` is that of all stores of this folder in this process.
  SqliteEventStore(const std::filesystem::path& folder, std::shared_ptr<LogTail> tail)
      : folder_(folder),
        file_(folder / "events.db"),
        database_(file_, {.migrations = "events"}),
        names_(*this, folder, std::move(tail)) {}

  LogHead head() override;
  TreeHead tree_head() override;
  void read(Position from, Position to, const std::function<bool(const StoredEvent&)>& visit) override;
  std::optional<StoredEvent> read_one(Position position) override;
  StreamHead stream_head(std::string_view stream) override;
  std::vector<StoredEvent> read_stream(std::string_view stream) override;
  using EventStore::stream_names;
  std::vector<std::string> stream_names(std::string_view prefix, std::string_view after,
                                        std::size_t count_max) override;
  std::optional<Position> claimed(ClaimKind kind, ClaimKey key) override;
  std::vector<std::pair<std::string, Position>> claims(ClaimKind kind) override;
  std::optional<Snapshot> snapshot(std::string_view name) override;
  std::vector<std::pair<std::string, Snapshot>> snapshots(std::string_view prefix) override;
  std::optional<std::string> import_progress(std::string_view import_id) override;
  void read_import_rejects(std::string_view import_id, const std::function<void(const ImportReject&)>& visit) override;
  std::uint64_t event_count() override { return count("SELECT coalesce(sum(count), 0) FROM bundles"); }
  std::uint64_t merkle_node_count() override { return count("SELECT count(*) FROM merkle_nodes"); }
  std::uint64_t stream_count() override;
  std::uint64_t claim_count() override;
  std::optional<Hash> merkle_node(int level, std::uint64_t index) override;
  void visit_stream_heads(const std::function<void(std::string_view, const StreamHead&)>& visit) override;
  void visit_claims(const std::function<void(ClaimKind, ClaimKey, Position)>& visit) override;
  std::unique_ptr<EventStore> another_reader() const override;
  std::shared_ptr<void> hold_still() override;
  std::unique_ptr<Pen> take_pen(std::chrono::milliseconds patience) override;
  std::unique_ptr<Pen> take_pen_behind(Pen& before) override;
  FreshEvents& fresh() override { return names_.tail().fresh(); }
  bool is_pen_wanted() override { return !names_.tail().has_room() || is_wanted(folder_); }
  std::uint64_t statements_run() const override { return database_.statements_run() + names_.statements_run(); }

 private:
  friend class SqlitePen;

  /// What the pens in front of this one know, or else what is committed.
  StreamHead head_before(const SqlitePen& pen, std::string_view stream);
  std::optional<Position> claimed_before(const SqlitePen& pen, std::string_view name);

  TreeHead committed_tree_head();
  const StoredEvent* uncommitted(Position position) const;
  void follow();
  IndexEntries entries_beside_index();
  Database& database_aside();
  std::uint64_t count(const char* sql) { return unsigned_of(database_.number(sql)); }

  std::filesystem::path folder_;
  std::filesystem::path file_;
  Database database_;
  LogNames names_;
  bool is_still_{};
  std::optional<Database> aside_;   // of whoever commits on another thread
  std::vector<SqlitePen*> pens_{};  // oldest first: what they know is newer than what is committed
};

class SqlitePen final : public Pen {
 public:
  SqlitePen(SqliteEventStore& store, std::shared_ptr<PenTurn> turn);
  ~SqlitePen() override;
  SqlitePen(const SqlitePen&) = delete;
  SqlitePen& operator=(const SqlitePen&) = delete;

  const StoredEvent& append(EventDraft draft, Timestamp now) override;
  void claim(ClaimKind kind, ClaimKey key, Position position) override;
  void claim_free(ClaimKind kind, ClaimKey key, Position position) override;
  void put_snapshot(std::string_view name, const Snapshot& snapshot) override;
  void drop_snapshot(std::string_view name) override;
  void drop_snapshots() override;
  void put_import_progress(std::string_view import_id, std::string_view progress) override;
  void add_import_reject(std::string_view import_id, std::uint64_t number, const ImportReject& reject) override;
  void commit() override;
  void commit_aside() override;
  void leave() noexcept override;

 private:
  friend class SqliteEventStore;

  LogHead sound_head();
  void go_on_behind(const Uncommitted& before);
  bool is_behind_all(std::string_view kind, std::string_view name);
  bool becomes_last(std::string_view claim);
  BatchHead& head_of(std::string_view stream, const std::optional<StreamHead>& known = {});
  std::optional<Position> claimed(ClaimKind kind, ClaimKey key);
  void commit_with(Database& database);

  SqliteEventStore& store_;
  std::shared_ptr<PenTurn> turn_;  // null once it has left
  Uncommitted batch_;
};

}  // namespace upline::eventstore::sqlite
