#include "api/served_shop.hpp"

#include <utility>

namespace upline::api {

namespace {

/// How often commits are looked for, this process's and others'.
constexpr std::chrono::milliseconds poll_every{5};

}  // namespace

ServedShop::ServedShop(eventstore::ShopLocation location, ServedShopOptions options)
    : location_(std::move(location)),
      shop_(location_),
      writer_(std::make_unique<eventstore::Writer>(shop_.handler(), std::move(options.writing))),
      tail_(location_, std::move(options.streams)),
      projector_([this] { project(); }),
      webhooks_(location_, std::move(options.webhooks)) {}

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

domain::Position ServedShop::projected() const {
  const std::lock_guard lock(projected_mutex_);
  return projecting_.projected;
}

Projecting ServedShop::projecting() const {
  const std::lock_guard lock(projected_mutex_);
  return projecting_;
}

void ServedShop::project() {
  std::optional<Reader> own;
  std::unique_lock lock(projected_mutex_);
  while (!ending_) {
    lock.unlock();
    const auto reached = carry_on(own);
    lock.lock();
    if (reached) {
      projecting_.projected = *reached;
      projecting_.behind_since.reset();
    }
    if (!ending_) projected_changed_.wait_for(lock, poll_every, [this] { return ending_; });
  }
}

/// Where all read models are now; nothing where one of them is not.
std::optional<domain::Position> ServedShop::carry_on(std::optional<Reader>& own) try {
  if (!own) own.emplace(location_);
  const auto head = own->log().head().position;
  note_head(head);
  own->models.catch_up();
  auto failed = own->models.failed();
  const bool all_are_there = failed.empty();
  const std::lock_guard lock(projected_mutex_);
  projecting_.failed = std::move(failed);
  return all_are_there ? std::optional(head) : std::nullopt;
} catch (const std::exception&) {
  // Whoever asks a read model is told what is wrong with it; the thread goes on trying.
  return std::nullopt;
}

void ServedShop::note_head(domain::Position head) {
  const std::lock_guard lock(projected_mutex_);
  projecting_.head = head;
  if (head > projecting_.projected && !projecting_.behind_since) {
    projecting_.behind_since = std::chrono::steady_clock::now();
  }
}

}  // namespace upline::api
