#include "projections/runner.hpp"

#include "projections/checkpoint.hpp"
#include "projections/log_batches.hpp"

#include <algorithm>
#include <future>
#include <optional>
#include <utility>
#include <vector>

namespace upline::projections {

using domain::Position;
using eventstore::EventStore;

namespace {

using Events = std::span<const DecodedEvent>;
using Transaction = ReadModelDatabase::Transaction;

/// Applies the events in order; false where one failed, in front of which the model is then stopped.
bool apply(ReadModel& model, ReadModelDatabase& database, Events events) {
  for (const auto& [event, leaf_hash] : events) {
    try {
      model.projection().apply(database, event);
    } catch (const std::exception&) {
      model.stop(event.position, std::current_exception());
      return false;
    }
  }
  return true;
}

/// The part of the events that follows the position, or nothing where they do not continue it.
Events following(Events events, Position position) {
  if (events.empty() || position.value + 1 < events.front().event.position.value) return {};
  const auto known = position.value + 1 - events.front().event.position.value;
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
  bool is_behind(Position last) const { return !model_.stopped() && checkpoint_.position < last; }
  void look() { checkpoint_ = read_checkpoint(model_.database()); }

  /// Applies what follows the checkpoint in one transaction; another process may have come further meanwhile. In front
  /// of a failing event, what precedes it counts all the same.
  void advance(Events events) {
    if (model_.stopped() || following(events, checkpoint_.position).empty()) return;
    const auto failed_at = try_to_advance(events);
    if (failed_at) try_to_advance(events.first(failed_at->value - events.front().event.position.value));
  }

 private:
  std::optional<Position> try_to_advance(Events events) {
    auto& database = model_.database();
    auto transaction = database.begin_write();
    checkpoint_ = read_checkpoint(database);
    const auto fresh = following(events, checkpoint_.position);
    if (fresh.empty()) return std::nullopt;
    if (!apply(model_, database, fresh)) return model_.stopped()->position();
    checkpoint_ = fresh.back().checkpoint();
    write_checkpoint(database, checkpoint_);
    transaction.commit();
    return std::nullopt;
  }

  ReadModel& model_;
  Checkpoint checkpoint_{};
};

/// Those in front of an event that cannot be read stay there.
void stop_at(std::vector<Follower>& followers, Position position, const UnreadableEvent& event) {
  for (auto& follower : followers) {
    if (follower.checkpoint().position == position) follower.model().stop(event.position, event.cause);
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

/// Fewer events than this are applied sooner than threads are started.
constexpr std::size_t worth_threads = 500;

/// Files do not share anything, so each is worked on by a thread of its own where there is much to do. All have ended
/// when this returns, or throws what one of them threw.
template <class Items, class Work>
void for_each_at_once(Items& items, std::size_t events, const Work& work) {
  const auto policy = events < worth_threads ? std::launch::deferred : std::launch::async;
  std::vector<std::future<void>> running;
  running.reserve(items.size());
  for (auto& item : items) running.push_back(std::async(policy, [&work, &item] { work(item); }));
  for (auto& one : running) one.wait();
  for (auto& one : running) one.get();
}

void report(const Progress& progress, Position done, Position total) {
  if (progress) progress(done, total);
}

std::vector<Follower> followers_of(EventStore& log, std::span<ReadModel> models, const Progress& progress) {
  std::vector<Follower> followers;
  followers.reserve(models.size());
  for (auto& model : models) {
    auto& follower = followers.emplace_back(model);
    if (belongs_to(follower.checkpoint(), log)) continue;
    refill(log, {&model, 1}, progress);
    follower.look();
  }
  return followers;
}

/// A read model that is filled anew, in a transaction that holds its file.
struct Filling {
  ReadModel& model;
  ReadModelDatabase& database;  // asked for once: a file that is deleted meanwhile must not be opened anew
  std::optional<Transaction> transaction;

  explicit Filling(ReadModel& filled)
      : model(filled), database(filled.database()), transaction(database.begin_write()) {
    model.resume();
    for (const auto& table : model.projection().tables()) database.run(table.delete_all);
  }

  bool is_alive() const { return transaction.has_value(); }

  void add(Events events) {
    if (is_alive() && !apply(model, database, events)) transaction.reset();
  }

  void give_up(const UnreadableEvent& event) {
    if (!is_alive()) return;
    model.stop(event.position, event.cause);
    transaction.reset();
  }

  void finish(const Checkpoint& checkpoint) {
    if (!is_alive()) return;
    write_checkpoint(database, checkpoint);
    transaction->commit();
  }
};

}  // namespace

void catch_up(EventStore& log, std::span<ReadModel> models, const Progress& progress) {
  catch_up_to(log.head().position, log, models, progress);
}

void catch_up_to(Position last, EventStore& log, std::span<ReadModel> models, const Progress& progress) {
  auto followers = followers_of(log, models, progress);
  LogBatches batches(log, last);
  while (const auto at = furthest_behind(followers, last)) {
    report(progress, *at, last);
    const auto events = batches.after(*at);
    if (events.empty()) {
      stop_at(followers, *at, batches.unreadable().value());
    } else {
      for_each_at_once(followers, events.size(), [&](Follower& follower) { follower.advance(events); });
    }
  }
  report(progress, last, last);
}

void refill(EventStore& log, std::span<ReadModel> models, const Progress& progress) {
  std::vector<Filling> fillings;
  fillings.reserve(models.size());
  for (auto& model : models) fillings.emplace_back(model);  // in one order everywhere, so that nobody waits in a ring
  const auto last = log.head().position;
  LogBatches batches(log, last);
  Checkpoint checkpoint;
  while (checkpoint.position < last && std::ranges::any_of(fillings, &Filling::is_alive)) {
    report(progress, checkpoint.position, last);
    const auto events = batches.after(checkpoint.position);
    if (events.empty()) {
      for (auto& filling : fillings) filling.give_up(batches.unreadable().value());
    } else {
      for_each_at_once(fillings, events.size(), [&](Filling& filling) { filling.add(events); });
      checkpoint = events.back().checkpoint();
    }
  }
  for (auto& filling : fillings) filling.finish(checkpoint);
  report(progress, last, last);
}

}  // namespace upline::projections
