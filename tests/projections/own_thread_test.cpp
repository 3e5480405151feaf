#include "projections/own_thread.hpp"

#include <algorithm>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/resource.h>

using namespace upline::projections;

TEST_CASE("own thread: one thing after the other, on a thread that is not the caller's and stays the same",
          "[runner]") {
  std::vector<int> done;
  std::vector<std::thread::id> by;
  {
    OwnThread thread("view");
    for (int i = 0; i < 9; ++i) {
      thread.run([&done, &by, i] {
        done.push_back(i);
        by.push_back(std::this_thread::get_id());
      });
    }
  }
  REQUIRE(done == std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8});
  REQUIRE(by == std::vector(9, by.front()));
  REQUIRE(by.front() != std::this_thread::get_id());
}

TEST_CASE("own thread: it gives way to others", "[runner]") {
  const auto niceness = [] { return ::getpriority(PRIO_PROCESS, 0); };
  const int ours = niceness();
  int its{};
  OwnThread("view").run([&] { its = niceness(); }).get();
  constexpr int gives_way = 10;
  REQUIRE(its == std::max(ours, gives_way));
  REQUIRE(niceness() == ours);
}

TEST_CASE("own thread: what the work throws is thrown to whoever asks, and the next thing is done", "[runner]") {
  OwnThread thread("view");
  auto failed = thread.run([] { throw std::runtime_error("full"); });
  bool is_done{};
  thread.run([&is_done] { is_done = true; }).get();
  REQUIRE(is_done);
  REQUIRE_THROWS_WITH(failed.get(), "full");
}
