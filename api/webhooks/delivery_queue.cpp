#include "api/webhooks/delivery_queue.hpp"

#include <algorithm>
#include <tuple>

namespace upline::api {

void DeliveryQueue::add(const Delivery& delivery) {
  if (deliveries_.emplace(delivery.position, delivery).second) streams_[delivery.stream].insert(delivery.position);
}

void DeliveryQueue::replace(const std::vector<Delivery>& deliveries) {
  deliveries_.clear();
  streams_.clear();
  for (const auto& delivery : deliveries) add(delivery);
}

std::optional<DeliveryQueue::Delivery> DeliveryQueue::next(domain::Timestamp now) const {
  const Delivery* best = nullptr;
  for (const auto& [stream, positions] : streams_) {
    const auto& first = deliveries_.at(*positions.begin());
    if (first.due_at > now || busy_streams_.contains(stream)) continue;
    if (best == nullptr || std::tie(first.attempts, first.position) < std::tie(best->attempts, best->position)) {
      best = &first;
    }
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

void DeliveryQueue::start(const Delivery& delivery) { busy_streams_.insert(delivery.stream); }

void DeliveryQueue::arrived(const Delivery& delivery) {
  busy_streams_.erase(delivery.stream);
  if (deliveries_.erase(delivery.position) == 0) return;
  const auto stream = streams_.find(delivery.stream);
  stream->second.erase(delivery.position);
  if (stream->second.empty()) streams_.erase(stream);
}

void DeliveryQueue::failed(const Delivery& delivery) {
  busy_streams_.erase(delivery.stream);
  const auto there = deliveries_.find(delivery.position);
  if (there != deliveries_.end()) there->second = delivery;
}

std::size_t DeliveryQueue::held_streams() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      streams_, [&](const auto& stream) { return deliveries_.at(*stream.second.begin()).attempts > 0; }));
}

}  // namespace upline::api
