#include "eventstore/file_lock.hpp"

#include "eventstore/stored_event.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace upline::eventstore {

namespace {

int open_lock_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    throw std::system_error(errno, std::generic_category(), fmt::format("cannot open {}", file.string()));
  }
  return descriptor;
}

/// flock(2) has no timeout, and polling would lose the kernel's queue. So a helper thread waits in it; when patience
/// ends first, the thread keeps the descriptor and closes it as soon as it gets the lock.
struct Waiting {
  std::mutex mutex;
  std::condition_variable changed;
  int descriptor{-1};
  bool locked{};
  bool abandoned{};
};

void wait_in_kernel(const std::shared_ptr<Waiting>& waiting) {
  int result{};
  do {
    result = ::flock(waiting->descriptor, LOCK_EX);
  } while (result != 0 && errno == EINTR);
  const std::lock_guard guard(waiting->mutex);
  if (waiting->abandoned) {
    ::close(waiting->descriptor);
  } else {
    waiting->locked = true;
    waiting->changed.notify_one();
  }
}

/// True when the lock was taken; false when patience ended, and the descriptor is no longer ours.
bool lock_within(int descriptor, std::chrono::milliseconds patience) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return true;
  const auto waiting = std::make_shared<Waiting>();
  waiting->descriptor = descriptor;
  std::thread(wait_in_kernel, waiting).detach();
  std::unique_lock guard(waiting->mutex);
  if (waiting->changed.wait_for(guard, patience, [&] { return waiting->locked; })) return true;
  waiting->abandoned = true;
  return false;
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& file, std::chrono::milliseconds patience)
    : descriptor_(open_lock_file(file)) {
  if (!lock_within(descriptor_, patience)) {
    throw StoreBusy(fmt::format("{} is held by another process; try again", file.string()));
  }
}

std::optional<FileLock> FileLock::take_if_free(const std::filesystem::path& file) {
  const int descriptor = open_lock_file(file);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return FileLock(descriptor);
  ::close(descriptor);
  return std::nullopt;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace upline::eventstore
