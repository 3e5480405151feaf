#include "projections/read_models.hpp"

#include "projections/checkpoint.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace upline::projections {

namespace fs = std::filesystem;
using domain::Position;

namespace {

std::vector<ReadModel> open_all(std::span<const Projection* const> projections, const fs::path& views_folder) {
  std::vector<ReadModel> models;
  models.reserve(projections.size());
  for (const auto* projection : projections) models.emplace_back(*projection, views_folder);
  return models;
}

void throw_if_failed(std::span<const ReadModel> models) {
  for (const auto& model : models) model.throw_if_failed();
}

/// True where another file would do, whatever is wrong with this one.
bool is_replaceable(const std::exception_ptr& unusable) {
  try {
    if (unusable) std::rethrow_exception(unusable);
    return false;
  } catch (const UnusableView&) {
    return true;
  } catch (const eventstore::NewerStore&) {
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

/// What failed because its file was deleted meanwhile.
bool wants_another_try(const ReadModel& model) { return model.has_failed() && model.has_lost_its_file(); }

/// Beside the views, for the time of a comparison.
class VerifyFolder {
 public:
  explicit VerifyFolder(const fs::path& views_folder) : path_(views_folder) {
    static std::atomic<int> made{};
    sweep(views_folder);
    path_ += fmt::format(".verify-{}-{}", ::getpid(), ++made);
    remove();
  }
  VerifyFolder(const VerifyFolder&) = delete;
  VerifyFolder& operator=(const VerifyFolder&) = delete;
  ~VerifyFolder() { remove(); }

  const fs::path& path() const { return path_; }

 private:
  /// Removes what comparisons left behind whose process is gone.
  static void sweep(const fs::path& views_folder) {
    const auto prefix = views_folder.filename().string() + ".verify-";
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(fs::absolute(views_folder).parent_path(), ignored)) {
      const auto name = entry.path().filename().string();
      if (!name.starts_with(prefix)) continue;
      const auto process = std::atoi(name.c_str() + prefix.size());
      if (process > 0 && ::kill(process, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
    }
  }

  void remove() const noexcept {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    for (const char* suffix : {".lock", ".renewal.lock"}) {
      auto lock = path_;
      lock += suffix;
      fs::remove(lock, ignored);
    }
  }

  fs::path path_;
};

}  // namespace

std::span<const Projection* const> all_projections() {
  static const std::array all{&commission_balances_projection(), &referral_tree_projection(), &orders_projection(),
                              &inventory_projection(),           &shop_totals_projection(),   &journal_projection()};
  return all;
}

ReadModels::ReadModels(eventstore::EventStore& log, fs::path views_folder,
                       std::span<const Projection* const> projections)
    : log_(log), views_folder_(std::move(views_folder)), models_(open_all(projections, views_folder_)) {}

void ReadModels::catch_up(const Progress& progress) { catch_up_to(log_.head().position, progress); }

void ReadModels::catch_up_to(Position position, const Progress& progress) {
  projections::catch_up_to(position, log_, models_, progress);
  if (std::ranges::any_of(models_, wants_another_try)) projections::catch_up_to(position, log_, models_, progress);
  if (std::exchange(older_versions_removed_, true)) return;
  for (const auto& model : models_) {
    if (!model.has_failed()) model.remove_older_versions();
  }
}

void ReadModels::rebuild(const Progress& progress) {
  refill(log_, models_, eventstore::GivingWay::entirely, progress);
  for (auto& model : models_) {
    if (is_replaceable(model.unusable())) model.discard_file();
    if (!model.unusable() && !wants_another_try(model)) continue;
    refill(log_, {&model, 1}, eventstore::GivingWay::entirely, progress);
  }
  throw_if_failed(models_);
}

std::vector<Difference> ReadModels::compare_with_rebuild(const Progress& progress) {
  const VerifyFolder folder(views_folder_);
  std::vector<const Projection*> projections(models_.size());
  std::ranges::transform(models_, projections.begin(), [](const auto& model) { return &model.projection(); });
  auto fresh = open_all(projections, folder.path());
  refill(log_, fresh, eventstore::GivingWay::mostly, progress);
  throw_if_failed(fresh);
  catch_up();
  throw_if_failed(models_);

  std::vector<Difference> all;
  for (std::size_t i = 0; i < models_.size(); ++i) {
    auto& live = models_[i].opened_database();
    const auto snapshot = live.begin_read();  // another process may carry the file on meanwhile
    const auto position = read_checkpoint(live).position;
    projections::catch_up_to(position, log_, {&fresh[i], 1});
    throw_if_failed(fresh);
    std::ranges::move(differences(models_[i].projection(), live, fresh[i].database()), std::back_inserter(all));
  }
  return all;
}

std::vector<ProjectionStopped> ReadModels::stopped() const {
  std::vector<ProjectionStopped> all;
  for (const auto& model : models_) {
    if (model.stopped()) all.push_back(*model.stopped());
  }
  return all;
}

std::vector<std::string> ReadModels::failed() const {
  std::vector<std::string> names;
  for (const auto& model : models_) {
    if (model.has_failed()) names.emplace_back(model.projection().name());
  }
  return names;
}

AsOf ReadModels::as_of(Position position) const {
  if (position == Position{0}) return as_of_position(position, domain::timestamp_min);
  const auto event = log_.read_one(position);
  if (!event) throw std::out_of_range(fmt::format("the log does not reach position {}", position.value));
  return as_of_position(position, event->recorded_at);
}

ReadModelDatabase& ReadModels::healthy(const Projection& projection) {
  const auto model = std::ranges::find_if(models_, [&](const auto& m) { return &m.projection() == &projection; });
  if (model == models_.end()) throw std::logic_error(fmt::format("{} is not among these", projection.name()));
  model->throw_if_failed();
  return model->opened_database();
}

}  // namespace upline::projections
