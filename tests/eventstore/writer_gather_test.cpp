// A commit waits for those whom the last one answered.
#include "eventstore/writer.hpp"
#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"
#include "tests/eventstore/writing.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// After a commit it waits for as many commands as that one had, for a time that nobody here lives to see.
const WriterOptions patient{
    .batch_max = 4, .gather_part = 1e8, .gather_max = for_ever, .gather_all = 1e8, .sweep_every = for_ever};

std::vector<Writer::Submission> enrolments(std::size_t count, const std::string& name, Answers& answers) {
  std::vector<Writer::Submission> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back({enrolment(name + std::to_string(i)), answers.take(i)});
  return all;
}

/// A shop with a patient writer that has just answered three.
struct AnsweredThree {
  explicit AnsweredThree(const WriterOptions& options = patient) {
    must_append(shop.run(open_shop()));
    writer.emplace(shop.handler(), options);
    REQUIRE(writer->submit_all(enrolments(3, "a", first)) == 3);
    REQUIRE(first.await(3));
  }

  TempFolder folder{};
  ShopProcess shop{folder.path()};
  Answers first{3};
  std::optional<Writer> writer{};
};

}  // namespace

TEST_CASE("those whom one commit answered share the next one, whoever comes back first", "[writer][concurrency]") {
  AnsweredThree shop;
  Answers second(3);
  const auto commits = shop.writer->stats().commits;
  for (auto& submission : enrolments(3, "b", second)) {
    REQUIRE(shop.writer->submit(std::move(submission.request), std::move(submission.done)));
  }
  REQUIRE(second.await(3));
  CHECK(shop.writer->stats().commits == commits + 1);
}

TEST_CASE("where those whom a commit answered are many, the next one waits for a part of them",
          "[writer][concurrency]") {
  auto options = patient;
  options.gather_all = 0;
  options.gather_enough = 1e8;
  options.gather_in_turns = 0.67;  // two of three
  AnsweredThree shop(options);
  Answers second(2);
  const auto commits = shop.writer->stats().commits;
  REQUIRE(shop.writer->submit(enrolment("b0"), second.take(0)));
  REQUIRE(shop.writer->submit(enrolment("b1"), second.take(1)));
  REQUIRE(second.await(2));
  CHECK(shop.writer->stats().commits == commits + 1);
}

TEST_CASE("all are waited for where they are soon decided, measured by a commit's time, else two fifths of them",
          "[writer]") {
  const WriterOptions usual;
  CHECK(worth_waiting_for(usual, 64, 200) == 64);
  CHECK(worth_waiting_for(usual, 139, 200) == 139);
  CHECK(worth_waiting_for(usual, 141, 200) == 56);
  CHECK(worth_waiting_for(usual, 256, 200) == 102);
  CHECK(worth_waiting_for(usual, 64, 30) == 19);  // two thirds of those that are decided meanwhile
  CHECK(worth_waiting_for(usual, 2, 0) == 1);
}

TEST_CASE("no more are waited for than can be decided while a commit lasts", "[writer][concurrency]") {
  auto options = patient;
  options.gather_all = 0;
  options.gather_in_turns = 1;
  options.gather_enough = 0;
  AnsweredThree shop(options);
  Answers second(3);
  auto submissions = enrolments(3, "b", second);
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(shop.writer->submit(std::move(submissions[i])));
    REQUIRE(second.await(i + 1));  // before the next one comes
  }
}

TEST_CASE("a writer that ends waits for nobody to come back", "[writer][concurrency]") {
  AnsweredThree shop;
  Answers last(1);
  REQUIRE(shop.writer->submit(enrolment("alone"), last.take(0)));
  shop.writer.reset();
  CHECK(last.count_of(Answer::appended) == 1);
}

TEST_CASE("a writer that left commands in the queue waits for nobody", "[writer][concurrency]") {
  AnsweredThree shop;
  Answers many(6);  // a commit of four, and one of the two that are left
  REQUIRE(shop.writer->submit_all(enrolments(6, "b", many)) == 6);
  CHECK(many.await(6));
}
