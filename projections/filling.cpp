#include "projections/filling.hpp"

#include "projections/feed.hpp"

#include <algorithm>
#include <utility>

namespace upline::projections {

using domain::Position;

namespace {

/// Events whose rows are kept back before they are written: the more, the more of them share a page. Some 50 MB.
constexpr std::size_t kept_events_max = 200'000;

/// False where the work failed because of an event: then the model is stopped in front of it.
template <class Work>
bool or_stop(ReadModel& model, Position position, const Work& work) {
  try {
    work();
    return true;
  } catch (const UnusableView&) {
    throw;
  } catch (const eventstore::StoreUnwritable&) {
    throw;
  } catch (const std::exception&) {
    model.stop(position, std::current_exception());
    return false;
  }
}

}  // namespace

bool take_in(ReadModel& model, Intake& intake, Events events, Flushing flushing) {
  return std::ranges::all_of(events, [&](const DecodedEvent* decoded) {
    return or_stop(model, decoded->event.position, [&] {
      intake.apply(decoded->event);
      if (flushing == Flushing::after_each_event) intake.flush();
    });
  });
}

bool flush(ReadModel& model, Intake& intake, Position first) {
  return or_stop(model, first, [&] { intake.flush(); });
}

template <class Work>
void Filling::attempt(const Work& work) {
  or_give_up(model_, work);
  if (model_.has_failed()) end();
}

void Filling::end() {
  intake_.reset();
  transaction_.reset();
}

void Filling::begin(ReadModelDatabase& database) {
  attempt([&] {
    database_ = &database;
    transaction_.emplace(database.begin_write());
    intake_ = model_.projection().begin(database);
  });
}

void Filling::begin_in_place() {
  attempt([this] { begin(model_.database()); });  // asked for once: a deleted file must not be opened anew meanwhile
}

void Filling::expect(const Checkpoint& checkpoint) {
  if (!is_alive()) return;
  attempt([&] {
    if (read_checkpoint(*database_) != checkpoint) end();
  });
}

void Filling::add(Events events) {
  if (!is_alive() || events.empty()) return;
  attempt([&] {
    if (!first_kept_) first_kept_ = events.front()->event.position;
    kept_ += events.size();
    if (take_in(model_, *intake_, events, flushing_) && kept_ >= kept_events_max) flush_kept();
  });
}

void Filling::flush_kept() {
  if (first_kept_) failed_in_a_flush_ = !flush(model_, *intake_, *first_kept_);
  first_kept_.reset();
  kept_ = 0;
}

void Filling::stop_at(const UnreadableEvent& event) {
  if (!is_alive()) return;
  model_.stop(event.position, event.cause);
  end();
}

void Filling::commit(const Checkpoint& checkpoint) {
  if (!is_alive()) return;
  attempt([&] {
    flush_kept();
    if (failed_in_a_flush_) return;
    write_checkpoint(*database_, checkpoint);
    transaction_->commit();
  });
  end();
}

Checkpoint fill(std::span<const std::reference_wrapper<Filling>> fillings, LogBatches& batches, Checkpoint from,
                Position until, eventstore::GivingWay giving_way, const std::function<void(Position)>& report) {
  std::vector<std::unique_ptr<Feed>> feeds;
  feeds.reserve(fillings.size());
  for (Filling& filling : fillings) {
    const auto take_in = [&filling](const BatchPart& part) {
      filling.add(part.events);
      return filling.is_alive();
    };
    feeds.push_back(std::make_unique<Feed>(take_in, giving_way));
  }
  const auto wants_more = [](const auto& feed) { return feed->wants_more(); };
  auto at = from;
  while (at.position < until && std::ranges::any_of(feeds, wants_more)) {
    report(at.position);
    const auto part = batches.after(at.position);
    if (part.events.empty()) break;
    for (const auto& feed : feeds) feed->push(part);
    at = checkpoint_of(*part.events.back());
  }
  for (const auto& feed : feeds) feed->finish();
  if (at.position < until && batches.unreadable()) {
    for (auto& filling : fillings) filling.get().stop_at(*batches.unreadable());
  }
  return at;
}

}  // namespace upline::projections
