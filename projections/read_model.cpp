#include "projections/read_model.hpp"

#include <utility>

#include <fmt/format.h>

namespace upline::projections {

namespace fs = std::filesystem;

namespace {

std::string what_of(const std::exception_ptr& cause) {
  try {
    std::rethrow_exception(cause);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "unknown error";
  }
}

/// What went wrong, without the position where the cause names it as well.
std::string cause_at(domain::Position position, const std::exception_ptr& cause) {
  auto what = what_of(cause);
  for (const auto* sign : {": ", " "}) {
    const auto named = fmt::format("position {}{}", position.value, sign);
    if (what.starts_with(named)) return what.substr(named.size());
  }
  return what;
}

fs::path file_of(const Projection& projection, int version, const fs::path& views_folder) {
  return views_folder / fmt::format("{}.v{}.db", projection.name(), version);
}

}  // namespace

ProjectionStopped::ProjectionStopped(std::string projection, domain::Position position, std::exception_ptr cause)
    : std::runtime_error(
          fmt::format("{} stopped in front of position {}: {}", projection, position.value, cause_at(position, cause))),
      projection_(std::move(projection)),
      position_(position),
      cause_(std::move(cause)) {}

ReadModel::ReadModel(const Projection& projection, const fs::path& views_folder)
    : projection_(&projection), views_folder_(views_folder) {}

fs::path ReadModel::file() const { return file_of(*projection_, projection_->version(), views_folder_); }

fs::path ReadModel::renewal_lock() const {
  auto lock = fs::absolute(views_folder_);
  fs::create_directories(lock);
  lock += ".renewal.lock";
  return lock;
}

ReadModelDatabase& ReadModel::database() {
  if (opened_database().reopen_if_replaced()) kept_ = {};
  return *database_;
}

ReadModelDatabase& ReadModel::opened_database() {
  if (!database_) {
    database_ = std::make_unique<ReadModelDatabase>(file(), std::string(projection_->name()));
  }
  return *database_;
}

void ReadModel::throw_if_failed() const {
  if (stopped_) throw ProjectionStopped(*stopped_);
  if (unusable_) std::rethrow_exception(unusable_);
}

void ReadModel::resume() {
  stopped_.reset();
  unusable_ = nullptr;
}

std::unique_ptr<Intake> ReadModel::intake_behind(const Checkpoint& checkpoint) {
  auto kept = std::exchange(kept_, {});
  if (kept.intake && kept.checkpoint == checkpoint) return std::move(kept.intake);
  return projection_->begin(opened_database());
}

void ReadModel::discard_file() {
  kept_ = {};
  database_.reset();
  ReadModelDatabase::discard(file());
}

void ReadModel::stop(domain::Position position, const std::exception_ptr& cause) {
  stopped_.emplace(std::string(projection_->name()), position, cause);
}

void ReadModel::remove_older_versions() const {
  for (int version = projection_->version() - 1; version >= 1; --version) {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      auto file = file_of(*projection_, version, views_folder_);
      file += suffix;
      fs::remove(file);
    }
  }
}

}  // namespace upline::projections
