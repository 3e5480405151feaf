// A file that is whole or not there: written beside its place, made durable, then renamed.
#pragma once

#include "eventstore/merkle.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace upline::projections {

/// Who may read a new file.
enum class Readers : std::uint8_t {
  by_mask,  // whom the user's mask allows
  owner,    // mode 0600
};

/// A device or a pipe is written as it is. What was at the place stays there until finish() or place(); without it
/// nothing is left, but of a killed run the file beside, which the next one for the same place removes. All throw
/// StoreUnwritable, whose message names the file.
class OutputFile {
 public:
  explicit OutputFile(const std::filesystem::path& target, Readers readers = Readers::by_mask);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view bytes);

  /// The hash of all that was written, which a power cut does not take any more. Nothing may be written afterwards.
  eventstore::Hash seal();

  /// What is sealed takes its place.
  void place();

  /// What is at the place goes, so that nothing is there until place(). A device stays.
  void clear_place();

  /// Seals and places.
  eventstore::Hash finish();

  std::uint64_t size() const { return size_; }

 private:
  void open_part();
  void flush();
  [[noreturn]] void fail() const;

  std::filesystem::path target_;
  std::filesystem::path part_{};  // empty for a device
  Readers readers_;
  int descriptor_{-1};
  std::string buffer_{};
  std::uint64_t size_{};
  eventstore::Sha256 hash_{};
};

/// Removes what killed runs left beside the place. What a living process writes has its lock and stays.
void remove_abandoned(const std::filesystem::path& target);

/// Makes renames and removals in a folder last. False where it cannot.
bool sync_folder(const std::filesystem::path& folder);

}  // namespace upline::projections
