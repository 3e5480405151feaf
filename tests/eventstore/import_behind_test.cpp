// An import decides its next batch while the last one is on its way to the disk.
#include "eventstore/file_lock.hpp"
#include "eventstore/import/commit_behind.hpp"
#include "eventstore/sqlite/sqlite_event_store.hpp"
#include "tests/await.hpp"
#include "tests/eventstore/import_eventful.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/tamper.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

namespace {

using namespace upline::tests;
using namespace upline::eventstore;
namespace fs = std::filesystem;
using upline::domain::Position;

constexpr std::chrono::seconds very_long{60};

void change(const ImportShop& shop, const std::string& sql) {
  SQLite::Database(shop.location().folder() / "events.db", SQLite::OPEN_READWRITE).exec(sql);
}

bool has_ended(const std::future<void>& work) {
  return work.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

std::string products(int count) {
  std::string rows = "product_id,title,unit_price_minor,currency\n";
  for (int i = 0; i < count; ++i) rows += fmt::format("p{},P,100,CNY\n", i);
  return rows;
}

}  // namespace

TEST_CASE("a batch of an import that the disk does not take takes along what was decided behind it", "[import]") {
  const auto expected = uninterrupted(eventful_files());
  for (const std::uint64_t full_at : {12U, 30U, 31U, 60U}) {
    INFO(full_at);
    ImportShop shop;
    const auto folder = shop.put(eventful_files());
    change(shop, fmt::format("CREATE TRIGGER is_full BEFORE UPDATE ON head WHEN NEW.position > {} "
                             "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
                             full_at));
    std::uint64_t told{};
    std::uint64_t head{};
    const auto watch = [&](std::uint64_t rows_done, std::uint64_t) {
      told = rows_done;
      head = shop.store().another_reader()->head().position.value;
    };
    CHECK_THROWS_WITH(shop.import_from(folder, {.rows_per_commit = 2, .progress = watch}),
                      Catch::Contains("the disk is full"));
    CHECK(told > 0);
    CHECK(head <= full_at);
    CHECK(shop.head() == head);  // nothing of what was decided behind it
    change(shop, "DROP TRIGGER is_full");
    check_same_end(end_of(shop, shop.import_from(folder)), expected);  // in the same process
  }
}

TEST_CASE("a batch whose commit fails while its import ends otherwise leaves nothing behind", "[import]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  ShopProcess other(folder.path());
  must_append(shop.run(open_shop()));
  auto batch = shop.handler().begin();
  must_append(shop.handler().decide(batch, {.command = enrol("lost")}));
  shop.handler().seal(batch);
  tamper(folder.path(),
         "CREATE TRIGGER is_full BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  {
    import::CommitBehind commits(shop.handler());
    commits.start(std::move(batch));
  }
  tamper(folder.path(), "DROP TRIGGER is_full");
  must_append(other.run(enrol("kept")));  // as many events as were lost
  must_append(shop.run(enrol("lost")));
  CHECK(what_is_wrong_with(shop.store(), nullptr).empty());
}

TEST_CASE("an import is complete when its last batch is durable, and not before", "[import]") {
  ImportShop shop;
  const auto folder = shop.put(healthy_files());
  change(shop,
         "CREATE TRIGGER is_full BEFORE UPDATE ON imports WHEN NEW.progress LIKE '%\"complete\":true%' "
         "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  CHECK_THROWS_WITH(shop.import_from(folder), Catch::Contains("the disk is full"));
  change(shop, "DROP TRIGGER is_full");
  CHECK(shop.import_from(folder).complete);
}

TEST_CASE("whoever waits for the pen has it before an import begins a batch behind the one that is under way",
          "[import][concurrency]") {
  ImportShop shop;
  const auto folder = shop.put({{"products.csv", products(40)}});
  std::optional<std::uint64_t> found;
  auto theirs = std::async(std::launch::deferred, [] {});
  int commits = 0;
  shop.import_from(folder, {.rows_per_commit = 1, .progress = [&](std::uint64_t, std::uint64_t) {
                              if (++commits != 3) return;
                              theirs = std::async(std::launch::async, [&] {
                                const auto store = sqlite::open_event_store(shop.location().folder());
                                const auto pen = store->take_pen(very_long);
                                found = store->head().position.value;
                              });
                              // An import that waits for its next row holds no pen: then nobody has to want it.
                              CHECK(await([&] { return shop.store().is_pen_wanted() || has_ended(theirs); }));
                            }});
  theirs.get();
  // The third batch was durable; the fourth was decided, unless its row was still to be read.
  CHECK((found == 1 + 3 || found == 1 + 4));
}

TEST_CASE("an import that waits for rows holds no pen, and has told what is durable", "[import][concurrency]") {
  constexpr int rows = 20;
  ImportShop shop;
  const std::string members = "member_id,joined_at,referrer_id\nalice,2026-05-01T08:00:00Z,\n";
  const auto folder = shop.put({{"products.csv", products(rows)}, {"members.csv", members}});
  const auto file = folder / "members.csv";
  std::promise<void> all_told;
  const auto writes_members = [&] {
    std::ofstream pipe(file);  // waits for the import to read it
    const auto is_told = all_told.get_future().wait_for(very_long);
    if (is_told == std::future_status::ready) {
      const auto store = sqlite::open_event_store(shop.location().folder());
      const auto pen = store->take_pen(very_long);
      CHECK(store->head().position == Position{1 + rows});
    }
    pipe << members;
    return is_told;
  };
  std::future<std::future_status> written;
  const auto watch = [&](std::uint64_t rows_done, std::uint64_t) {
    if (rows_done == 1) {
      fs::remove(file);
      REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
      written = std::async(std::launch::async, writes_members);
    }
    if (rows_done == rows) all_told.set_value();
  };
  const auto report = shop.import_from(folder, {.rows_per_commit = 1, .progress = watch});
  CHECK(written.get() == std::future_status::ready);
  CHECK(report.rejects == 0);
  CHECK(shop.head() == 1 + rows + 1);
}
