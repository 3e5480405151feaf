// The rows of an import are read by a thread of its own: what comes of them, of its errors, and of itself.
#include "eventstore/import/steps_ahead.hpp"
#include "eventstore/import/survey.hpp"
#include "tests/eventstore/import_eventful.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace {

using namespace upline::tests;
using namespace upline::eventstore::import;
namespace fs = std::filesystem;

std::string many_members(int count) {
  std::string text = "member_id,joined_at,referrer_id\n";
  for (int i = 0; i < count; ++i) text += fmt::format("m{:05},2026-05-01T00:00:00Z,\n", i);
  return text;
}

PrepareStep nothing() {
  return [](ImportStep&) {};
}

}  // namespace

TEST_CASE("a file that breaks while it is read is told of behind the rows before it", "[import][concurrency]") {
  const TempFolder temp;
  constexpr int rows = 60'000;
  write_files(temp.path(), {{"members.csv.gz", gzipped(many_members(rows))}});
  const auto folder = open_import_folder(temp.path());
  const auto surveyed = survey(folder);
  const auto file = temp.path() / "members.csv.gz";
  fs::resize_file(file, fs::file_size(file) - 64);

  ImportSteps steps(folder, surveyed, nullptr, {.rows_per_commit = 100});
  StepsAhead ahead(steps, nothing);
  std::uint64_t read = 0;
  const auto read_all = [&] {
    while (const auto step = ahead.next()) read += step->batch.rows();
  };
  CHECK_THROWS_WITH(read_all(), Catch::Contains("members.csv.gz: the gzip data ends too early"));
  CHECK(read > 0);
  CHECK(read % 100 == 0);
  CHECK(read < rows);
}

TEST_CASE("what fails before the first row is read is told of", "[import][concurrency]") {
  const TempFolder temp;
  write_files(temp.path(), {{"members.csv", many_members(1)}});
  const auto folder = open_import_folder(temp.path());
  const auto surveyed = survey(folder);
  ImportSteps steps(folder, surveyed, nullptr, {.rows_per_commit = 100});
  StepsAhead ahead(steps, []() -> PrepareStep { throw InputError("there is no key"); });
  CHECK_THROWS_WITH(ahead.next(), "there is no key");
}

TEST_CASE("an import that ends early ends the reading before it is gone", "[import][concurrency]") {
  const TempFolder temp;
  write_files(temp.path(), {{"members.csv", many_members(5000)}});
  const auto folder = open_import_folder(temp.path());
  const auto surveyed = survey(folder);
  auto read = std::make_shared<std::atomic<int>>();
  const std::weak_ptr<std::atomic<int>> reading = read;  // while the thread prepares steps
  {
    ImportSteps steps(folder, surveyed, nullptr, {.rows_per_commit = 10});
    StepsAhead ahead(steps, [counted = std::move(read)] { return [counted](ImportStep&) { ++*counted; }; });
    REQUIRE(ahead.next());
    REQUIRE(ahead.next());
    const auto counted = reading.lock();
    REQUIRE(counted);
    CHECK(*counted <= 5);  // of five hundred: two were taken, two wait, and one wants to
  }
  CHECK(reading.expired());
}

TEST_CASE("the last step is an empty one, and says so", "[import][concurrency]") {
  const TempFolder temp;
  write_files(temp.path(), {{"members.csv", many_members(25)}});
  const auto folder = open_import_folder(temp.path());
  const auto surveyed = survey(folder);
  ImportSteps steps(folder, surveyed, nullptr, {.rows_per_commit = 10, .rows_done = 3});
  std::vector<std::uint64_t> rows;
  std::vector<bool> lasts;
  steps.read([&](ImportStep step) {
    rows.push_back(step.batch.rows());
    lasts.push_back(step.is_last);
  });
  CHECK(rows == std::vector<std::uint64_t>{10, 10, 2, 0});
  CHECK(lasts == std::vector<bool>{false, false, false, true});
}

TEST_CASE("keys that are sealed ahead join a batch that another process has begun", "[import][vault][concurrency]") {
  ImportShop shop;
  const std::string products = "product_id,title,unit_price_minor,currency\ngame,Game,100,CNY\n";
  const std::string head = "product_id,batch_id,secret\n";
  shop.import({{"products.csv", products}, {"keys.csv", head + "game,b1,a\ngame,b1,b\n"}});
  shop.import({{"keys.csv", head + "game,b1,c\ngame,b1,a\ngame,b1,d\ngame,b2,e\n"}});
  CHECK(shop.secrets("game", 5) == Lines{"a", "b", "c", "d", "e"});
}
