// Those whom a batch answers: made ready ahead, told once, whoever is through last.
#include "eventstore/batch_answers.hpp"

#include "tests/await.hpp"
#include "tests/eventstore/drafts.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// What happened to each of a batch's submissions, in the order in which it happened.
class Story {
 public:
  std::unique_ptr<BatchAnswers> batch(std::size_t count, const Foreseen& also = {}) {
    std::vector<Submission> submissions;
    std::vector<Outcome> outcomes;
    for (std::size_t i = 0; i < count; ++i) {
      const auto name = std::to_string(i);
      submissions.push_back(
          {.request = {.command = enrol("m" + name)},
           .done = [this, name](const Outcome& outcome) { add(outcome.failure ? "failed" : "done", name); },
           .foreseen =
               [this, name, also](const Outcome& outcome) {
                 add("foreseen", name);
                 if (also) also(outcome);
               }});
      outcomes.push_back({.answer = Answer::appended, .first = {i + 1}, .last = {i + 1}});
    }
    return std::make_unique<BatchAnswers>(std::move(submissions), std::move(outcomes));
  }

  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  void add(const std::string& what, const std::string& name) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(what + ' ' + name);
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a batch's answers are foreseen first, and told once it is settled", "[writer][answers]") {
  Story story;
  const auto batch = story.batch(2);
  batch->foresee();
  CHECK(story.lines() == Lines{"foreseen 0", "foreseen 1"});
  batch->tell();
  CHECK(story.lines() == Lines{"foreseen 0", "foreseen 1", "done 0", "done 1"});
}

TEST_CASE("nothing is foreseen once the batch is settled", "[writer][answers]") {
  Story story;
  const auto batch = story.batch(2);
  batch->tell();
  batch->foresee();
  CHECK(story.lines() == Lines{"done 0", "done 1"});
}

TEST_CASE("what was foreseen of a batch that fails is told as failed", "[writer][answers]") {
  Story story;
  const auto batch = story.batch(2);
  batch->foresee();
  batch->tell(std::make_exception_ptr(std::runtime_error("the disk is full")));
  CHECK(story.lines() == Lines{"foreseen 0", "foreseen 1", "failed 0", "failed 1"});
}

TEST_CASE("a batch that is settled while its answers are made ready does not wait for the rest of them",
          "[writer][answers][concurrency]") {
  Story story;
  std::promise<void> begun;
  std::promise<void> settled;
  const auto batch = story.batch(3, [&](const Outcome&) {
    begun.set_value();
    settled.get_future().wait();
  });
  std::thread ahead([&] { batch->foresee(); });
  begun.get_future().wait();
  batch->tell();  // returns: who is ahead tells
  CHECK(story.lines() == Lines{"foreseen 0"});
  settled.set_value();
  ahead.join();
  CHECK(story.lines() == Lines{"foreseen 0", "done 0", "done 1", "done 2"});
}

TEST_CASE("the thread that foresees takes batch by batch, and ends with the one at hand",
          "[writer][answers][concurrency]") {
  Story story;
  std::promise<void> foreseen;
  const std::shared_ptr<BatchAnswers> batch = story.batch(1, [&](const Outcome&) { foreseen.set_value(); });
  CHECK(batch->is_worth_foreseeing());
  {
    Foresight foresight;
    foresight.take(batch);
    foreseen.get_future().wait();
  }
  batch->tell();
  CHECK(story.lines() == Lines{"foreseen 0", "done 0"});
}

TEST_CASE("the thread that foresees lets go of what waits when it ends", "[writer][answers][concurrency]") {
  Story at_hand;
  Story waiting;
  const std::shared_ptr<BatchAnswers> next = waiting.batch(1);
  std::promise<void> begun;
  std::promise<void> waits;
  const std::shared_ptr<BatchAnswers> batch = at_hand.batch(1, [&](const Outcome&) {
    begun.set_value();
    waits.get_future().wait();
    const auto for_ever = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (next.use_count() > 1 && std::chrono::steady_clock::now() < for_ever) std::this_thread::yield();
  });
  {
    Foresight foresight;
    foresight.take(batch);
    begun.get_future().wait();
    foresight.take(next);
    waits.set_value();
  }
  CHECK(at_hand.lines() == Lines{"foreseen 0"});
  CHECK(waiting.lines().empty());
}

TEST_CASE("what is held for a batch's answers is let go of behind the last of them", "[writer][answers]") {
  Story story;
  int batches = 0;
  const auto hold = [&]() -> std::shared_ptr<void> {
    const auto name = std::to_string(++batches);
    story.add("hold", name);
    return {&story, [&story, name](void*) { story.add("let go", name); }};
  };
  {
    Foresight foresight(hold);
    foresight.take(story.batch(2));
    foresight.take(story.batch(1));
    REQUIRE(await([&] { return story.lines().size() == 7; }));
  }
  CHECK(story.lines() == Lines{"hold 1", "foreseen 0", "foreseen 1", "let go 1", "hold 2", "foreseen 0", "let go 2"});
}
