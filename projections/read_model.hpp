// One projection and its file, `<views>/<name>.v<version>.db`.
#pragma once

#include "domain/ids.hpp"
#include "projections/checkpoint.hpp"
#include "projections/own_thread.hpp"
#include "projections/projection.hpp"
#include "projections/read_model_database.hpp"

#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace upline::projections {

/// A projection met an event that it cannot apply, or that cannot be read, and stands in front of it. It never skips.
class ProjectionStopped : public std::runtime_error {
 public:
  ProjectionStopped(std::string projection, domain::Position position, std::exception_ptr cause);

  const std::string& projection() const { return projection_; }
  domain::Position position() const { return position_; }  // of the failing event
  const std::exception_ptr& cause() const { return cause_; }

 private:
  std::string projection_;
  domain::Position position_;
  std::exception_ptr cause_;
};

class ReadModel {
 public:
  /// Opens nothing yet.
  ReadModel(const Projection& projection, const std::filesystem::path& views_folder);

  const Projection& projection() const { return *projection_; }
  std::filesystem::path file() const;

  /// Held by whoever fills this folder's files anew.
  std::filesystem::path renewal_lock() const;

  /// Opened, and opened anew where the file was deleted or replaced: what is then there has to catch up first. Makes
  /// the file and its folder where they are missing. Throws what opening throws.
  ReadModelDatabase& database();

  /// As it was when it last caught up: a file that was deleted since still answers.
  ReadModelDatabase& opened_database();

  /// Takes in what follows the checkpoint, at which the file is, inside a transaction. The one that was kept there goes
  /// on with what it knows; it is to be kept again once the transaction is committed.
  std::unique_ptr<Intake> intake_behind(const Checkpoint& checkpoint);
  void keep(std::unique_ptr<Intake> intake, const Checkpoint& checkpoint) { kept_ = {std::move(intake), checkpoint}; }

  const std::optional<ProjectionStopped>& stopped() const { return stopped_; }
  void stop(domain::Position position, const std::exception_ptr& cause);

  /// Why the file cannot be used, or null.
  const std::exception_ptr& unusable() const { return unusable_; }
  void give_up(std::exception_ptr why) { unusable_ = std::move(why); }

  bool has_failed() const { return stopped_.has_value() || unusable_ != nullptr; }
  void throw_if_failed() const;
  void resume();

  /// True where the file that was open is no longer the one in its place, or none could be opened.
  bool has_lost_its_file() const { return !database_ || database_->was_replaced(); }

  /// Deletes the file; the next use makes it anew.
  void discard_file();

  /// Deletes the files of this projection's older versions. A newer version's is another program's.
  void remove_older_versions() const;

  /// For work on this file beside that on others'.
  OwnThread& thread() { return *thread_; }

 private:
  const Projection* projection_;
  std::filesystem::path views_folder_;
  struct Kept {
    std::unique_ptr<Intake> intake{};
    Checkpoint checkpoint{};
  };

  std::unique_ptr<ReadModelDatabase> database_{};  // where it stays, for who uses it
  Kept kept_{};                                    // uses the database
  std::optional<ProjectionStopped> stopped_{};
  std::exception_ptr unusable_{};
  std::unique_ptr<OwnThread> thread_{std::make_unique<OwnThread>("view")};  // ends before the rest goes
};

}  // namespace upline::projections
