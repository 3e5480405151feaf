// A file for a library that writes nothing but files. It has no name in any folder, so nothing is left of it.
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

  /// Under /proc: opens it as long as this lives, in this process only.
  const std::filesystem::path& path() const { return path_; }

  /// Hands on what is in it, in pieces.
  void read(const std::function<void(std::string_view)>& out) const;

 private:
  int descriptor_;
  std::filesystem::path path_;
};

}  // namespace upline::projections
