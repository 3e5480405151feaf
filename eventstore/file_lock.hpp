// One holder at a time for a piece of work that several processes might start: a lock on a file of its own.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

namespace upline::eventstore {

/// An exclusive flock(2), let go of by the destructor or by the process's end. Waiters stand in the kernel's queue.
class FileLock {
 public:
  /// Makes the file (mode 0600) where it is missing. Throws StoreBusy when it is not free within `patience`.
  FileLock(const std::filesystem::path& file, std::chrono::milliseconds patience);
  /// Nothing where another has it: waits for nobody.
  static std::optional<FileLock> take_if_free(const std::filesystem::path& file);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_{-1};
};

}  // namespace upline::eventstore
