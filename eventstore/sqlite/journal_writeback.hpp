// Has a database's journal on its way to the disk before anybody waits for it.
#pragma once

#include <filesystem>

namespace upline::eventstore::sqlite {

/// One thread at a time. For databases whose commits do not sync (Durability::normal): SQLite syncs their journal once
/// it is 16 MiB long, and a commit of the log that comes meanwhile waits until all of it is written.
class JournalWriteback {
 public:
  explicit JournalWriteback(const std::filesystem::path& database);
  ~JournalWriteback();
  JournalWriteback(const JournalWriteback&) = delete;
  JournalWriteback& operator=(const JournalWriteback&) = delete;

  /// Begins to write what the journal has: some microseconds, unless the disk's queue is full, which it waits for.
  /// Where there is no journal, or the file system knows no such thing, all stays as it was.
  void start() noexcept;

 private:
  std::filesystem::path journal_;
  int descriptor_{-1};  // once there is a journal
};

}  // namespace upline::eventstore::sqlite
