#include "api/projector.hpp"

#include "api/entity_tag.hpp"
#include "eventstore/fresh_events.hpp"
#include "eventstore/thread_name.hpp"

#include <algorithm>
#include <utility>

namespace upline::api {

namespace {

/// How often the log is looked at for what another process may have committed.
constexpr std::chrono::milliseconds poll_every{5};

using Clock = std::chrono::steady_clock;

/// More reads than that do not wait at once.
constexpr std::size_t parked_reads_max = 1024;

}  // namespace

Projector::Projector(eventstore::ShopLocation location, HotReads& hot_reads, const ProjectorPace& pace)
    : location_(std::move(location)), hot_reads_(hot_reads), pace_(pace), parked_(parked_reads_max), thread_([this] {
        run();
      }) {
  hot_reads_.on_stock_wanted([this] { want_stock(); });
}

Projector::~Projector() {
  hot_reads_.on_stock_wanted({});
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Projected Projector::projected() const {
  const std::lock_guard lock(mutex_);
  return projected_;
}

Projecting Projector::projecting() const {
  const std::lock_guard lock(mutex_);
  return projecting_;
}

bool Projector::when_projected(domain::Position position, ParkedReads::Clock::time_point deadline,
                               ParkedReads::Resume resume) {
  if (!parked_.park(position, deadline, std::move(resume))) return false;
  want();
  return true;
}

void Projector::want() {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  changed_.notify_all();
}

void Projector::want_stock() {
  {
    const std::lock_guard lock(mutex_);
    stock_wanted_ = true;
  }
  changed_.notify_all();
}

void Projector::run() {
  eventstore::name_this_thread("projector");
  std::optional<Reader> own;
  while (!is_ending()) {
    forget_wishes();
    const auto began = Clock::now();
    carry_on(own);
    release_parked();
    rest(own, began + pace_.pause);
  }
  parked_.release_all();
}

void Projector::forget_wishes() {
  const std::lock_guard lock(mutex_);
  wanted_ = false;
  stock_wanted_ = false;
}

/// Until it is time for the next step, somebody waits for it, another process has committed, or this one enough.
void Projector::rest(std::optional<Reader>& own, Clock::time_point until) {
  const bool is_waited_for = parked_.size() > 0 || hot_reads_.is_stock_waited_for();
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, poll_every, [this] { return ending_ || wanted_; });
  if (is_waited_for) return;
  while (!ending_ && !wanted_ && !stock_wanted_ && Clock::now() < until) {
    lock.unlock();
    if (own && finds_enough(own->log())) return;
    lock.lock();
    const auto soon = std::min(until, Clock::now() + poll_every);
    changed_.wait_until(lock, soon, [this] { return ending_ || wanted_ || stock_wanted_; });
  }
}

/// What this process has committed is at hand and may wait; anything else is another one's. A commit of this process
/// that is being handed over just now is taken for one as well, and costs a step.
bool Projector::finds_enough(eventstore::EventStore& log) try {
  const auto before = projecting();
  const auto head = log.head().position;
  note_head(head);
  const bool can_go_on = projected().is_well && before.failed.empty();
  if (can_go_on && head.value >= before.projected.value + pace_.enough) return true;
  return head > before.head && !log.fresh().has_all(before.head, head);
} catch (const std::exception&) {
  return false;  // the next step says what is wrong
}

/// The head is read before: what is committed meanwhile may be in, and is not promised.
void Projector::carry_on(std::optional<Reader>& own) try {
  if (!own) own.emplace(location_);
  const auto head = own->log().tree_head();
  note_head(head.position);
  do {
    take_step(*own, head);
    release_parked();
  } while (projected().is_well && projected().position < head.position && !is_ending());
  if (projected().is_well) return hot_reads_.note_projected(*own, projected());
  hot_reads_.give_up_stock();
} catch (const eventstore::StoreBusy&) {
  // Another process holds a file for long: nothing is wrong, and whoever waits does so until its own deadline.
} catch (const std::exception&) {
  // Whoever asks a read model is told what is wrong with it; the thread goes on trying.
  note_failure();
  hot_reads_.give_up_stock();
}

/// A position inside the log has no tag: its root is not at hand. Where a projection fails, the others go all the way.
void Projector::take_step(Reader& own, const eventstore::TreeHead& head) {
  const auto before = projected();
  const auto rest = head.position > before.position ? head.position.value - before.position.value : 0;
  const bool is_last = !before.is_well || rest <= pace_.step;
  const domain::Position until = is_last ? head.position : domain::Position{before.position.value + pace_.step};
  own.models.catch_up_to(until);
  note({until, is_last ? entity_tag(head) : std::string(), true}, own.models.failed());
}

bool Projector::is_ending() const {
  const std::lock_guard lock(mutex_);
  return ending_;
}

void Projector::note_head(domain::Position head) {
  const std::lock_guard lock(mutex_);
  projecting_.head = head;
  if (head > projecting_.projected && !projecting_.behind_since) {
    projecting_.behind_since = std::chrono::steady_clock::now();
  }
}

void Projector::note(Projected reached, std::vector<std::string> failed) {
  const std::lock_guard lock(mutex_);
  projecting_.failed = std::move(failed);
  projected_.is_well = projecting_.failed.empty();
  if (!projected_.is_well) return;
  projecting_.projected = reached.position;
  if (reached.position >= projecting_.head) projecting_.behind_since.reset();
  projected_ = std::move(reached);
}

void Projector::note_failure() {
  const std::lock_guard lock(mutex_);
  projected_.is_well = false;
}

void Projector::release_parked() {
  const auto state = projected();
  if (state.is_well) return parked_.release(state.position, ParkedReads::Clock::now());
  parked_.release_all();
}

}  // namespace upline::api
