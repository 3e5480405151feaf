// The SQLite store and its pen, which share one connection: what the pen has written, the store reads.
#pragma once

#include "eventstore/bounded_cache.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/sqlite/bindings.hpp"
#include "eventstore/sqlite/database.hpp"
#include "eventstore/sqlite/pen_lock.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace upline::eventstore::sqlite {

using domain::Position;
using domain::Timestamp;

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

/// The heads that earlier batches of this store looked up or changed: an order that was placed lately is paid without
/// asking the table where its stream ends. Forgotten as soon as somebody else has appended. About 200 bytes a stream,
/// 10 MiB at most.
class KnownHeads {
 public:
  /// Nothing where it is not known as of `log`, the end of the log.
  const StreamHead* find(std::string_view stream, Position log);
  /// What a batch knew when it was committed, and where it left the log.
  void take_in(const BatchHeads& heads, Position before, Position after) noexcept;

 private:
  BoundedCache<std::string, StreamHead> heads_{25'000};
  Position as_of_{};
};

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
  std::vector<std::string> stream_names(std::string_view prefix) override;
  std::optional<Position> claimed(ClaimKind kind, ClaimKey key) override;
  std::vector<std::pair<std::string, Position>> claims(ClaimKind kind) override;
  std::optional<Snapshot> snapshot(std::string_view name) override;
  std::vector<std::pair<std::string, Snapshot>> snapshots(std::string_view prefix) override;
  std::optional<std::string> import_progress(std::string_view import_id) override;
  void read_import_rejects(std::string_view import_id, const std::function<void(const ImportReject&)>& visit) override;
  std::uint64_t event_count() override { return count("SELECT count(*) FROM events"); }
  std::uint64_t merkle_node_count() override { return count("SELECT count(*) FROM merkle_nodes"); }
  std::uint64_t stream_count() override { return count("SELECT count(*) FROM streams"); }
  std::uint64_t claim_count() override { return count("SELECT count(*) FROM claims"); }
  std::optional<Hash> merkle_node(int level, std::uint64_t index) override;
  void visit_stream_heads(const std::function<void(std::string_view, const StreamHead&)>& visit) override;
  void visit_claims(const std::function<void(ClaimKind, ClaimKey, Position)>& visit) override;
  std::unique_ptr<EventStore> another_reader() const override;
  std::shared_ptr<void> hold_still() override;
  std::unique_ptr<Pen> take_pen(std::chrono::milliseconds patience) override;
  std::uint64_t statements_run() const override { return database_.statements_run(); }

 private:
  friend class SqlitePen;

  std::uint64_t count(const char* sql) { return unsigned_of(database_.number(sql)); }

  std::filesystem::path folder_;
  std::filesystem::path file_;
  Database database_;
  SqlitePen* pen_{};  // while it is out: its heads are newer than the table's
  KnownHeads known_heads_{};
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
  void drop_snapshot(std::string_view name) override;
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
  Position begun_at_{};  // the end of the log that this batch found
  BatchHeads heads_;     // of the streams that this batch read or touched
  bool open_{};
};

}  // namespace upline::eventstore::sqlite
