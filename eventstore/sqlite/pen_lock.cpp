#include "eventstore/sqlite/pen_lock.hpp"

namespace upline::eventstore::sqlite {

namespace {

FileLock take_pen_in_turn(const std::filesystem::path& folder, std::chrono::milliseconds patience) {
  const FileLock turn(folder / "turn.lock", patience);
  return {folder / "pen.lock", patience};
}

}  // namespace

PenLock::PenLock(const std::filesystem::path& folder, std::chrono::milliseconds patience)
    : pen_(take_pen_in_turn(folder, patience)) {}

bool is_wanted(const std::filesystem::path& folder) { return !FileLock::take_if_free(folder / "turn.lock"); }

}  // namespace upline::eventstore::sqlite
