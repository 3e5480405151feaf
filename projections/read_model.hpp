// One projection and its file, `<views>/<name>.v<version>.db`.
#pragma once

#include "domain/ids.hpp"
#include "projections/projection.hpp"
#include "projections/read_model_database.hpp"

#include <exception>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

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
  /// Opens the file, and makes it and its folder where they are missing.
  ReadModel(const Projection& projection, const std::filesystem::path& views_folder);

  const Projection& projection() const { return *projection_; }

  /// Reopened where the file was deleted or replaced; what is then there has to catch up first.
  ReadModelDatabase& database();

  /// As it was when it last caught up: a file that was deleted since still answers.
  ReadModelDatabase& opened_database() { return database_; }

  const std::optional<ProjectionStopped>& stopped() const { return stopped_; }
  void stop(domain::Position position, const std::exception_ptr& cause);
  void resume() { stopped_.reset(); }

  /// Deletes the files of this projection's older versions. A newer version's is another program's.
  void remove_older_versions() const;

 private:
  const Projection* projection_;
  std::filesystem::path views_folder_;
  ReadModelDatabase database_;
  std::optional<ProjectionStopped> stopped_{};
};

}  // namespace upline::projections
