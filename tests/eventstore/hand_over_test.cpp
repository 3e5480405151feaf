#include "eventstore/hand_over.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>

using upline::eventstore::HandOver;

TEST_CASE("what is handed over comes in its order, and never more of it waits than there is room",
          "[import][concurrency]") {
  constexpr int items = 2000;
  constexpr int room = 3;
  HandOver<int> hand_over(room);
  std::atomic<int> put{};
  std::thread giver([&] {
    for (int i = 0; i < items; ++i) {
      hand_over.put(i);
      ++put;
    }
    hand_over.end();
  });
  int taken = 0;
  int waited_at_most = 0;
  bool in_order = true;
  while (const auto item = hand_over.take()) {
    in_order = in_order && *item == taken;
    ++taken;
    waited_at_most = std::max(waited_at_most, put.load() - taken);
  }
  giver.join();
  CHECK(in_order);
  CHECK(taken == items);
  CHECK(waited_at_most <= room);
  CHECK_FALSE(hand_over.take());
}

TEST_CASE("what went wrong is heard of behind everything that was handed over before, and once",
          "[import][concurrency]") {
  HandOver<int> hand_over(2);
  CHECK_FALSE(hand_over.is_ready());
  hand_over.put(1);
  CHECK(hand_over.is_ready());
  hand_over.put(2);
  CHECK(hand_over.take() == 1);
  CHECK(hand_over.is_ready());
  hand_over.put(1);
  hand_over.end(std::make_exception_ptr(std::runtime_error("the file is gone")));
  CHECK(hand_over.take() == 2);
  CHECK(hand_over.take() == 1);
  CHECK(hand_over.is_ready());
  CHECK_THROWS_WITH(hand_over.take(), "the file is gone");
  CHECK_FALSE(hand_over.take());
}

TEST_CASE("whoever waits for room is sent away when nothing is taken any more", "[import][concurrency]") {
  HandOver<int> hand_over(1);
  hand_over.put(1);
  std::atomic<bool> was_put{true};
  std::thread giver([&] { was_put = hand_over.put(2); });
  hand_over.abandon();
  giver.join();
  CHECK_FALSE(was_put);
  CHECK_FALSE(hand_over.put(3));
  CHECK_FALSE(hand_over.take());
}

TEST_CASE("whoever waits for the next thing hears that none will come", "[import][concurrency]") {
  const bool is_abandoned = GENERATE(false, true);
  HandOver<int> hand_over(1);
  std::atomic<bool> was_taken{true};
  std::thread taker([&] { was_taken = hand_over.take().has_value(); });
  is_abandoned ? hand_over.abandon() : hand_over.end();
  taker.join();
  CHECK_FALSE(was_taken);
  CHECK(hand_over.is_ready());
}
