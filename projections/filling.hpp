// Many events at once into a read model: a long transaction, on a thread of its own.
#pragma once

#include "eventstore/giving_way.hpp"
#include "projections/checkpoint.hpp"
#include "projections/log_batches.hpp"
#include "projections/read_model.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace upline::projections {

/// What fails when several events are written together does not say which of them it was.
enum class Flushing { when_much_is_kept, after_each_event };

/// Takes the events in, in order. False where one failed: the model is then stopped in front of it, or where it failed
/// in a flush of several, in front of the first of those. The rest is flushed by whoever commits.
bool take_in(ReadModel& model, Intake& intake, Events events, Flushing flushing);

/// As take_in() for what it left to be flushed, which begins with `first`.
bool flush(ReadModel& model, Intake& intake, domain::Position first);

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

class Filling {
 public:
  explicit Filling(ReadModel& model, Flushing flushing = Flushing::when_much_is_kept)
      : model_(model), flushing_(flushing) {}

  ReadModel& model() { return model_; }

  /// Takes the right to write the model's own file.
  void begin_in_place();
  /// Of another one, which has to be there until this ends.
  void begin(ReadModelDatabase& database);

  /// Lets go of the file where another process has carried it on meanwhile.
  void expect(const Checkpoint& checkpoint);

  /// Whether it takes in more.
  bool is_alive() const { return intake_ != nullptr; }

  void add(Events events);
  void stop_at(const UnreadableEvent& event);
  void commit(const Checkpoint& checkpoint);

  /// Where it failed is then not known to the event.
  bool failed_in_a_flush() const { return failed_in_a_flush_; }

 private:
  template <class Work>
  void attempt(const Work& work);
  void flush_kept();
  void end();

  ReadModel& model_;
  Flushing flushing_;
  ReadModelDatabase* database_{};
  std::optional<ReadModelDatabase::Transaction> transaction_{};
  std::unique_ptr<Intake> intake_{};
  std::optional<domain::Position> first_kept_{};  // what was not flushed begins here
  std::size_t kept_{};                            // and has so many events
  bool failed_in_a_flush_{};
};

/// Takes in what follows `from`, to the first end of a batch at or behind `until`, each on a thread of its own, a few
/// batches behind the log at most. Answers where that is. `report` is told how far the log was read. Who reads the log
/// does not give way as those threads do: it keeps the log's journal from beginning anew.
Checkpoint fill(std::span<const std::reference_wrapper<Filling>> fillings, LogBatches& batches, Checkpoint from,
                domain::Position until, eventstore::GivingWay giving_way,
                const std::function<void(domain::Position)>& report);

}  // namespace upline::projections
