#include "api/served_shop.hpp"

#include "api/entity_tag.hpp"

#include <utility>

namespace upline::api {

namespace {

/// How often commits are looked for, this process's and others'.
constexpr std::chrono::milliseconds poll_every{5};

/// More reads than that do not wait at once.
constexpr std::size_t parked_reads_max = 1024;

}  // namespace

ServedShop::ServedShop(eventstore::ShopLocation location, eventstore::WriterOptions options)
    : location_(std::move(location)),
      shop_(location_),
      writer_(std::make_unique<eventstore::Writer>(shop_.handler(), options)),
      parked_(parked_reads_max),
      projector_([this] { project(); }) {}

ServedShop::~ServedShop() {
  writer_.reset();  // writes what it was given
  {
    const std::lock_guard lock(projected_mutex_);
    ending_ = true;
  }
  projected_changed_.notify_all();
  projector_.join();
}

std::shared_ptr<Reader> ServedShop::reader() {
  std::unique_ptr<Reader> found;
  {
    const std::lock_guard lock(readers_mutex_);
    if (!idle_readers_.empty()) {
      found = std::move(idle_readers_.back());
      idle_readers_.pop_back();
    }
  }
  if (!found) found = std::make_unique<Reader>(location_);
  return {found.release(), [this](Reader* reader) {
            std::unique_ptr<Reader> back(reader);
            const std::lock_guard lock(readers_mutex_);
            idle_readers_.push_back(std::move(back));
          }};
}

Projected ServedShop::projected() const {
  const std::lock_guard lock(projected_mutex_);
  return projected_;
}

bool ServedShop::when_projected(domain::Position position, ParkedReads::Clock::time_point deadline,
                                ParkedReads::Resume resume) {
  if (!parked_.park(position, deadline, std::move(resume))) return false;
  {
    const std::lock_guard lock(projected_mutex_);
    wanted_ = true;
  }
  projected_changed_.notify_all();
  return true;
}

/// The head is read before: what is committed meanwhile may be in, and is not promised.
Projected ServedShop::project_once(std::optional<Reader>& own) {
  auto reached = projected();
  reached.is_well = false;
  try {
    if (!own) own.emplace(location_);
    const auto head = own->log().head();
    own->models.catch_up();
    if (own->models.stopped().empty()) return {head.position, entity_tag(head), true};
  } catch (const std::exception&) {
    // Whoever asks a read model is told what is wrong with it; this thread goes on trying.
  }
  return reached;
}

void ServedShop::project() {
  std::optional<Reader> own;
  std::unique_lock lock(projected_mutex_);
  while (!ending_) {
    wanted_ = false;
    lock.unlock();
    auto reached = project_once(own);
    lock.lock();
    projected_ = std::move(reached);
    const auto state = projected_;
    lock.unlock();
    if (state.is_well) {
      parked_.release(state.position, ParkedReads::Clock::now());
    } else {
      parked_.release_all();
    }
    lock.lock();
    if (!ending_) projected_changed_.wait_for(lock, poll_every, [this] { return ending_ || wanted_; });
  }
  lock.unlock();
  parked_.release_all();
}

}  // namespace upline::api
