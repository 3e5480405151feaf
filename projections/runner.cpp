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

/// One unusable file is no reason to keep the others behind.
template <class Work>
void or_give_up(ReadModel& model, const Work& work) {
  try {
    work();
  } catch (const eventstore::StoreBusy&) {
    throw;
  } catch (const std::exception&) {
    model.give_up(std::current_exception());
  }
}

/// Applies the events in order; false where one failed, in front of which the model is then stopped.
bool apply(ReadModel& model, ReadModelDatabase& database, Events events) {
  for (const auto& [event, leaf_hash] : events) {
    try {
      model.projection().apply(database, event);
    } catch (const UnusableView&) {
      throw;
    } catch (const eventstore::StoreUnwritable&) {
      throw;
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
      const auto failed_at = try_to_advance(events);
      if (failed_at) try_to_advance(events.first(failed_at->value - events.front().event.position.value));
    });
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

/// A read model that is filled in one long transaction, which holds its file.
class Filling {
 public:
  explicit Filling(ReadModel& model) : model_(model) {
    or_give_up(model_, [this] {
      database_ = &model_.database();  // asked for once: a file that is deleted meanwhile must not be opened anew
      transaction_.emplace(database_->begin_write());
    });
  }

  bool is_alive() const { return transaction_.has_value(); }

  void empty() {
    attempt([this] {
      for (const auto& table : model_.projection().tables()) database_->run(table.delete_all);
    });
  }

  /// Lets go of the file where another process has carried it on meanwhile.
  void expect(const Checkpoint& checkpoint) {
    attempt([&] {
      if (read_checkpoint(*database_) != checkpoint) transaction_.reset();
    });
  }

  void add(Events events) {
    attempt([&] {
      if (!apply(model_, *database_, events)) transaction_.reset();
    });
  }

  void stop_at(const UnreadableEvent& event) {
    if (!is_alive()) return;
    model_.stop(event.position, event.cause);
    transaction_.reset();
  }

  void finish(const Checkpoint& checkpoint) {
    attempt([&] {
      write_checkpoint(*database_, checkpoint);
      transaction_->commit();
    });
  }

 private:
  template <class Work>
  void attempt(const Work& work) {
    if (!is_alive()) return;
    or_give_up(model_, work);
    if (model_.unusable()) transaction_.reset();
  }

  ReadModel& model_;
  ReadModelDatabase* database_{};
  std::optional<Transaction> transaction_;
};

/// Applies what follows the checkpoint, to the first end of a batch at or behind `until`, and commits.
void fill(std::vector<Filling>& fillings, LogBatches& batches, Checkpoint checkpoint, Position until, Position last,
          const Progress& progress) {
  while (checkpoint.position < until && std::ranges::any_of(fillings, &Filling::is_alive)) {
    report(progress, checkpoint.position, last);
    const auto events = batches.after(checkpoint.position);
    if (events.empty()) {
      for (auto& filling : fillings) filling.stop_at(batches.unreadable().value());
    } else {
      for_each_at_once(fillings, events.size(), [&](Filling& filling) { filling.add(events); });
      checkpoint = events.back().checkpoint();
    }
  }
  for (auto& filling : fillings) filling.finish(checkpoint);
}

void refill(EventStore& log, const std::vector<ReadModel*>& models, const Progress& progress) {
  std::vector<Filling> fillings;
  fillings.reserve(models.size());
  for (auto* model : models) {  // in one order everywhere, so that nobody waits in a ring
    model->resume();
    fillings.emplace_back(*model).empty();
  }
  const auto last = log.head().position;
  LogBatches batches(log, last);
  fill(fillings, batches, {}, last, last, progress);
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
  refill(log, of_another_log, progress);
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
  std::vector<Filling> fillings;
  std::vector<Follower*> striding;
  for (auto& follower : followers) {
    if (!follower.takes_strides() || !follower.is_behind(last) || follower.checkpoint().position != at) continue;
    striding.push_back(&follower);
    fillings.emplace_back(follower.model()).expect(follower.checkpoint());
  }
  if (striding.empty()) return false;
  const Position until{std::min(last.value, at.value + stride_events)};
  fill(fillings, batches, striding.front()->checkpoint(), until, last, progress);
  fillings.clear();
  for (auto* follower : striding) follower->end_stride();
  return true;
}

}  // namespace

void catch_up(EventStore& log, std::span<ReadModel> models, const Progress& progress) {
  catch_up_to(log.head().position, log, models, progress);
}

void catch_up_to(Position last, EventStore& log, std::span<ReadModel> models, const Progress& progress) {
  auto followers = followers_of(log, models, progress);
  LogBatches batches(log, last);
  while (const auto at = furthest_behind(followers, last)) {
    if (stride(followers, batches, *at, last, progress)) continue;
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
  std::vector<ReadModel*> all;
  for (auto& model : models) all.push_back(&model);
  refill(log, all, progress);
  const auto last = log.head().position;
  report(progress, last, last);
}

}  // namespace upline::projections
