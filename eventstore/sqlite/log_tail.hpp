// What the log has and index.db does not have yet, in memory: so a commit writes its events and no page of an index.
// One for all stores that share it; any thread.
#pragma once

#include "eventstore/fresh_events.hpp"
#include "eventstore/sqlite/index_entries.hpp"
#include "eventstore/sqlite/log_index.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>

namespace upline::eventstore::sqlite {

struct Uncommitted;

/// Entries of the events lately appended, oldest span first; the last span grows. A span that is full is written to
/// index.db by a thread, and then forgotten. What a process did not write out is read from the log by the next one:
/// two spans of events at most, unless the disk is slower than the pen.
class LogTail {
 public:
  /// `span_events`: how many events are written to the index at once. About 150 bytes of memory each.
  LogTail(std::filesystem::path folder, std::uint64_t span_events)
      : folder_(std::move(folder)), span_events_(span_events) {}

  /// Writes out what this process has appended; what cannot be written now is read from the log next time.
  ~LogTail();
  LogTail(const LogTail&) = delete;
  LogTail& operator=(const LogTail&) = delete;

  /// Takes in what others have appended, up to `head`: about 4 microseconds an event. The first call finds out how far
  /// the index is, and takes one away that is not of this log. Throws DamagedStore where so many events are missing
  /// from the index that they have to go there, and one of them cannot be read.
  void catch_up(EventStore& log, domain::Position head);

  /// What a pen of this process has just committed, with the hash of its last event. Without memory for it, it is read
  /// from the log later.
  void add(const Uncommitted& batch, const Hash& last_leaf) noexcept;

  /// Finds out how far the index is, without reading what is behind it.
  void open(EventStore& log);

  /// False while many spans wait for the index: who appends is to wait, so that they do not grow without bounds. True
  /// where the index cannot be written, which is no reason to sell nothing.
  bool has_room() const;
  void wait_for_room(std::chrono::milliseconds patience);

  /// What is not found here may be in the index as of `indexed`.
  template <class Value>
  struct Found {
    std::optional<Value> found{};
    domain::Position indexed{};
  };
  Found<StreamHead> stream_head(std::string_view stream) const;
  Found<domain::Position> claimed(std::string_view name) const;
  /// The last name of a kind, or one behind it, if it has any.
  Found<std::string> last(std::string_view kind) const;

  /// All of it in one.
  IndexEntries copy() const;

  /// The same of a log that is held still: of the events from behind the index up to `head`.
  static IndexEntries read(EventStore& log, const LogIndex::Progress& index, domain::Position head);

  /// Why nothing may be appended: an event in it cannot be read, so that nobody knows what it claims, or the index ends
  /// within a bundle whose layout only a newer program knows.
  void refuse_damage() const;

  /// While a pen of this process is out nobody else appends, and what it appends is added when it is committed.
  class Writing {
   public:
    explicit Writing(LogTail& tail) : tail_(tail) { tail_.is_written_here_ = true; }
    ~Writing() { tail_.is_written_here_ = false; }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    LogTail& tail_;
  };
  bool is_written_here() const { return is_written_here_; }

  /// What the pens of this process have committed, as a whole.
  FreshEvents& fresh() { return fresh_; }

 private:
  using Span = std::shared_ptr<IndexEntries>;

  void open_locked(EventStore& log);
  void open_if_further(EventStore& log);
  void skip_what_is_indexed(EventStore& log, domain::Position head);
  void read_into_span(EventStore& log, domain::Position head);
  void close_span();
  void index_spans();
  void write_out() noexcept;

  std::filesystem::path folder_;
  std::uint64_t span_events_;
  mutable std::shared_mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Span> spans_;    // none before it is open
  std::string last_command_;  // of the newest event
  std::exception_ptr damage_;
  bool is_appended_here_{};
  bool is_stuck_{};  // the index cannot be written now
  bool ending_{};
  std::atomic<bool> is_written_here_{};
  FreshEvents fresh_;
  std::thread indexer_;
};

}  // namespace upline::eventstore::sqlite
