#include "api/event_tail.hpp"

#include "eventstore/thread_name.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace upline::api {

namespace {

using Clock = std::chrono::steady_clock;
using domain::Position;

/// How often commits are looked for, this process's and others', while somebody listens.
constexpr std::chrono::milliseconds poll_every{10};
/// What one who listens is given at once. It is all that a slow one costs.
constexpr std::size_t piece_bytes = 65536;
/// How many events are looked at for one of them before it is the turn of the next.
constexpr std::uint64_t events_at_once = 1000;

}  // namespace

std::shared_ptr<void> EventStreams::take_place() {
  if (taken_->fetch_add(1) >= options_.streams_max) {
    --*taken_;
    return nullptr;
  }
  return {taken_.get(), [taken = taken_](void*) { --*taken; }};
}

/// What the tail's thread and the streams tell each other.
struct EventTail::Changes {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::shared_ptr<Follower>> followers;
  bool has_news{};
  bool ending{};

  void tell() {
    const std::scoped_lock lock(mutex);
    has_news = true;
    changed.notify_all();
  }
};

/// One who listens: a piece at most that is ready for it, and where it goes on.
class EventTail::Follower {
 public:
  Follower(Position after, std::set<std::string, std::less<>> types)
      : next{after.value + 1}, types_(std::move(types)) {}

  // Of the tail's thread.
  Position next;
  Clock::time_point quiet_since{Clock::now()};
  bool wants(const std::string& type) const { return types_.empty() || types_.contains(type); }

  bool is_ready_for_more() const {
    const std::scoped_lock lock(mutex_);
    return ready_.empty() && !ended_;
  }
  void put(std::string piece, bool is_behind) {
    change([&] {
      ready_ = std::move(piece);
      is_behind_ = is_behind;
    });
  }
  void end(std::string last_words = {}) {
    change([&] {
      ready_ += last_words;
      ended_ = true;
    });
  }
  bool has_left() const {
    const std::scoped_lock lock(mutex_);
    return left_;
  }

  // Of the stream.
  struct Taken {
    std::optional<std::string> piece;
    bool wants_more;
  };
  Taken take(BodyStream::Wake wake) {
    const std::scoped_lock lock(mutex_);
    if (!ready_.empty()) return {std::exchange(ready_, {}), is_behind_};
    if (ended_) return {std::nullopt, false};
    wake_ = std::move(wake);
    return {"", false};
  }
  void leave() {
    const std::scoped_lock lock(mutex_);
    left_ = true;
    wake_ = {};
  }

 private:
  template <class Change>
  void change(Change make) {
    BodyStream::Wake wake;
    {
      const std::scoped_lock lock(mutex_);
      make();
      wake = std::exchange(wake_, {});
    }
    if (wake) wake();
  }

  std::set<std::string, std::less<>> types_;
  mutable std::mutex mutex_;
  std::string ready_{"retry: 1000\n\n"};  // a browser that lost the stream comes again after a second
  BodyStream::Wake wake_;
  bool is_behind_{true};
  bool ended_{};
  bool left_{};
};

class EventTail::Body : public BodyStream {
 public:
  Body(std::shared_ptr<Follower> follower, std::shared_ptr<Changes> changes, std::shared_ptr<void> place)
      : follower_(std::move(follower)), changes_(std::move(changes)), place_(std::move(place)) {}
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
  ~Body() override {
    follower_->leave();
    changes_->tell();
  }

  std::optional<std::string> next(Wake wake) override {
    auto taken = follower_->take(std::move(wake));
    if (taken.wants_more) changes_->tell();
    return std::move(taken.piece);
  }
  void end_soon() override { follower_->end(); }

 private:
  std::shared_ptr<Follower> follower_;
  std::shared_ptr<Changes> changes_;
  std::shared_ptr<void> place_;
};

EventTail::EventTail(eventstore::ShopLocation location, std::shared_ptr<EventStreams> streams)
    : location_(std::move(location)),
      streams_(std::move(streams)),
      changes_(std::make_shared<Changes>()),
      thread_([this] { run(); }) {}

EventTail::~EventTail() {
  {
    const std::scoped_lock lock(changes_->mutex);
    changes_->ending = true;
    changes_->changed.notify_all();
  }
  thread_.join();
  for (const auto& follower : changes_->followers) follower->end();
}

std::shared_ptr<BodyStream> EventTail::follow(Position after, std::set<std::string, std::less<>> types) {
  auto place = streams_->take_place();
  if (!place) return nullptr;
  auto follower = std::make_shared<Follower>(after, std::move(types));
  auto body = std::make_shared<Body>(follower, changes_, std::move(place));
  const std::scoped_lock lock(changes_->mutex);
  changes_->followers.push_back(std::move(follower));
  changes_->has_news = true;
  changes_->changed.notify_all();
  return body;
}

/// The log is open while somebody listens.
void EventTail::run() {
  eventstore::name_this_thread("events");
  std::optional<eventstore::Shop> shop;
  std::unique_lock lock(changes_->mutex);
  while (!changes_->ending) {
    std::erase_if(changes_->followers, [](const auto& follower) { return follower->has_left(); });
    if (changes_->followers.empty()) {
      shop.reset();
      changes_->changed.wait(lock, [this] { return changes_->ending || !changes_->followers.empty(); });
      continue;
    }
    changes_->has_news = false;
    const auto followers = changes_->followers;
    lock.unlock();
    const bool has_more = serve_all(shop, followers);
    lock.lock();
    changes_->changed.wait_for(lock, has_more ? std::chrono::milliseconds{0} : poll_every,
                               [this] { return changes_->ending || changes_->has_news; });
  }
}

/// Whether somebody could be given more at once. What ends one stream, such as a damaged event, ends no other.
bool EventTail::serve_all(std::optional<eventstore::Shop>& shop, const Followers& followers) {
  bool has_more = false;
  Position head;
  try {
    if (!shop) shop.emplace(location_);
    head = shop->store().head().position;
  } catch (const std::exception&) {
    return false;  // whoever asks the shop for anything else is told; here, it is tried again
  }
  for (const auto& follower : followers) {
    try {
      has_more |= serve(*follower, shop->store(), head);
    } catch (const eventstore::StoreBusy&) {
      continue;
    } catch (const std::exception& error) {
      std::string why = error.what();
      std::ranges::replace_if(why, [](char c) { return c == '\n' || c == '\r'; }, ' ');
      follower->end(fmt::format(": the log cannot be read on: {}\n\n", why));
    }
  }
  return has_more;
}

bool EventTail::serve(Follower& follower, eventstore::EventStore& log, Position head) {
  if (!follower.is_ready_for_more()) return false;
  std::string piece;
  if (follower.next <= head) {
    const Position last{std::min(head.value, follower.next.value + events_at_once - 1)};
    recent_.read(log, follower.next, last, [&](Position position, const EventText& event) {
      follower.next = Position{position.value + 1};
      if (follower.wants(event.type)) piece += event.text;
      return piece.size() < piece_bytes;
    });
  }
  const auto now = Clock::now();
  const bool is_behind = follower.next <= head;
  if (piece.empty() && now - follower.quiet_since >= streams_->options().heartbeat) piece = ":\n\n";
  if (piece.empty()) return is_behind;
  follower.quiet_since = now;
  follower.put(std::move(piece), is_behind);
  return false;
}

}  // namespace upline::api
