// Whose turn it is to write, across processes and threads: two lock files beside the log. SQLite's own busy handler is
// no queue; here a writer waits behind the batch that is being written, not behind whoever polls luckiest.
#pragma once

#include "eventstore/file_lock.hpp"

#include <chrono>
#include <filesystem>

namespace upline::eventstore::sqlite {

/// Takes `turn`, then `pen`, then lets go of `turn`: whoever waits for the pen is alone in front of it, so the writer
/// that has just let go of it cannot take it again first.
class PenLock {
 public:
  PenLock(const std::filesystem::path& folder, std::chrono::milliseconds patience);

 private:
  FileLock pen_;
};

/// Somebody waits for the pen, here or in another process. Three system calls.
bool is_wanted(const std::filesystem::path& folder);

}  // namespace upline::eventstore::sqlite
