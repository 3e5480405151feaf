// A new file for a read model, filled out of everybody's sight, which then takes the old one's place.
#pragma once

#include "projections/read_model_database.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace upline::projections {

/// Gone again, and nothing is changed, unless it took its place. Who makes one holds the folder's renewal lock.
class Replacement {
 public:
  /// Beside `file`. What an earlier one left that was killed is overwritten.
  Replacement(std::filesystem::path file, std::string migrations);
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  ~Replacement();

  /// Without its indexes; it writes without a journal, and without waiting for the disk.
  ReadModelDatabase& database() { return *database_; }

  /// Makes the indexes, and waits until what was committed is on the disk.
  void finish();

  /// Whoever has the old file open goes on with it until it looks for the file again. Cut short by the system's end,
  /// the file may be missing, which the log mends; it is never half a file.
  void take_place();

 private:
  std::filesystem::path file_;
  std::filesystem::path new_file_;
  std::optional<ReadModelDatabase> database_{};
  std::vector<std::string> indexes_{};
};

}  // namespace upline::projections
