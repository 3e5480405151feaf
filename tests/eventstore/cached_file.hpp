// What of a file the system has in its cache only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace upline::tests {

class CachedFile {
 public:
  explicit CachedFile(const std::filesystem::path& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    REQUIRE(descriptor_ >= 0);
  }
  ~CachedFile() { ::close(descriptor_); }
  CachedFile(const CachedFile&) = delete;
  CachedFile& operator=(const CachedFile&) = delete;

  /// Pages that nobody has begun to write; nothing where the system does not tell (cachestat came with Linux 6.5).
  std::optional<std::uint64_t> unwritten_pages() const {
    const auto pages = count_pages();
    return pages ? std::optional(pages->dirty) : std::nullopt;
  }

  /// There are such pages, and none that is being written: one that changes meanwhile counts as both.
  bool waits_to_be_written() const {
    const auto pages = count_pages();
    return pages && pages->dirty > 0 && pages->in_writing == 0;
  }

  void sync() const { REQUIRE(::fdatasync(descriptor_) == 0); }

 private:
  struct Pages {
    std::uint64_t cached, dirty, in_writing, evicted, recently_evicted;
  };

  std::optional<Pages> count_pages() const {
    constexpr long cachestat = 451;
    struct {
      std::uint64_t from, length;
    } all{};
    Pages pages{};
    if (::syscall(cachestat, descriptor_, &all, &pages, 0U) != 0) return std::nullopt;
    return pages;
  }

  int descriptor_;
};

/// False on a file system that lies in memory, too.
inline bool tells_what_is_unwritten(const std::filesystem::path& folder) {
  const auto file = folder / "unwritten";
  std::ofstream(file) << std::string(1 << 20, 'x');
  const CachedFile cached(file);
  const auto before = cached.unwritten_pages();
  cached.sync();
  if (before > 0U && cached.unwritten_pages() == 0U) return true;
  WARN("this system does not tell what of a file is unwritten");
  return false;
}

}  // namespace upline::tests
