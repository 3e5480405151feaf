#include "projections/renewal.hpp"

#include "eventstore/file_lock.hpp"
#include "projections/checkpoint.hpp"
#include "projections/filling.hpp"
#include "projections/log_batches.hpp"
#include "projections/replacement.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <utility>

namespace upline::projections {

using domain::Position;
using eventstore::EventStore;
using eventstore::GivingWay;

namespace {

constexpr std::chrono::seconds patience{60};

/// What others append meanwhile is less each time that the log is read on. As little as this is taken in while they
/// wait.
constexpr std::uint64_t worth_another_reading = 5'000;

/// A round syncs the new files, so none leaves less than is appended during a sync.
constexpr int rounds_max = 3;

/// One read model and the file that is to take its place.
class Renewal {
 public:
  Renewal(ReadModel& model, Flushing flushing) : model_(model), filling_(std::make_unique<Filling>(model, flushing)) {
    model_.resume();
    attempt([this] {
      model_.database();  // one that cannot be opened is not replaced unasked
      replacement_.emplace(model_.file(), std::string(model_.projection().name()));
    });
    begin();
  }

  ReadModel& model() { return model_; }
  bool is_alive() const { return !model_.has_failed(); }
  const std::unique_ptr<Filling>& filling() const { return filling_; }

  void begin() {
    if (is_alive()) filling_->begin(replacement_->database());
  }

  /// The indexes and the disk take their time, so this comes before others have to wait.
  void finish_most(const Checkpoint& reached) {
    filling_->commit(reached);
    attempt([this] { replacement_->finish(); });
  }

  /// Nobody carries the old file on from here, until the new one has its place. How far the old one has come.
  Position hold_old_file() {
    Position reached{};
    attempt([&] {
      auto& database = model_.database();
      old_file_.emplace(database.begin_write());
      reached = read_checkpoint(database).position;
    });
    return reached;
  }

  void take_place(const Checkpoint& reached) {
    filling_->commit(reached);
    attempt([this] { replacement_->take_place(); });
    old_file_.reset();
    attempt([this] { model_.database(); });  // whoever asks this one from here on asks the new file
  }

 private:
  template <class Work>
  void attempt(const Work& work) {
    if (is_alive()) or_give_up(model_, work);
  }

  ReadModel& model_;
  std::optional<Replacement> replacement_{};
  std::optional<ReadModelDatabase::Transaction> old_file_{};
  std::unique_ptr<Filling> filling_;  // ends before its database does
};

class Renewals {
 public:
  Renewals(EventStore& log, const std::vector<ReadModel*>& models, Flushing flushing, GivingWay giving_way,
           const Progress& progress)
      : log_(log), giving_way_(giving_way), progress_(progress) {
    for (auto* model : models) all_.push_back(std::make_unique<Renewal>(*model, flushing));
  }

  void run() {
    do {
      fill_to(log_.head().position, giving_way_);
    } while (is_far_behind());
    finish_most(giving_way_);
    // Where cores are rare, much is appended while indexes are made. Each round leaves less.
    for (int round = 0; round < rounds_max && is_far_behind(); ++round) {
      for (auto& one : all_) one->begin();
      fill_to(log_.head().position, GivingWay::mostly);
      finish_most(GivingWay::mostly);
    }
    Position wanted = reached_.position;
    for (auto& one : all_) wanted = std::max(wanted, one->hold_old_file());  // in one order everywhere
    for (auto& one : all_) one->begin();
    // An old file of another log may have come further than this one.
    fill_to(std::min(wanted, log_.head().position), GivingWay::mostly);
    for (auto& one : all_) one->take_place(reached_);
  }

  /// Those that failed where several events were written together.
  std::vector<ReadModel*> failed_in_a_flush() {
    std::vector<ReadModel*> failed;
    for (auto& one : all_) {
      if (one->filling()->failed_in_a_flush()) failed.push_back(&one->model());
    }
    return failed;
  }

 private:
  bool is_far_behind() const {
    const bool is_any_alive = std::ranges::any_of(all_, [](const auto& one) { return one->is_alive(); });
    return is_any_alive && log_.head().position.value - reached_.position.value > worth_another_reading;
  }

  void fill_to(Position until, GivingWay giving_way) {
    if (reached_.position >= until) return;
    std::vector<std::reference_wrapper<Filling>> fillings;
    fillings.reserve(all_.size());
    for (auto& one : all_) fillings.emplace_back(*one->filling());
    LogBatches batches(log_, until);
    reached_ = fill(fillings, batches, reached_, until, giving_way, [&](Position position) {
      if (progress_) progress_(position, std::max(until, position));
    });
  }

  /// All at once.
  void finish_most(GivingWay giving_way) {
    std::vector<std::future<void>> running;
    running.reserve(all_.size());
    for (auto& one : all_) {
      running.push_back(std::async(std::launch::async, [this, giving_way, &one] {
        eventstore::give_way(giving_way);
        one->finish_most(reached_);
      }));
    }
    for (auto& one : running) one.wait();
    for (auto& one : running) one.get();
  }

  EventStore& log_;
  GivingWay giving_way_;  // until others wait
  const Progress& progress_;
  std::vector<std::unique_ptr<Renewal>> all_{};
  Checkpoint reached_{};
};

void renew(EventStore& log, const std::vector<ReadModel*>& models, Flushing flushing, GivingWay giving_way,
           const Progress& progress) {
  std::vector<ReadModel*> failed_in_a_flush;
  {
    Renewals renewals(log, models, flushing, giving_way, progress);
    renewals.run();
    failed_in_a_flush = renewals.failed_in_a_flush();
  }
  if (failed_in_a_flush.empty() || flushing == Flushing::after_each_event) return;
  renew(log, failed_in_a_flush, Flushing::after_each_event, giving_way, progress);  // to say at which event
}

}  // namespace

void renew(EventStore& log, const std::vector<ReadModel*>& models, GivingWay giving_way, const Progress& progress) {
  if (models.empty()) return;
  const eventstore::FileLock alone(models.front()->renewal_lock(), patience);
  renew(log, models, Flushing::when_much_is_kept, giving_way, progress);
}

}  // namespace upline::projections
