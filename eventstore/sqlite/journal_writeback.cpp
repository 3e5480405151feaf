#include "eventstore/sqlite/journal_writeback.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace upline::eventstore::sqlite {

JournalWriteback::JournalWriteback(const std::filesystem::path& database) : journal_(database.string() + "-wal") {}

/// SQLite's locks are not on this file, so that closing it takes none of them away.
JournalWriteback::~JournalWriteback() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void JournalWriteback::start() noexcept {
  if (descriptor_ < 0) descriptor_ = ::open(journal_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) return;
  constexpr off_t to_the_end = 0;
  [[maybe_unused]] const int started = ::sync_file_range(descriptor_, 0, to_the_end, SYNC_FILE_RANGE_WRITE);
}

}  // namespace upline::eventstore::sqlite
