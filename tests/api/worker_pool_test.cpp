#include "api/worker_pool.hpp"

#include <atomic>
#include <future>
#include <latch>
#include <stdexcept>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

using namespace upline::api;

namespace {

/// A pool of one thread, held up until it is let go.
struct HeldPool {
  explicit HeldPool(std::size_t queue_max) : pool(1, queue_max) {
    std::latch begun(1);
    pool.submit([this, &begun] {
      begun.count_down();
      held.wait();
    });
    begun.wait();
  }
  ~HeldPool() { let_go(); }
  void let_go() {
    if (!std::exchange(is_let_go, true)) held.count_down();
  }

  std::latch held{1};
  bool is_let_go{};
  WorkerPool pool;
};

}  // namespace

TEST_CASE("a pool works with all its threads", "[pool][concurrency]") {
  WorkerPool pool(4, 100);
  // Each waits for the other three.
  std::latch together(4);
  std::latch done(4);
  for (int i = 0; i < 4; ++i) {
    CHECK(pool.submit([&] {
      together.arrive_and_wait();
      done.count_down();
    }));
  }
  done.wait();
}

TEST_CASE("those who sleep are woken one by another until all work", "[pool][concurrency]") {
  WorkerPool pool(4, 100);
  for (int round = 0; round < 200; ++round) {
    // Each waits for the other three, and then all have nothing to do.
    std::latch together(4);
    std::latch done(4);
    for (int i = 0; i < 4; ++i) {
      CHECK(pool.submit([&] {
        together.arrive_and_wait();
        done.count_down();
      }));
    }
    done.wait();
  }
}

TEST_CASE("a full queue refuses at once, and takes again when there is room", "[pool]") {
  HeldPool held(2);
  std::latch done(2);
  CHECK(held.pool.submit([&] { done.count_down(); }));
  CHECK(held.pool.submit([&] { done.count_down(); }));
  CHECK(!held.pool.submit([] {}));
  held.let_go();
  done.wait();
  std::promise<void> taken;
  CHECK(held.pool.submit([&] { taken.set_value(); }));
  taken.get_future().wait();
}

TEST_CASE("stopping does what is queued and takes nothing new", "[pool]") {
  std::atomic<int> count = 0;
  WorkerPool pool(2, 1000);
  for (int i = 0; i < 500; ++i) pool.submit([&] { ++count; });
  pool.stop();
  CHECK(count == 500);
  CHECK(!pool.submit([] {}));
}

TEST_CASE("work that throws is told of and leaves its thread alive", "[pool]") {
  std::promise<std::string> told;
  WorkerPool pool(1, 10, [&](const std::string& sentence) { told.set_value(sentence); });
  pool.submit([] { throw std::runtime_error("broken"); });
  CHECK(told.get_future().get() == "a piece of work failed: broken");
  std::promise<void> next;
  pool.submit([&] { next.set_value(); });
  next.get_future().wait();
}

TEST_CASE("a worker answers; a full pool answers 503 with Retry-After", "[pool]") {
  HeldPool held(1);
  std::promise<Response> first;
  std::promise<Response> second;
  respond_from(
      held.pool, [&](Response r) { first.set_value(std::move(r)); }, [] { return Response{200, "", {}, "made"}; });
  respond_from(held.pool, [&](Response r) { second.set_value(std::move(r)); }, [] { return Response{}; });
  const auto refused = second.get_future().get();
  CHECK(refused.status == 503);
  REQUIRE(refused.headers.size() == 1);
  CHECK(refused.headers[0].name == "Retry-After");
  held.let_go();
  CHECK(first.get_future().get().body == "made");
}

TEST_CASE("what is more important goes first, in the order it came", "[pool]") {
  HeldPool held(10);
  std::string order;
  const auto note = [&](char letter, Importance importance) {
    CHECK(held.pool.submit([&order, letter] { order += letter; }, importance));
  };
  note('r', Importance::report);
  note('l', Importance::lookup);
  note('o', Importance::order);
  note('p', Importance::payment);
  note('q', Importance::payment);
  held.let_go();
  held.pool.stop();
  CHECK(order == "pqolr");
}

TEST_CASE("reports leave half of the threads to others", "[pool][concurrency]") {
  WorkerPool pool(4, 100);
  std::latch reports_held(1);
  std::latch two_begun(2);
  std::atomic<int> begun{};
  for (int i = 0; i < 4; ++i) {
    pool.submit(
        [&] {
          if (++begun <= 2) two_begun.count_down();
          reports_held.wait();
        },
        Importance::report);
  }
  two_begun.wait();
  // Two payments at once have a thread each.
  std::latch together(2);
  std::latch done(2);
  for (int i = 0; i < 2; ++i) {
    pool.submit([&] {
      together.arrive_and_wait();
      done.count_down();
    });
  }
  done.wait();
  CHECK(begun == 2);
  reports_held.count_down();
  pool.stop();
  CHECK(begun == 4);
}

TEST_CASE("a full queue of one importance refuses none of another", "[pool]") {
  HeldPool held(1);
  CHECK(held.pool.submit([] {}, Importance::report));
  CHECK(!held.pool.submit([] {}, Importance::report));
  CHECK(held.pool.submit([] {}, Importance::payment));
}
