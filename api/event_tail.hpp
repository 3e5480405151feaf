// The end of one shop's log, for everybody who listens to it: one thread reads the log, however many listen, and each
// of them is given what comes behind its own position, in order, without a gap.
#pragma once

#include "api/http.hpp"
#include "api/recent_events.hpp"
#include "domain/ids.hpp"
#include "eventstore/shop.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace upline::api {

struct EventStreamOptions {
  std::size_t streams_max{256};                 // of all shops; beyond them: 503
  std::chrono::milliseconds heartbeat{15'000};  // a comment after so long without an event
};

/// What the shops of a server share.
class EventStreams {
 public:
  explicit EventStreams(EventStreamOptions options = {}) : options_(options) {}

  const EventStreamOptions& options() const { return options_; }
  /// A place, until the handle is gone; null where all are taken.
  std::shared_ptr<void> take_place();
  std::size_t places_taken() const { return taken_->load(); }

 private:
  EventStreamOptions options_;
  std::shared_ptr<std::atomic<std::size_t>> taken_{std::make_shared<std::atomic<std::size_t>>(0)};
};

class EventTail {
 public:
  EventTail(eventstore::ShopLocation location, std::shared_ptr<EventStreams> streams);
  EventTail(const EventTail&) = delete;
  EventTail& operator=(const EventTail&) = delete;
  /// Ends every stream.
  ~EventTail();

  /// The events behind this position as Server-Sent Events, of these types only unless there are none. Null where the
  /// server has as many streams as it may.
  std::shared_ptr<BodyStream> follow(domain::Position after, std::set<std::string, std::less<>> types);

 private:
  class Follower;
  class Body;
  struct Changes;

  using Followers = std::vector<std::shared_ptr<Follower>>;

  void run();
  bool serve_all(std::optional<eventstore::Shop>& shop, const Followers& followers);
  bool serve(Follower& follower, eventstore::EventStore& log, domain::Position head);

  eventstore::ShopLocation location_;
  std::shared_ptr<EventStreams> streams_;
  RecentEvents recent_;
  std::shared_ptr<Changes> changes_;
  std::thread thread_;
};

}  // namespace upline::api
