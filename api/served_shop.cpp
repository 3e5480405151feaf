#include "api/served_shop.hpp"

#include <utility>

namespace upline::api {

namespace {

/// How often commits are looked for, this process's and others'.
constexpr std::chrono::milliseconds poll_every{5};

}  // namespace

ServedShop::ServedShop(eventstore::ShopLocation location, eventstore::WriterOptions options)
    : location_(std::move(location)),
      shop_(location_),
      writer_(std::make_unique<eventstore::Writer>(shop_.handler(), options)),
      hot_reads_(std::make_unique<HotReads>(location_, *writer_)),
      projector_([this] { project(); }) {}

ServedShop::~ServedShop() {
  hot_reads_->stop();
  writer_.reset();  // writes what it was given
  {
    const std::lock_guard lock(projected_mutex_);
    ending_ = true;
  }
  projected_changed_.notify_all();
  projector_.join();
  hot_reads_.reset();
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
  return projected_;
}

void ServedShop::project() {
  std::optional<Reader> own;
  std::unique_lock lock(projected_mutex_);
  while (!ending_) {
    lock.unlock();
    std::optional<domain::Position> reached;
    try {
      if (!own) own.emplace(location_);
      const auto head = own->log().head().position;
      own->models.catch_up();
      if (own->models.stopped().empty()) reached = head;
      if (reached) hot_reads_->refresh_stock(*own, head);
    } catch (const std::exception&) {
      // Whoever asks a read model is told what is wrong with it; this thread goes on trying.
      reached.reset();
    }
    if (!reached) hot_reads_->give_up_stock();
    lock.lock();
    if (reached) projected_ = *reached;
    if (!ending_) projected_changed_.wait_for(lock, poll_every, [this] { return ending_; });
  }
}

}  // namespace upline::api
