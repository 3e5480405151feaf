// What one target is still to be sent: of each stream one event at a time, in order; a stream that fails holds back
// itself only. Pure: time is given.
#pragma once

#include "eventstore/webhooks.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace upline::api {

class DeliveryQueue {
 public:
  using Delivery = eventstore::WebhookDelivery;
  using Position = domain::Position;

  /// One that is there already stays as it is.
  void add(const Delivery& delivery);
  /// What waits is this; what is on its way stays so.
  void replace(const std::vector<Delivery>& deliveries);

  /// Due, the first of its stream, and none of its stream on its way: those tried least often first, then by position.
  /// So one event that its target always refuses is not what an opened breaker lets through, as long as there is
  /// another. Looks at every stream.
  std::optional<Delivery> next(domain::Timestamp now) const;

  /// It is on its way, until it arrived or failed.
  void start(const Delivery& delivery);
  void arrived(const Delivery& delivery);
  /// With its attempts and its due time as they are from now on.
  void failed(const Delivery& delivery);

  std::size_t size() const { return deliveries_.size(); }
  std::size_t in_flight() const { return busy_streams_.size(); }
  /// Streams whose first event failed, and holds back the rest.
  std::size_t held_streams() const;

 private:
  std::map<Position, Delivery> deliveries_;
  std::map<std::string, std::set<Position>> streams_;
  std::set<std::string> busy_streams_;
};

}  // namespace upline::api
