// What is looked up by name in a committed log: where a stream ends, and who has a claim. What was appended lately is
// in memory (LogTail), the rest in the index.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/sqlite/index_entries.hpp"
#include "eventstore/sqlite/log_index.hpp"
#include "eventstore/sqlite/log_tail.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace upline::eventstore::sqlite {

/// Of one store, one thread at a time.
class LogNames {
 public:
  /// `log` is the store itself, and outlives this.
  LogNames(EventStore& log, std::filesystem::path folder, std::shared_ptr<LogTail> tail)
      : log_(log), folder_(std::move(folder)), tail_(std::move(tail)) {}

  LogTail& tail() const { return *tail_; }
  std::shared_ptr<LogTail> shared_tail() const { return tail_; }

  /// As far as the tail has followed the log, or as the log was when it began to be held still.
  StreamHead stream_head(std::string_view stream);
  std::optional<domain::Position> claimed(std::string_view name);

  /// No name of the kind lies behind it, as of the same. Not while the log is held still.
  std::string last_name(std::string_view kind);

  /// What the index does not have yet, as of the same.
  IndexEntries entries_beside_index();
  /// The index that has all that is in front of those.
  LogIndex& index_beside(const IndexEntries& entries);

  /// Holds the index still: before the log is, so that it is never in front of it.
  void hold_still();
  /// What the index does not have is read when it is first asked for.
  void end_stillness() noexcept;

  /// While a pen is out, one look at the index serves its many questions; whenever one goes, a newer look is taken.
  void add_pen() { ++pens_; }
  void remove_pen() noexcept;

  std::uint64_t statements_run() const { return index_ ? index_->statements_run() : 0; }

 private:
  LogIndex& index();
  const IndexEntries& held_entries();
  LogIndex& index_behind(domain::Position indexed);
  void refuse_to_shrink(std::string_view before, std::string_view now) const;
  std::string ask_last(std::string_view kind, domain::Position indexed);
  const std::string& last_indexed(std::string_view kind, domain::Position indexed);
  bool is_behind_all(std::string_view kind, std::string_view name, domain::Position indexed);
  void ask_index_again(domain::Position indexed);
  void stop_looking() noexcept;

  /// The last name of its kind that the index has, as of `indexed` at least: what lies behind it is not there. So names
  /// that grow with time are not looked for.
  struct LastName {
    domain::Position indexed{};
    std::string name{};
  };

  EventStore& log_;
  std::filesystem::path folder_;
  std::shared_ptr<LogTail> tail_;
  std::optional<LogIndex> index_;                      // opened when it is first asked
  domain::Position index_seen_{};                      // how far it was the last time that this was asked
  std::optional<domain::Position> look_of_{};          // the look that is being taken at it, for a pen
  std::map<std::string, LastName, std::less<>> last_;  // by kind
  bool is_still_{};
  std::optional<IndexEntries> held_tail_;
  int pens_{};
};

}  // namespace upline::eventstore::sqlite
