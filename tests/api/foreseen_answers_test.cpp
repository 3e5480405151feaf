// Answers that are made ready while their batch is on its way to the disk share one reader, which holds its vault
// still.
#include "api/served_shop.hpp"
#include "tests/api/served_books.hpp"
#include "tests/await.hpp"
#include "tests/eventstore/commands.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline;
using namespace upline::tests;

TEST_CASE("the answers of a batch that are made ready ahead are read by one reader, which is free afterwards",
          "[server][answers][concurrency]") {
  const TempFolder folder;
  make_kami(folder.path());
  api::ServedShop served({folder.path(), "kami", folder.path() / "vault.key"});
  std::vector<std::shared_ptr<api::Reader>> asked;
  int members = 0;
  const auto is_foreseen = [&] {
    std::promise<void> done;
    eventstore::Submission submission{
        .request = {.command = enrol("m" + std::to_string(++members), "dave"), .actor = "tester"},
        .done = [&](const eventstore::Outcome&) { done.set_value(); },
        .foreseen = [&](const eventstore::Outcome&) { asked = {served.reader(), served.reader()}; }};
    const bool is_taken = served.writer().submit(std::move(submission));
    REQUIRE(is_taken);
    done.get_future().wait();
    return !asked.empty();
  };
  REQUIRE(await(is_foreseen));  // a batch that is quickly on the disk needs nothing made ready
  CHECK(asked[0] == asked[1]);
  const auto* held = asked[0].get();
  asked.clear();
  const auto free = served.reader();
  CHECK(free.get() == held);
  CHECK_NOTHROW(free->vault().hold_still());
  CHECK(served.reader() != free);
}
