#include "projections/runner.hpp"

#include "projections/checkpoint.hpp"
#include "projections/filling.hpp"
#include "projections/log_batches.hpp"
#include "projections/renewal.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <utility>
#include <vector>

namespace upline::projections {

using domain::Position;
using eventstore::EventStore;
using eventstore::GivingWay;

namespace {

/// The part of the events that follows the position, or nothing where they do not continue it.
Events following(Events events, Position position) {
  if (events.empty() || position.value + 1 < events.front()->event.position.value) return {};
  const auto known = position.value + 1 - events.front()->event.position.value;
  return known < events.size() ? events.subspan(known) : Events{};
}

/// A read model on its way along the log.
class Follower {
 public:
  explicit Follower(ReadModel& model) : model_(model) {
    model_.resume();
    look();
  }

  ReadModel& model() { return model_; }
  const Checkpoint& checkpoint() const { return checkpoint_; }
  bool is_behind(Position last) const { return !model_.has_failed() && checkpoint_.position < last; }

  void look() {
    or_give_up(model_, [this] { checkpoint_ = read_checkpoint(model_.database()); });
  }

  bool takes_strides() const { return takes_strides_; }

  /// One that met a failing event goes on batch by batch, up to that event.
  void end_stride() {
    if (model_.stopped()) {
      takes_strides_ = false;
      model_.resume();
    }
    if (!model_.has_failed()) look();
  }

  /// Applies what follows the checkpoint in one transaction; another process may have come further meanwhile. In front
  /// of a failing event, what precedes it counts all the same.
  void advance(Events events) {
    if (model_.has_failed() || following(events, checkpoint_.position).empty()) return;
    or_give_up(model_, [&] {
      if (try_to_advance(events, Flushing::when_much_is_kept)) return;
      model_.resume();
      if (try_to_advance(events, Flushing::after_each_event)) return;
      const auto before = model_.stopped()->position().value - events.front()->event.position.value;
      try_to_advance(events.first(before), Flushing::when_much_is_kept);
    });
  }

 private:
  bool try_to_advance(Events events, Flushing flushing) {
    auto& database = model_.database();
    auto transaction = database.begin_write();
    checkpoint_ = read_checkpoint(database);
    const auto fresh = following(events, checkpoint_.position);
    if (fresh.empty()) return true;
    auto intake = model_.intake_behind(checkpoint_);
    if (!take_in(model_, *intake, fresh, flushing)) return false;
    if (!flush(model_, *intake, fresh.front()->event.position)) return false;
    checkpoint_ = checkpoint_of(*fresh.back());
    write_checkpoint(database, checkpoint_);
    transaction.commit();
    model_.keep(std::move(intake), checkpoint_);
    return true;
  }

  ReadModel& model_;
  Checkpoint checkpoint_{};
  bool takes_strides_{true};
};

/// Those in front of an event that cannot be read stay there.
void stop_at(std::vector<Follower>& followers, Position position, const UnreadableEvent& event) {
  for (auto& follower : followers) {
    if (follower.model().has_failed() || follower.checkpoint().position != position) continue;
    follower.model().stop(event.position, event.cause);
  }
}

std::optional<Position> furthest_behind(const std::vector<Follower>& followers, Position last) {
  std::optional<Position> lowest;
  for (const auto& follower : followers) {
    if (!follower.is_behind(last)) continue;
    const auto at = follower.checkpoint().position;
    if (!lowest || at < *lowest) lowest = at;
  }
  return lowest;
}

/// Fewer events than this are applied sooner than threads are woken.
constexpr std::size_t worth_threads = 150;

/// Files do not share anything, so each is worked on by its own thread where there is much to do. All have taken the
/// events in when this returns, or throws what one of them threw.
void advance_all(std::vector<Follower>& followers, Events events) {
  if (events.size() < worth_threads) {
    for (auto& follower : followers) follower.advance(events);
    return;
  }
  std::vector<std::future<void>> running;
  running.reserve(followers.size());
  const auto await_all = [&running] {
    for (auto& one : running) one.wait();
  };
  try {
    for (auto& follower : followers) {
      running.push_back(follower.model().thread().run([&follower, events] { follower.advance(events); }));
    }
  } catch (...) {
    await_all();
    throw;
  }
  await_all();
  for (auto& one : running) one.get();
}

void report(const Progress& progress, Position done, Position total) {
  if (progress) progress(done, total);
}

std::vector<Follower> followers_of(EventStore& log, std::span<ReadModel> models, const Progress& progress) {
  std::vector<Follower> followers;
  followers.reserve(models.size());
  for (auto& model : models) followers.emplace_back(model);
  std::vector<ReadModel*> of_another_log;
  for (auto& follower : followers) {
    if (follower.model().has_failed() || belongs_to(follower.checkpoint(), log)) continue;
    of_another_log.push_back(&follower.model());
  }
  if (of_another_log.empty()) return followers;
  renew(log, of_another_log, GivingWay::mostly, progress);
  for (auto& follower : followers) follower.look();
  return followers;
}

/// Who is further behind than this takes strides: batches share a transaction, so that a page which many of them touch
/// is written once. A stride ends soon enough for others to wait for it, and for a kill not to cost everything.
constexpr std::uint64_t worth_a_stride = 20'000;
constexpr std::uint64_t stride_events = 2'000'000;

/// False where nobody who stands at this position takes strides.
bool stride(std::vector<Follower>& followers, LogBatches& batches, Position at, Position last,
            const Progress& progress) {
  if (last.value - at.value <= worth_a_stride) return false;
  std::deque<Filling> fillings;
  std::vector<Follower*> striding;
  for (auto& follower : followers) {
    if (!follower.takes_strides() || !follower.is_behind(last) || follower.checkpoint().position != at) continue;
    striding.push_back(&follower);
    auto& filling = fillings.emplace_back(follower.model());
    filling.begin_in_place();
    filling.expect(follower.checkpoint());
  }
  if (striding.empty()) return false;
  const Position until{std::min(last.value, at.value + stride_events)};
  const std::vector<std::reference_wrapper<Filling>> all(fillings.begin(), fillings.end());
  const auto reached = fill(all, batches, striding.front()->checkpoint(), until, GivingWay::mostly,
                            [&](Position position) { report(progress, position, last); });
  for (auto& filling : fillings) filling.commit(reached);
  for (auto* follower : striding) follower->end_stride();
  return true;
}

}  // namespace

void catch_up(EventStore& log, std::span<ReadModel> models, const Progress& progress) {
  catch_up_to(log.head().position, log, models, progress);
}

void catch_up_to(Position last, EventStore& log, std::span<ReadModel> models, const Progress& progress) {
  auto followers = followers_of(log, models, progress);
  LogBatches batches(log, last, log.fresh());
  while (const auto at = furthest_behind(followers, last)) {
    if (stride(followers, batches, *at, last, progress)) continue;
    report(progress, *at, last);
    const auto part = batches.after(*at);
    const auto events = part.events;
    if (events.empty()) {
      stop_at(followers, *at, batches.unreadable().value());
    } else {
      advance_all(followers, events);
    }
  }
  report(progress, last, last);
}

void refill(EventStore& log, std::span<ReadModel> models, GivingWay giving_way, const Progress& progress) {
  std::vector<ReadModel*> all;
  for (auto& model : models) all.push_back(&model);
  renew(log, all, giving_way, progress);
  const auto last = log.head().position;
  report(progress, last, last);
}

}  // namespace upline::projections
