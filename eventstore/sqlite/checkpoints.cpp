#include "eventstore/sqlite/checkpoints.hpp"

#include <exception>

namespace upline::eventstore::sqlite {

void Checkpoints::carry() noexcept {
  try {
    if (!log_ && !std::filesystem::exists(file_)) return;
    if (!log_) log_.emplace(file_, DatabaseOptions{.migrations = "events", .cache_mib = 1});
    log_->execute("PRAGMA wal_checkpoint(PASSIVE)");
  } catch (const std::exception&) {
    // A commit finds it undone, and does it.
  }
}

}  // namespace upline::eventstore::sqlite
