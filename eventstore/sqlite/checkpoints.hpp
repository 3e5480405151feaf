// Carries the log's journal into its file beside those who write to it, so that there is little left of it for the
// commit that finds the journal too long.
#pragma once

#include "eventstore/sqlite/database.hpp"

#include <filesystem>
#include <optional>

namespace upline::eventstore::sqlite {

class Checkpoints {
 public:
  explicit Checkpoints(std::filesystem::path log) : file_(std::move(log)) {}

  /// As much of it as no reader needs as it was. Waits for nobody, and lets nobody wait.
  void carry() noexcept;

 private:
  std::filesystem::path file_;
  std::optional<Database> log_;
};

}  // namespace upline::eventstore::sqlite
