// Many threads, one writing thread: they share commits, each gets its own answer once, and nothing handed in is lost.
#include "eventstore/writer.hpp"

#include "tests/await.hpp"
#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/free_pen.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"
#include "tests/eventstore/whole_log.hpp"
#include "tests/eventstore/writing.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// A shop whose pen somebody else holds, so that commands pile up.
struct HeldUpShop {
  explicit HeldUpShop(HandlerOptions options = test_options()) : shop(folder.path(), std::move(options)) {
    must_append(shop.run(open_shop()));
    another = sqlite::open_event_store(folder.path());
    pen = take_pen(*another);
  }

  TempFolder folder{};
  ShopProcess shop;
  std::unique_ptr<EventStore> another{};
  std::unique_ptr<Pen> pen{};
};

void await_empty_queue(const Writer& writer) {
  REQUIRE(await([&] { return writer.stats().queue_length == 0; }));
}

}  // namespace

TEST_CASE("commands that wait while the pen is out share one commit, and whoever finds the queue full is told at once",
          "[writer][concurrency]") {
  HeldUpShop held;
  constexpr std::size_t waiting = 8;  // are decided at once: of more, some could go when the first commit ends
  Answers answers(waiting + 2);
  const auto commits = held.shop.handler().commits();
  {
    Writer writer(held.shop.handler(), {.queue_max = waiting, .sweep_every = for_ever});
    REQUIRE(writer.submit(enrolment("m0"), answers.take(0)));
    await_empty_queue(writer);  // the writer waits for the pen, with the first command in hand
    for (std::size_t i = 1; i <= waiting; ++i) {
      REQUIRE(writer.submit(enrolment("m" + std::to_string(i)), answers.take(i)));
    }
    CHECK(!writer.submit(enrolment("late"), answers.take(waiting + 1)));
    CHECK_THROWS_AS(writer.run(enrolment("later")), StoreBusy);
    CHECK(writer.stats().queue_length == waiting);
    held.pen.reset();
    REQUIRE(answers.await(1 + waiting));
    CHECK(writer.stats().commands == 1 + waiting);
    CHECK(writer.stats().commits == commits + 2);
    CHECK(writer.stats().queue_length == 0);
  }
  CHECK(answers.count_of(Answer::appended) == 1 + waiting);
  CHECK(held.shop.store().head().position == Position{2 + waiting});
}

TEST_CASE("no commit takes more commands than its limit", "[writer][concurrency]") {
  HeldUpShop held;
  Answers answers(16);
  const auto commits = held.shop.handler().commits();
  {
    Writer writer(held.shop.handler(), {.batch_max = 4, .sweep_every = for_ever});
    REQUIRE(writer.submit(enrolment("m0"), answers.take(0)));
    await_empty_queue(writer);
    for (std::size_t i = 1; i < 16; ++i) {
      REQUIRE(writer.submit(enrolment("m" + std::to_string(i)), answers.take(i)));
    }
    held.pen.reset();
  }
  CHECK(answers.count_of(Answer::appended) == 16);
  CHECK(held.shop.handler().commits() - commits == 5);  // 1, 4, 4, 4, 3
}

TEST_CASE("whoever counts is told of each batch before anybody is answered", "[writer][concurrency]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  must_append(shop.run(open_shop()));
  std::vector<Answer> seen;
  int commits = 0;
  const WriterOptions options{.sweep_every = for_ever, .observe = [&](const WrittenBatch& batch) {
                                for (const auto& outcome : batch.outcomes) seen.push_back(outcome.answer);
                                CHECK(batch.trouble == nullptr);
                                if (!batch.commit_took) return;
                                ++commits;
                                CHECK(batch.commit_took->count() > 0);
                                CHECK(*batch.commit_took <= batch.took);
                              }};
  Writer writer(shop.handler(), options);
  writer.run(enrolment("alice"));
  CHECK(seen == std::vector{Answer::appended});
  writer.run(enrolment("alice"));
  CHECK(seen == std::vector{Answer::appended, Answer::already_there});
  CHECK(commits == 1);
}

TEST_CASE("a batch that fails as a whole says why, until one goes well", "[writer][concurrency]") {
  HandlerOptions impatient = test_options();
  impatient.patience = std::chrono::milliseconds{1};
  HeldUpShop held(std::move(impatient));
  int failed = 0;
  Writer writer(held.shop.handler(), {.sweep_every = for_ever,
                                      .observe = [&](const WrittenBatch& batch) { failed += batch.trouble ? 1 : 0; }});
  CHECK_THROWS_AS(writer.run(enrolment("alice")), StoreBusy);
  CHECK(failed == 1);
  CHECK_THROWS_AS(std::rethrow_exception(writer.stats().trouble), StoreBusy);
  held.pen.reset();
  run_when_free([&] { return writer.run(enrolment("alice")); });
  CHECK(writer.stats().trouble == nullptr);
  CHECK_FALSE(writer.stats().busy_since);
}

TEST_CASE("a queue of no places turns everybody away at once", "[writer][concurrency]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  Writer writer(shop.handler(), {.queue_max = 0, .sweep_every = for_ever});
  CHECK_THROWS_AS(writer.run(enrolment("alice")), StoreBusy);
}

TEST_CASE("a writer that ends has written and answered what was handed in", "[writer][concurrency]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  must_append(shop.run(open_shop()));
  Answers answers(200);
  {
    Writer writer(shop.handler(), {.batch_max = 7, .sweep_every = for_ever});
    for (std::size_t i = 0; i < 200; ++i) {
      REQUIRE(writer.submit(enrolment("m" + std::to_string(i)), answers.take(i)));
    }
  }
  CHECK(answers.each_came_once());
  CHECK(answers.count_of(Answer::appended) == 200);
  CHECK(shop.store().head().position == Position{201});
}

TEST_CASE("every thread gets the answer to its own command, once", "[writer][concurrency]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  must_append(shop.run(open_shop()));
  must_append(shop.run(enrol("root")));
  const auto commits = shop.handler().commits();
  constexpr int threads_count = 16;
  constexpr int commands_each = 20;
  std::atomic<int> wrong{};
  {
    Writer writer(shop.handler());
    const auto work = [&](int thread) {
      for (int i = 0; i < commands_each; ++i) {
        const auto member = "t" + std::to_string(thread) + "-" + std::to_string(i);
        const auto outcome = writer.run(request(enrol(member, "root"), member));
        const auto again = writer.run(request(enrol(member, "root"), member));
        const auto refused = writer.run(request(enrol(member + "x", "nobody")));
        const bool right = outcome.answer == Answer::appended && outcome.first == outcome.last &&
                           again.answer == Answer::repeated && again.first == outcome.first &&
                           refusal(refused) == "unknown_referrer";
        wrong += right ? 0 : 1;
      }
    };
    std::vector<std::thread> threads;
    for (int thread = 0; thread < threads_count; ++thread) threads.emplace_back(work, thread);
    for (auto& thread : threads) thread.join();
  }
  CHECK(wrong == 0);
  CHECK(shop.handler().commits() - commits <= threads_count * commands_each);
  CHECK(shop.store().head().position.value == 2 + threads_count * commands_each);
  CHECK(what_is_wrong_with(shop.store(), &shop.vault()).empty());
}

TEST_CASE("a batch that gets no pen is told to everybody in it, and the next one works", "[writer][concurrency]") {
  auto options = test_options();
  options.patience = std::chrono::milliseconds(1);
  HeldUpShop held(options);
  Answers answers(8);
  Writer writer(held.shop.handler(), {.sweep_every = for_ever});
  for (std::size_t i = 0; i < 8; ++i) {
    REQUIRE(writer.submit(enrolment("m" + std::to_string(i)), answers.take(i)));
  }
  REQUIRE(answers.await(8));
  CHECK(answers.each_came_once());
  CHECK(answers.count_of(Answer::failed) == 8);
  CHECK_THROWS_AS(std::rethrow_exception(answers.of(7).failure), StoreBusy);
  CHECK_THROWS_AS(writer.run(enrolment("alice")), StoreBusy);
  held.pen.reset();
  CHECK(run_when_free([&] { return writer.run(enrolment("alice")); }).answer == Answer::appended);
}

TEST_CASE("a command that fails alone throws for whoever waits for it, and for nobody else", "[writer][concurrency]") {
  const TempFolder folder;
  set_up_worked_example(*std::make_unique<ShopProcess>(folder.path()));
  tamper(folder.path(), "UPDATE events SET payload = x'01' WHERE stream = 'member/bob'");
  ShopProcess shop(folder.path());
  Writer writer(shop.handler(), {.sweep_every = for_ever});
  CHECK_THROWS_AS(writer.run(request(suspend("bob"))), DamagedStore);
  CHECK(writer.run(enrolment("erin")).answer == Answer::appended);
}

TEST_CASE("two writers of two processes write side by side", "[writer][concurrency]") {
  const TempFolder folder;
  ShopProcess one(folder.path());
  ShopProcess other(folder.path());
  must_append(one.run(open_shop()));
  std::atomic<int> appended{};
  {
    Writer first(one.handler());
    Writer second(other.handler());
    const auto work = [&](Writer& writer, const std::string& name) {
      for (int i = 0; i < 30; ++i) {
        appended += writer.run(enrolment(name + std::to_string(i))).answer == Answer::appended ? 1 : 0;
      }
    };
    std::thread at_first([&] { work(first, "a"); });
    std::thread at_second([&] { work(second, "b"); });
    at_first.join();
    at_second.join();
  }
  CHECK(appended == 60);
  CHECK(one.store().head().position == Position{61});
  CHECK(what_is_wrong_with(one.store(), &one.vault()).empty());
}

namespace {

/// A clock that goes when it is told to, and counts who looks at it.
struct HandClock {
  std::atomic<std::int64_t> microseconds{may(2).microseconds};
  std::atomic<int> looks{};
  std::atomic<std::int64_t> next{};  // as soon as it has been looked at once more; 0: never

  HandlerOptions options() {
    return {.clock = [this] {
      ++looks;
      const Timestamp told{microseconds};
      if (const auto then = next.exchange(0); then != 0) microseconds = then;
      return told;
    }};
  }
  void go_to(Timestamp at) { microseconds = at.microseconds; }
};

Command place_game(const std::string& order) {
  return PlaceOrder{.order = {order}, .member = {"dave"}, .product = {"game"}, .quantity = {1}, .occurred_at = may(2)};
}

constexpr Timestamp expiry = may(2) + ReservationPolicy{}.reserve_for;

/// Waits for a commit that no command asked for. False where it never comes.
bool await_commits(const Writer& writer, std::uint64_t commits) {
  return await([&] { return writer.stats().commits >= commits; });
}

std::string last_event_of(EventStore& store, const std::string& order) {
  return std::string(format_of(decode(store.read_stream("order/" + order).back()).event).name);
}

}  // namespace

TEST_CASE("a reservation expires on time by the shop's clock, though nobody asks for anything",
          "[writer][concurrency]") {
  const TempFolder folder;
  HandClock clock;
  ShopProcess shop(folder.path(), clock.options());
  set_up_worked_example(shop);
  {
    Writer writer(shop.handler(), {.sweep_every = for_ever});
    const auto commits = shop.handler().commits();
    clock.next = expiry.microseconds;  // when the order has been placed
    REQUIRE(writer.submit(request(place_game("o1")), [](const Outcome&) {}));
    CHECK(await_commits(writer, commits + 2));
  }
  CHECK(last_event_of(shop.store(), "o1") == "OrderExpired");
}

TEST_CASE("a writer rests until something is due, by the shop's clock", "[writer][concurrency]") {
  const TempFolder folder;
  HandClock clock;
  ShopProcess shop(folder.path(), clock.options());
  set_up_worked_example(shop);
  clock.looks = 0;
  {
    Writer writer(shop.handler(), {.sweep_every = for_ever});
    CHECK(writer.run(request(place_game("o1"))).answer == Answer::appended);
    CHECK(writer.run(request(place_game("o2"))).answer == Answer::appended);
  }
  CHECK(clock.looks >= 2);  // each batch once
  CHECK(clock.looks <= 4);  // and once after it for how long to rest, unless there is something to do
}

TEST_CASE("what another process reserved is let go by whoever sweeps", "[writer][concurrency]") {
  const TempFolder folder;
  HandClock clock;
  ShopProcess shop(folder.path(), clock.options());
  ShopProcess other(folder.path(), clock.options());
  set_up_worked_example(other);
  {
    Writer writer(shop.handler(), {.sweep_every = std::chrono::milliseconds(1)});
    must_append(other.run(place_game("o1")));
    clock.go_to(expiry);
    CHECK(await_commits(writer, 1));
  }
  CHECK(last_event_of(shop.store(), "o1") == "OrderExpired");
}

TEST_CASE("a sweep that finds the pen taken is tried again", "[writer][concurrency]") {
  const TempFolder folder;
  HandClock clock;
  auto options = clock.options();
  options.patience = std::chrono::milliseconds(1);
  ShopProcess shop(folder.path(), options);
  set_up_worked_example(shop);
  must_append(shop.run(place_game("o1")));
  const auto another = sqlite::open_event_store(folder.path());
  auto pen = take_pen(*another);
  clock.go_to(expiry);
  {
    Writer writer(shop.handler(), {.sweep_every = std::chrono::milliseconds(1)});
    CHECK_THROWS_AS(writer.run(enrolment("erin")), StoreBusy);
    pen.reset();
    CHECK(await_commits(writer, 5));
  }
  CHECK(last_event_of(shop.store(), "o1") == "OrderExpired");
}
