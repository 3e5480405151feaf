#include "api/webhooks/delivery_queue.hpp"

#include <catch2/catch.hpp>

using namespace upline::api;
using namespace upline::domain;

namespace {

using Delivery = DeliveryQueue::Delivery;

constexpr Timestamp now{1000};

DeliveryQueue queue_of(const std::vector<Delivery>& deliveries) {
  DeliveryQueue queue;
  for (const auto& delivery : deliveries) queue.add(delivery);
  return queue;
}

/// Starts everything that may start: the positions, in order.
std::vector<std::uint64_t> start_all(DeliveryQueue& queue) {
  std::vector<std::uint64_t> started;
  while (const auto next = queue.next(now)) {
    queue.start(*next);
    started.push_back(next->position.value);
  }
  return started;
}

using Positions = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("of each stream one event is on its way, the first", "[webhook]") {
  auto queue = queue_of({{{1}, "a"}, {{2}, "b"}, {{3}, "a"}, {{4}, "a"}});
  CHECK(start_all(queue) == Positions{1, 2});
  queue.arrived({{1}, "a"});
  CHECK(start_all(queue) == Positions{3});
  queue.arrived({{3}, "a"});
  queue.arrived({{2}, "b"});
  CHECK(start_all(queue) == Positions{4});
  queue.arrived({{4}, "a"});
  CHECK(queue.size() == 0);
  CHECK(queue.in_flight() == 0);
}

TEST_CASE("an event that failed holds back its own stream, until it is due and arrives", "[webhook]") {
  auto queue = queue_of({{{1}, "a"}, {{2}, "a"}, {{3}, "b"}});
  start_all(queue);
  queue.failed({{1}, "a", 1, {now.microseconds + 1}});
  queue.arrived({{3}, "b"});
  queue.add({{4}, "b"});
  CHECK(queue.held_streams() == 1);
  CHECK(start_all(queue) == Positions{4});
  CHECK(queue.next({now.microseconds + 1})->position == Position{1});
}

TEST_CASE("what was tried least often goes first", "[webhook]") {
  auto queue = queue_of({{{1}, "a", 3, now}, {{2}, "b", 1, now}, {{3}, "c"}});
  CHECK(start_all(queue) == Positions{3, 2, 1});
}

TEST_CASE("an older event that is to be sent again goes before the newer of its stream, not beside one", "[webhook]") {
  auto queue = queue_of({{{5}, "a"}, {{6}, "a"}});
  CHECK(start_all(queue) == Positions{5});
  queue.add({{2}, "a"});
  CHECK(start_all(queue).empty());
  queue.arrived({{5}, "a"});
  CHECK(start_all(queue) == Positions{2});
}

TEST_CASE("a queue that is read anew knows what is on its way", "[webhook]") {
  auto queue = queue_of({{{1}, "a"}, {{2}, "a"}});
  start_all(queue);
  queue.replace({{{1}, "a"}, {{2}, "a"}, {{3}, "b"}});
  CHECK(start_all(queue) == Positions{3});
  queue.replace({});
  queue.arrived({{1}, "a"});
  queue.failed({{3}, "b", 1, now});
  CHECK(queue.size() == 0);
  CHECK(queue.in_flight() == 0);
}
