// The one log of one shop, and the pen that writes it. Nothing outside eventstore/sqlite/ knows what lies beneath.
#pragma once

#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "eventstore/merkle.hpp"
#include "eventstore/stored_event.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace upline::eventstore {

class FreshEvents;

/// How far the log reaches.
struct LogHead {
  domain::Position position{};
  domain::Timestamp recorded_at{domain::timestamp_min};
};

/// The same with the tree of the events up to there.
struct TreeHead : LogHead {
  MerkleFrontier tree{};
};

/// The newest event of a stream; version 0 where the stream is empty.
struct StreamHead {
  domain::Version version{};
  domain::Position position{};
};

/// What may exist once in a shop. The numbers are stored; they never change.
enum class ClaimKind : std::uint8_t {
  command_id = 1,
  referral_code = 2,
  refund_id = 3,
  key_fingerprint = 4,
  payment_id = 5,
  payment_mismatch = 6,  // a payment id with another content
  return_id = 7,
  first_purchase = 8,  // of a member
  payout_scheduled = 9,
  payout_paid = 10,
  payout_failed = 11,
  payout_returned = 12,
  member_erased = 13,
};

using ClaimKey = std::span<const std::uint8_t>;

inline ClaimKey claim_key(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

struct Snapshot {
  std::uint32_t schema{};
  std::vector<std::uint8_t> state{};
};

/// A row that an import refused. `message` never holds a secret.
struct ImportReject {
  std::string file{};
  std::uint64_t line{};
  std::string code{};
  std::string message{};
};

/// An event on its way into the log; the pen adds position, version, times and hash.
struct EventDraft {
  std::string stream{};
  std::optional<StreamHead> known_head{};  // where the caller knows it, the batch left out; else it is looked up
  std::uint16_t type{};
  std::uint16_t schema{};
  domain::Timestamp occurred_at{};
  std::optional<CommandMark> command{};
  Actor actor{};
  Salt salt{};
  std::vector<std::uint8_t> payload{};
};

/// The right to append, held by one writer at a time, in any process. Everything done with it is one transaction, kept
/// in memory until commit() makes it durable (one fsync) and visible; destruction without it forgets it.
class Pen {
 public:
  virtual ~Pen() = default;

  /// Appends one event: the next position, the next version of its stream. recorded_at = max(now, the one before).
  /// The answer is valid as long as the pen, and has no leaf hash: the commit makes it. About a microsecond.
  virtual const StoredEvent& append(EventDraft draft, domain::Timestamp now) = 0;
  /// Throws where it is claimed already.
  virtual void claim(ClaimKind kind, ClaimKey key, domain::Position position) = 0;
  /// The same where the caller knows that nobody before this batch has: that is not looked up.
  virtual void claim_free(ClaimKind kind, ClaimKey key, domain::Position position) = 0;
  virtual void put_snapshot(std::string_view name, const Snapshot& snapshot) = 0;
  virtual void drop_snapshot(std::string_view name) = 0;
  virtual void drop_snapshots() = 0;
  virtual void put_import_progress(std::string_view import_id, std::string_view progress) = 0;
  virtual void add_import_reject(std::string_view import_id, std::uint64_t number, const ImportReject& reject) = 0;

  virtual void commit() = 0;

  /// The same on another thread, one commit after the other, while this one reads the store and appends with pens that
  /// go on behind. Only the pen's own thread may destroy it, afterwards.
  virtual void commit_aside() = 0;

  /// Behind its commit, on its own thread: lets go of the store and of the right to append. Destroying it, which gives
  /// back the memory of all that it appended, is then left to any thread.
  virtual void leave() noexcept = 0;
};

/// Reads see what is committed, and the events, streams, claims and snapshots that this store's own pens have written.
/// An event that is not committed is hashed each time that it is read. One thread at a time.
class EventStore {
 public:
  virtual ~EventStore() = default;

  virtual LogHead head() = 0;

  /// Hashes what is not committed: about a microsecond an event.
  virtual TreeHead tree_head() = 0;

  /// The events from..to (both inclusive) in order, until the visitor answers false.
  virtual void read(domain::Position from, domain::Position to,
                    const std::function<bool(const StoredEvent&)>& visit) = 0;

  /// The event at this position, or nothing beyond the head.
  virtual std::optional<StoredEvent> read_one(domain::Position position) = 0;

  virtual StreamHead stream_head(std::string_view stream) = 0;

  /// A whole stream, oldest first: one look-up per event.
  virtual std::vector<StoredEvent> read_stream(std::string_view stream) = 0;

  /// The committed streams whose names begin like this (not empty), in bytewise order: the first `count_max` of those
  /// behind `after`. About a microsecond each.
  virtual std::vector<std::string> stream_names(std::string_view prefix, std::string_view after,
                                                std::size_t count_max) = 0;
  std::vector<std::string> stream_names(std::string_view prefix) { return stream_names(prefix, {}, SIZE_MAX); }

  /// Position of the event that holds this claim.
  virtual std::optional<domain::Position> claimed(ClaimKind kind, ClaimKey key) = 0;

  /// All claims of a kind: what is claimed, and by whom. About a microsecond each; for kinds that are rare.
  virtual std::vector<std::pair<std::string, domain::Position>> claims(ClaimKind kind) = 0;

  virtual std::optional<Snapshot> snapshot(std::string_view name) = 0;
  /// Those whose names begin like this, in the order of names.
  virtual std::vector<std::pair<std::string, Snapshot>> snapshots(std::string_view prefix = {}) = 0;

  virtual std::optional<std::string> import_progress(std::string_view import_id) = 0;
  virtual void read_import_rejects(std::string_view import_id,
                                   const std::function<void(const ImportReject&)>& visit) = 0;

  /// How many events, streams, claims and stored tree nodes there are; counts rows.
  virtual std::uint64_t event_count() = 0;
  virtual std::uint64_t merkle_node_count() = 0;
  virtual std::uint64_t stream_count() = 0;
  virtual std::uint64_t claim_count() = 0;

  /// A stored node of the Merkle tree (level 8, 16, ...).
  virtual std::optional<Hash> merkle_node(int level, std::uint64_t index) = 0;

  /// Every stream's newest event, and every claim, in no order that is promised. Half a microsecond each.
  virtual void visit_stream_heads(const std::function<void(std::string_view stream, const StreamHead&)>& visit) = 0;
  virtual void visit_claims(const std::function<void(ClaimKind, ClaimKey, domain::Position)>& visit) = 0;

  /// Another store of the same log, for another thread.
  virtual std::unique_ptr<EventStore> another_reader() const = 0;

  /// Until the handle is gone, reads see the log as it is now, whatever others append. Not while the pen is out.
  virtual std::shared_ptr<void> hold_still() = 0;

  /// Waits its turn behind at most the writers that asked before, then for the batches that are being written.
  /// Throws StoreBusy after `patience`.
  virtual std::unique_ptr<Pen> take_pen(std::chrono::milliseconds patience) = 0;

  /// A pen that goes on where the newest one ends, which is not committed yet. It stands only if that one is.
  virtual std::unique_ptr<Pen> take_pen_behind(Pen& before) = 0;

  /// What this process has committed lately, for those who follow the log; nothing, unless somebody has it kept.
  virtual FreshEvents& fresh() = 0;

  /// Somebody waits for the pen, here or in another process: going on behind would keep him waiting.
  virtual bool is_pen_wanted() = 0;

  /// Statements run since opening: the work done, for tests that count it.
  virtual std::uint64_t statements_run() const = 0;
};

}  // namespace upline::eventstore
