// One batch is decided while the one before is on its way to the disk.
#include "tests/await.hpp"
#include "tests/eventstore/refunds.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"
#include "tests/eventstore/whole_log.hpp"
#include "tests/eventstore/writing.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

TEST_CASE("a pen behind another goes on from what that one appended, and others see each after its commit", "[pen]") {
  const TempFolder folder;
  const auto mine = sqlite::open_event_store(folder.path());
  const auto theirs = sqlite::open_event_store(folder.path());
  auto first = take_pen(*mine);
  append_refund(*first, "a", "r1");
  first->put_snapshot("turnover", {1, {1}});
  first->put_snapshot("open/a", {1, {2}});
  const auto second = mine->take_pen_behind(*first);
  CHECK(mine->claimed(ClaimKind::refund_id, claim_key("r1")) == Position{1});
  CHECK(mine->snapshot("turnover").value().state == std::vector<std::uint8_t>{1});
  CHECK_THROWS_AS(second->claim(ClaimKind::refund_id, claim_key("r1"), {2}), DamagedStore);
  append_refund(*second, "a", "r2");
  append_refund(*second, "b", "r3");
  second->put_snapshot("turnover", {1, {3}});
  second->drop_snapshot("open/a");
  CHECK(mine->head().position == Position{3});
  CHECK(mine->read_stream("order/a").size() == 2);
  CHECK(mine->snapshots().size() == 1);
  CHECK(streams_of(*mine) == std::vector<std::string>{"order/a 1", "order/a 2", "order/b 1"});
  CHECK(theirs->head().position == Position{0});
  std::thread([&] { first->commit_aside(); }).join();
  CHECK(streams_of(*mine) == std::vector<std::string>{"order/a 1", "order/a 2", "order/b 1"});
  CHECK(theirs->head().position == Position{1});
  CHECK(theirs->snapshots().size() == 2);
  first.reset();
  CHECK(mine->read_stream("order/a").size() == 2);
  CHECK_THROWS_AS(theirs->take_pen(std::chrono::milliseconds(0)), StoreBusy);
  std::thread([&] { second->commit_aside(); }).join();
  CHECK(theirs->head().position == Position{3});
  CHECK(theirs->snapshot("turnover").value().state == std::vector<std::uint8_t>{3});
  CHECK(theirs->claimed(ClaimKind::refund_id, claim_key("r3")) == Position{3});
  CHECK(theirs->snapshots().size() == 1);
}

TEST_CASE("pens that go without a commit leave nothing behind, and the next goes on from the log", "[pen]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  append_events(*store, 1);
  {
    const auto first = take_pen(*store);
    append_refund(*first, "a", "r1");
    const auto second = store->take_pen_behind(*first);
    append_refund(*second, "b", "r2");
  }
  CHECK(store->head().position == Position{1});
  CHECK(store->stream_names("order/").empty());
  CHECK(!store->claimed(ClaimKind::refund_id, claim_key("r1")));
  const auto pen = take_pen(*store);
  append_refund(*pen, "b", "r1");
  pen->commit();
  CHECK(streams_of(*store) == std::vector<std::string>{"member/m 1", "order/b 1"});
}

TEST_CASE("a pen that has left holds nothing but memory, which any thread gives back", "[pen][concurrency]") {
  const TempFolder folder;
  const auto mine = sqlite::open_event_store(folder.path());
  const auto theirs = sqlite::open_event_store(folder.path());
  auto first = take_pen(*mine);
  append_refund(*first, "a", "r1");
  first->commit();
  first->leave();
  CHECK(theirs->take_pen(std::chrono::milliseconds(0)) != nullptr);
  append_events(*theirs, 1);
  CHECK(mine->head().position == Position{2});
  CHECK(mine->read_stream("order/a").size() == 1);
  const auto second = take_pen(*mine);
  append_refund(*second, "a", "r2");
  std::thread([&] { first.reset(); }).join();
  CHECK(mine->read_stream("order/a").size() == 2);
  second->commit();
  CHECK(theirs->head().position == Position{3});
}

TEST_CASE("a batch cannot be committed in front of the one that it stands on, nor on a log that went on meanwhile",
          "[pen]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  {
    const auto first = take_pen(*store);
    append_refund(*first, "a", "r1");
    const auto second = store->take_pen_behind(*first);
    append_refund(*second, "b", "r2");
    CHECK_THROWS_AS(second->commit(), DamagedStore);
  }
  CHECK(store->event_count() == 0);
  const auto pen = take_pen(*store);
  append_refund(*pen, "a", "r1");
  SQLite::Database(folder.path() / "events.db", SQLite::OPEN_READWRITE).exec("UPDATE head SET position = 7");
  CHECK_THROWS_WITH(pen->commit(), Catch::Contains("position 0: something was appended behind it"));
  CHECK(store->event_count() == 0);
}

namespace {

/// Somebody who writes to the log without asking for the pen, so that a commit has to wait for him.
class Intruder {
 public:
  explicit Intruder(const std::filesystem::path& folder) : log_(folder / "events.db", SQLite::OPEN_READWRITE) {
    log_.exec("BEGIN IMMEDIATE");
  }
  void leave(const std::string& sql) {
    log_.exec(sql);
    log_.exec("COMMIT");
  }

 private:
  SQLite::Database log_;
};

void await_open_batch(const Writer& writer) {
  REQUIRE(await([&] { return writer.stats().queue_length == 0; }));
}

/// As many as are looked at while a commit is under way, all at once: fewer would wait for its end.
constexpr std::size_t enough = 4;

void submit_at_once(Writer& writer, std::vector<Submission> submissions) {
  const auto count = submissions.size();
  const auto taken = writer.submit_all(std::move(submissions));
  REQUIRE(taken == count);
}

std::vector<Submission> enrolments(const std::string& name, Answers& answers, std::size_t first) {
  std::vector<Submission> all;
  for (std::size_t i = 0; i < enough; ++i) {
    all.push_back({.request = enrolment(name + std::to_string(i)), .done = answers.take(first + i)});
  }
  return all;
}

/// Its answers are made ready from then on.
void submit_and_await_hand_over(Writer& writer, std::vector<Submission> submissions) {
  auto is_handed_over = std::make_shared<std::atomic<bool>>(false);
  submissions.back().foreseen = [is_handed_over](const Outcome&) { *is_handed_over = true; };
  submit_at_once(writer, std::move(submissions));
  REQUIRE(await([&] { return is_handed_over->load(); }));
}

}  // namespace

TEST_CASE("a batch is handed over behind one that is on its way to the disk", "[writer][concurrency]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  must_append(shop.run(open_shop()));
  Answers answers(1 + 2 * enough);
  {
    Writer writer(shop.handler(), {.sweep_every = for_ever});
    writer.run(enrolment("early"));  // erasures are looked for once, behind the first batch
    const auto commits = writer.stats().commits;
    Intruder intruder(folder.path());
    REQUIRE(writer.submit(enrolment("alice"), answers.take(0)));
    await_open_batch(writer);
    submit_and_await_hand_over(writer, enrolments("bob", answers, 1));
    submit_at_once(writer, enrolments("carol", answers, 1 + enough));
    await_open_batch(writer);  // behind both
    CHECK(writer.stats().commits == commits);
    intruder.leave("SELECT 1");
    REQUIRE(answers.await(1 + 2 * enough));
    CHECK(writer.stats().commits == commits + 3);
  }
  for (std::size_t i = 0; i < 1 + 2 * enough; ++i) CHECK(answers.of(i).first == Position{3 + i});
  CHECK(what_is_wrong_with(shop.store(), &shop.vault()).empty());
}

TEST_CASE("who is refused by what is on its way to the disk is told once that is durable", "[writer][concurrency]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  must_append(shop.run(open_shop()));
  Answers answers(1 + 2 * enough);
  std::atomic<bool> is_durable{true};
  {
    Writer writer(shop.handler(), {.sweep_every = for_ever});
    writer.run(enrolment("early"));
    const auto commits = writer.stats().commits;
    const auto noting = [&](Writer::Done done) {
      return [&, done = std::move(done)](Outcome outcome) {
        if (writer.stats().commits == commits) is_durable = false;
        done(std::move(outcome));
      };
    };
    Intruder intruder(folder.path());
    REQUIRE(writer.submit(enrolment("alice"), noting(answers.take(0))));
    await_open_batch(writer);
    for (const std::size_t first : {std::size_t{1}, 1 + enough}) {
      auto again = enrolments("alice", answers, first);
      for (auto& one : again) one = {.request = enrolment("alice"), .done = noting(std::move(one.done))};
      submit_at_once(writer, std::move(again));
      await_open_batch(writer);  // those before were decided by then
    }
    intruder.leave("SELECT 1");
    REQUIRE(answers.await(1 + 2 * enough));
  }
  CHECK(answers.count_of(Answer::appended) == 1);
  CHECK(is_durable);
}

TEST_CASE("a full batch is handed over behind one that is on its way, whoever waits", "[writer][concurrency]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  must_append(shop.run(open_shop()));
  Answers answers(1 + 2 * enough);
  std::atomic<bool> is_handed_over{};
  {
    Writer writer(shop.handler(), {.batch_max = enough, .sweep_every = for_ever});
    writer.run(enrolment("early"));
    Intruder intruder(folder.path());
    REQUIRE(writer.submit(enrolment("alice"), answers.take(0)));
    await_open_batch(writer);
    auto all = enrolments("bob", answers, 1);
    all.back().foreseen = [&](const Outcome&) { is_handed_over = true; };
    for (auto& one : enrolments("carol", answers, 1 + enough)) all.push_back(std::move(one));
    submit_at_once(writer, std::move(all));
    CHECK(await([&] { return is_handed_over.load(); }));
    intruder.leave("SELECT 1");
    REQUIRE(answers.await(1 + 2 * enough));
  }
  CHECK(answers.count_of(Answer::appended) == 1 + 2 * enough);
}

TEST_CASE(
    "a batch that could not be committed takes along what was handed over behind it, and the rest is decided again",
    "[writer][concurrency]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  must_append(shop.run(open_shop()));
  constexpr std::size_t failing = 1 + enough;
  Answers answers(failing + enough + 2);
  {
    Writer writer(shop.handler(), {.sweep_every = for_ever});
    writer.run(enrolment("early"));
    Intruder intruder(folder.path());
    REQUIRE(writer.submit(enrolment("alice"), answers.take(0)));
    await_open_batch(writer);
    submit_and_await_hand_over(writer, enrolments("bob", answers, 1));
    auto decided_again = enrolments("carol", answers, failing + 2);
    decided_again.push_back({.request = enrolment("alice"), .done = answers.take(failing)});
    decided_again.push_back({.request = enrolment("bob0"), .done = answers.take(failing + 1)});
    submit_at_once(writer, std::move(decided_again));
    await_open_batch(writer);
    intruder.leave(
        "CREATE TRIGGER alone BEFORE UPDATE ON head WHEN NEW.position = 3 BEGIN SELECT RAISE(ABORT, 'not alone'); END");
    REQUIRE(answers.await(failing + enough + 2));
    CHECK(writer.stats().trouble == nullptr);
    CHECK(!writer.stats().busy_since);
  }
  CHECK(answers.each_came_once());
  CHECK(answers.count_of(Answer::failed) == failing);
  for (std::size_t i = 0; i < failing; ++i) CHECK(answers.of(i).answer == Answer::failed);
  CHECK(answers.count_of(Answer::appended) == enough + 2);
  CHECK(shop.store().head().position == Position{2 + enough + 2});
  CHECK(what_is_wrong_with(shop.store(), &shop.vault()).empty());
}

TEST_CASE("a batch that fails behind another one takes nothing of that along", "[writer][concurrency]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  must_append(shop.run(open_shop()));
  Answers answers(2 + enough);
  {
    Writer writer(shop.handler(), {.sweep_every = for_ever});
    writer.run(enrolment("early"));
    Intruder intruder(folder.path());
    REQUIRE(writer.submit(enrolment("alice"), answers.take(0)));
    await_open_batch(writer);
    submit_and_await_hand_over(writer, enrolments("bob", answers, 1));
    intruder.leave(
        "CREATE TRIGGER second BEFORE UPDATE ON head WHEN NEW.position > 3 BEGIN SELECT RAISE(ABORT, 'not bob'); END");
    REQUIRE(answers.await(1 + enough));
    SQLite::Database(folder.path() / "events.db", SQLite::OPEN_READWRITE).exec("DROP TRIGGER second");
    REQUIRE(writer.submit(enrolment("carol"), answers.take(1 + enough)));
    REQUIRE(answers.await(2 + enough));
  }
  CHECK(answers.of(0).first == Position{3});
  CHECK(answers.count_of(Answer::failed) == enough);
  CHECK(answers.of(1 + enough).first == Position{4});
  CHECK(what_is_wrong_with(shop.store(), &shop.vault()).empty());
}

TEST_CASE("whoever waits for the pen has it before a batch is begun behind those on their way",
          "[writer][concurrency]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  must_append(shop.run(open_shop()));
  Answers answers(1 + enough);
  std::optional<std::uint64_t> found;
  auto theirs = std::async(std::launch::deferred, [] {});
  {
    Writer writer(shop.handler(), {.sweep_every = for_ever});
    writer.run(enrolment("early"));
    Intruder intruder(folder.path());
    std::vector<Submission> alice;
    alice.push_back({.request = enrolment("alice"), .done = answers.take(0)});
    submit_and_await_hand_over(writer, std::move(alice));  // the pen is out by then
    theirs = std::async(std::launch::async, [&] {
      const auto store = sqlite::open_event_store(folder.path());
      const auto pen = store->take_pen(std::chrono::minutes(1));
      found = store->head().position.value;
    });
    const auto asking = sqlite::open_event_store(folder.path());
    REQUIRE(await([&] { return asking->is_pen_wanted(); }));
    submit_at_once(writer, enrolments("bob", answers, 1));
    intruder.leave("SELECT 1");
    REQUIRE(answers.await(1 + enough));
  }
  theirs.get();
  CHECK(found == 3);
  CHECK(answers.count_of(Answer::appended) == 1 + enough);
}

TEST_CASE("the pen goes on before those whom a commit answers are told", "[writer][concurrency]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  must_append(shop.run(open_shop()));
  Answers behind(1);
  Answers answers(1);
  bool has_gone_on{};
  {
    Writer writer(shop.handler(), {.sweep_every = for_ever});
    writer.run(enrolment("alice"));
    Intruder intruder(folder.path());
    REQUIRE(writer.submit(enrolment("bob"), [&, told = answers.take(0)](Outcome outcome) {
      has_gone_on = behind.await(1);
      told(std::move(outcome));
    }));
    await_open_batch(writer);  // its commit waits for the intruder
    REQUIRE(writer.submit(request(EraseMember{{"alice"}, "asked for it", may(2)}), behind.take(0)));
    intruder.leave("SELECT 1");
    REQUIRE(answers.await(1));
  }
  CHECK(has_gone_on);
}

TEST_CASE("who is erased between other commands is destroyed before anybody is told", "[writer][concurrency]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  must_append(shop.run(enrol("erin")));
  const Request placing{
      .command =
          PlaceOrder{.order = {"o1"}, .member = {"erin"}, .product = {"game"}, .quantity = {1}, .occurred_at = may(2)},
      .actor = "tester",
      .contact = "erin@example.com",
      .query_secret = "a secret"};
  Answers answers(2);
  std::optional<bool> is_held;
  {
    Writer writer(shop.handler(), {.sweep_every = for_ever});
    REQUIRE(writer.run(placing).answer == Answer::appended);
    Intruder intruder(folder.path());
    REQUIRE(writer.submit(enrolment("early"), answers.take(0)));
    await_open_batch(writer);  // its commit waits for the intruder
    REQUIRE(writer.submit(enrolment("late"), answers.take(1)));
    REQUIRE(writer.submit(request(EraseMember{{"erin"}, "asked for it", may(2)}), [&](const Outcome& outcome) {
      CHECK(outcome.answer == Answer::appended);
      is_held = open_vault(folder.path(), test_master_key())->holds_subject(subject_of({"erin"}));
    }));
    intruder.leave("SELECT 1");
    REQUIRE(answers.await(2));
  }
  CHECK(is_held == false);
}
