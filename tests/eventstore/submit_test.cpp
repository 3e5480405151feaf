// Many threads, one handler: they share commits, and each gets its own answer.
#include "eventstore/command_handler.hpp"
#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

Request enrolment(const std::string& member) { return {enrol(member), {}, "tester", {}}; }

/// How the threads' submissions ended.
class Tally {
 public:
  void count(Answer answer) {
    const std::lock_guard guard(mutex_);
    (answer == Answer::appended ? appended_ : other_) += 1;
  }
  void count_busy() {
    const std::lock_guard guard(mutex_);
    ++busy_;
    changed_.notify_all();
  }

  /// False where that many were never turned away: a minute is for ever here.
  bool await_busy(int count) {
    std::unique_lock guard(mutex_);
    return changed_.wait_for(guard, std::chrono::minutes(1), [&] { return busy_ == count; });
  }

  int appended_{};
  int other_{};
  int busy_{};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

/// As many threads, each with one member to enrol.
std::vector<std::thread> submit_from_threads(CommandHandler& handler, int count, Tally& tally) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&handler, &tally, i] {
      try {
        tally.count(handler.submit(enrolment("m" + std::to_string(i))).answer);
      } catch (const StoreBusy&) {
        tally.count_busy();
      }
    });
  }
  return threads;
}

struct Crowd {
  std::uint64_t commits{};
  int appended{};
  int busy{};
};

/// Sixteen submit and four are one too many, all while another process holds the pen. Only then it lets go.
Crowd crowd_behind_the_pen(const TempFolder& folder, std::size_t batch_max) {
  auto options = test_options();
  options.queue_max = 15;  // the sixteenth waits for the pen, with its command in hand
  options.batch_max = batch_max;
  ShopProcess shop(folder.path(), options);
  must_append(shop.run(open_shop()));
  const auto commits = shop.handler().commits();

  const auto another = sqlite::open_event_store(folder.path());
  auto pen = take_pen(*another);
  Tally tally;
  auto threads = submit_from_threads(shop.handler(), 20, tally);
  const bool all_wait = tally.await_busy(4);
  pen.reset();
  for (auto& thread : threads) thread.join();
  REQUIRE(all_wait);
  return {shop.handler().commits() - commits, tally.appended_, tally.busy_};
}

}  // namespace

TEST_CASE("sixteen threads that wait for the pen share two commits, and whoever finds the queue full is told at once",
          "[handler][concurrency]") {
  const TempFolder folder;
  const auto crowd = crowd_behind_the_pen(folder, 512);
  CHECK(crowd.appended == 16);
  CHECK(crowd.busy == 4);
  CHECK(crowd.commits == 2);  // the one that came first, then all who came while it waited
}

TEST_CASE("no commit takes more commands than its limit", "[handler][concurrency]") {
  const TempFolder folder;
  const auto crowd = crowd_behind_the_pen(folder, 4);
  CHECK(crowd.appended == 16);
  CHECK(crowd.commits == 5);  // 1, 4, 4, 4, 3
}

TEST_CASE("a queue of no places turns everybody away at once", "[handler]") {
  const TempFolder folder;
  auto options = test_options();
  options.queue_max = 0;
  ShopProcess shop(folder.path(), options);
  CHECK_THROWS_AS(shop.handler().submit(enrolment("alice")), StoreBusy);
  CHECK(shop.store().head().position == Position{0});
}

TEST_CASE("every thread gets the answer to its own command", "[handler][concurrency]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  must_append(shop.run(open_shop()));
  must_append(shop.run(enrol("root")));
  const auto commits = shop.handler().commits();
  constexpr int threads_count = 16;
  constexpr int commands_each = 20;
  std::atomic<int> wrong{};
  const auto work = [&](int thread) {
    for (int i = 0; i < commands_each; ++i) {
      const auto member = "t" + std::to_string(thread) + "-" + std::to_string(i);
      const auto outcome = shop.handler().submit({enrol(member, "root"), member, "tester", {}});
      const auto again = shop.handler().submit({enrol(member, "root"), member, "tester", {}});
      const auto refused = shop.handler().submit({enrol(member + "x", "nobody"), {}, "tester", {}});
      const bool right = outcome.answer == Answer::appended && outcome.first == outcome.last &&
                         again.answer == Answer::repeated && again.first == outcome.first &&
                         refusal(refused) == "unknown_referrer";
      wrong += right ? 0 : 1;
    }
  };
  std::vector<std::thread> threads;
  for (int thread = 0; thread < threads_count; ++thread) threads.emplace_back(work, thread);
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(shop.handler().commits() - commits <= threads_count * commands_each);
  CHECK(shop.store().head().position.value == 2 + threads_count * commands_each);
  CHECK(what_is_wrong_with(shop.store(), &shop.vault()).empty());
}

TEST_CASE("a batch that gets no pen is told to everybody in it, and the next one works", "[handler][concurrency]") {
  const TempFolder folder;
  auto options = test_options();
  options.patience = std::chrono::milliseconds(1);
  ShopProcess shop(folder.path(), options);
  must_append(shop.run(open_shop()));
  const auto another = sqlite::open_event_store(folder.path());
  auto pen = take_pen(*another);
  Tally tally;
  auto threads = submit_from_threads(shop.handler(), 8, tally);
  for (auto& thread : threads) thread.join();
  CHECK(tally.busy_ == 8);
  pen.reset();
  std::optional<Outcome> outcome;
  while (!outcome) {
    try {
      outcome = shop.handler().submit(enrolment("alice"));
    } catch (const StoreBusy&) {
      // Those that gave up stand in the queue a moment longer.
    }
  }
  CHECK(outcome->answer == Answer::appended);
}

TEST_CASE("two handlers in one process submit side by side", "[handler][concurrency]") {
  const TempFolder folder;
  ShopProcess one(folder.path());
  ShopProcess other(folder.path());
  must_append(one.run(open_shop()));
  Tally tally;
  const auto work = [&](CommandHandler& handler, const std::string& name) {
    for (int i = 0; i < 30; ++i) tally.count(handler.submit(enrolment(name + std::to_string(i))).answer);
  };
  std::thread first([&] { work(one.handler(), "a"); });
  std::thread second([&] { work(other.handler(), "b"); });
  first.join();
  second.join();
  CHECK(tally.appended_ == 60);
  CHECK(one.store().head().position == Position{61});
  CHECK(what_is_wrong_with(one.store(), &one.vault()).empty());
}
