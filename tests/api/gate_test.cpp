#include "api/gate.hpp"

#include "tests/api/hand_clock.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::api;
using namespace upline::tests;
using namespace std::chrono_literals;

namespace {

std::size_t fill(Gate& gate, Importance importance) {
  std::size_t entered = 0;
  while (gate.enter(importance)) ++entered;
  return entered;
}

/// Keeps `under_way` requests in the gate while it answers so many a second, for a while.
void serve(Gate& gate, HandClock& clock, std::size_t under_way, std::size_t per_second,
           std::chrono::milliseconds time) {
  for (auto left = time; left > 0ms; left -= 10ms) {
    while (gate.under_way() < under_way && gate.enter(Importance::payment)) {
    }
    clock.advance(10ms);
    for (std::size_t i = 0; i < per_second / 100; ++i) {
      gate.leave();
      if (gate.under_way() < under_way) gate.enter(Importance::payment);
    }
  }
}

}  // namespace

TEST_CASE("the gate closes to the less important first, and keeps room for payments", "[peak]") {
  HandClock clock;
  Gate gate({.at_first = 100}, clock.source());
  CHECK(fill(gate, Importance::report) == 25);
  CHECK(!gate.enter(Importance::report));
  CHECK(fill(gate, Importance::lookup) == 25);
  CHECK(fill(gate, Importance::order) == 25);
  CHECK(!gate.enter(Importance::order));
  CHECK(fill(gate, Importance::payment) == 75);
  gate.leave();
  CHECK(!gate.enter(Importance::order));
  CHECK(gate.enter(Importance::payment));
}

TEST_CASE("the gate lets in what is answered in time, as fast as it was measured", "[peak]") {
  HandClock clock;
  Gate gate({.least = 10, .most = 4000, .at_first = 1000, .wait_max = 100ms}, clock.source());
  serve(gate, clock, 1000, 2000, 3s);
  // 2,000 a second are 200 in 100 ms.
  CHECK(gate.room() == Approx(200).epsilon(0.05));
  CHECK(gate.expected_wait() >= 90ms);
  serve(gate, clock, 4000, 20'000, 3s);
  CHECK(gate.room() == Approx(2000).epsilon(0.05));
}

TEST_CASE("a gate with little to do learns nothing from it", "[peak]") {
  HandClock clock;
  Gate gate({.at_first = 1000}, clock.source());
  serve(gate, clock, 2, 100, 10s);
  CHECK(gate.room() == 1000);
}

TEST_CASE("a gate that was nearly empty in between learns nothing from a rush", "[peak]") {
  HandClock clock;
  Gate gate({.at_first = 1000, .wait_max = 10ms}, clock.source());
  for (int rush = 0; rush < 20; ++rush) {
    while (gate.under_way() < 500 && gate.enter(Importance::payment)) {
    }
    clock.advance(60ms);
    while (gate.under_way() > 1) gate.leave();
  }
  CHECK(gate.room() == 1000);
}

TEST_CASE("a machine that was slow for a while is trusted again when it has time to rest", "[peak]") {
  HandClock clock;
  Gate gate({.least = 10, .at_first = 1000, .wait_max = 100ms}, clock.source());
  serve(gate, clock, 1000, 1000, 3s);
  REQUIRE(gate.room() == Approx(100).epsilon(0.05));
  while (gate.under_way() > 0) gate.leave();
  serve(gate, clock, 2, 1000, 3s);
  CHECK(gate.room() == Approx(200).epsilon(0.05));
  serve(gate, clock, 1000, 20'000, 3s);
  CHECK(gate.room() == Approx(2000).epsilon(0.05));
}

TEST_CASE("time without anything to do does not make a gate look slow", "[peak]") {
  HandClock clock;
  Gate gate({.least = 10, .at_first = 1000}, clock.source());
  serve(gate, clock, 1000, 10'000, 2s);
  while (gate.under_way() > 0) gate.leave();
  const auto before = gate.room();
  clock.advance(1h);
  serve(gate, clock, before, 10'000, 200ms);
  CHECK(gate.room() >= before * 9 / 10);
}

TEST_CASE("however slow, so many are let in; however fast, no more than so many", "[peak]") {
  HandClock clock;
  Gate slow({.least = 50, .at_first = 100}, clock.source());
  serve(slow, clock, 100, 100, 10s);
  CHECK(slow.room() == 50);
  Gate fast({.most = 300, .at_first = 100}, clock.source());
  serve(fast, clock, 300, 50'000, 3s);
  CHECK(fast.room() == 300);
}

TEST_CASE("threads at a gate never have more than its room", "[peak][concurrency]") {
  Gate gate({.least = 8, .most = 8, .at_first = 8});
  std::atomic<std::size_t> inside{};
  std::atomic<bool> too_many{};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20'000; ++round) {
        if (!gate.enter(Importance::order)) continue;
        if (++inside > 6) too_many = true;
        --inside;
        gate.leave();
      }
    });
  }
  threads.clear();
  CHECK(!too_many);
  CHECK(gate.under_way() == 0);
}
