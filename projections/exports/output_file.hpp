// A file that is whole or not there: written beside its place, made durable, then renamed.
#pragma once

#include "eventstore/merkle.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace upline::projections {

/// A device or a pipe is written as it is. What was at the place stays there until finish(); without it nothing is
/// left. All throw StoreUnwritable, whose message names the file.
class OutputFile {
 public:
  explicit OutputFile(const std::filesystem::path& target);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view bytes);

  /// Of all that was written. Nothing may be written afterwards.
  eventstore::Hash finish();

  std::uint64_t size() const { return size_; }

 private:
  void flush();
  [[noreturn]] void fail() const;

  std::filesystem::path target_;
  std::filesystem::path part_{};  // empty for a device
  int descriptor_{-1};
  std::string buffer_{};
  std::uint64_t size_{};
  eventstore::Sha256 hash_{};
};

}  // namespace upline::projections
