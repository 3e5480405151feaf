// A library for LD_PRELOAD: every fsync and fdatasync takes SLOW_SYNC_US microseconds longer. So servers compare as on
// a disk of a cloud (1 to 3 ms until it says that all is there) on a machine whose disk says so at once.
#include <cerrno>
#include <cstdlib>
#include <ctime>

#include <dlfcn.h>

namespace {

using Sync = int (*)(int);

timespec delay() {
  constexpr long microseconds_per_second = 1'000'000;
  const char* text = std::getenv("SLOW_SYNC_US");
  const long microseconds = text == nullptr ? 0 : std::strtol(text, nullptr, 10);
  return {microseconds / microseconds_per_second, microseconds % microseconds_per_second * 1000};
}

int sync_slowly(const char* name, int file) {
  static const timespec added = delay();
  timespec left = added;
  while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
  const auto real = reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, name));
  return real(file);
}

}  // namespace

extern "C" int fsync(int file) { return sync_slowly("fsync", file); }
extern "C" int fdatasync(int file) { return sync_slowly("fdatasync", file); }
