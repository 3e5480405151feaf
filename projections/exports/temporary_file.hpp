// A file for a library that writes nothing but files; removed when it was read.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace upline::projections {

/// Empty, in the folder for temporary files (TMPDIR), for this user only. Throws StoreUnwritable where there is no
/// room.
class TemporaryFile {
 public:
  TemporaryFile();
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Hands on what is in it, in pieces.
  void read(const std::function<void(std::string_view)>& out) const;

 private:
  std::filesystem::path path_;
};

}  // namespace upline::projections
