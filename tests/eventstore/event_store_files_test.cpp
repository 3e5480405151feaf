// The log as files: who may read them, who may change them, and what is noticed when they are not what they should be.
#include "eventstore/event_store.hpp"
#include "eventstore/sqlite/database.hpp"
#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>
#include <sys/stat.h>

using namespace upline::eventstore;
using namespace upline::tests;
using upline::domain::Position;
namespace fs = std::filesystem;

namespace {

void write_file(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

/// A log of ten events, closed.
void make_log(const fs::path& folder) {
  const auto store = sqlite::open_event_store(folder);
  for (int i = 0; i < 5; ++i) {
    append_events(*store, 1, "member/a");
    append_events(*store, 1, "member/b");
  }
}

}  // namespace

TEST_CASE("only the owner may read any file of a shop, whatever the umask", "[store]") {
  const TempFolder folder;
  const auto umask_before = ::umask(0);
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  ::umask(umask_before);
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    INFO(entry.path().filename().string());
    CHECK(entry.status().permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    ++files;
  }
  CHECK(files >= 8);  // two databases with their -wal and -shm, two lock files
}

TEST_CASE("no event can be changed or deleted, not even past the program", "[store]") {
  const TempFolder folder;
  make_log(folder.path());
  SQLite::Database log(folder.path() / "events.db", SQLite::OPEN_READWRITE);
  CHECK_THROWS_WITH(log.exec("UPDATE bundles SET events = zeroblob(9) WHERE first = 3"),
                    Catch::Contains("an event is never changed"));
  CHECK_THROWS_WITH(log.exec("DELETE FROM bundles WHERE first = 10"), Catch::Contains("an event is never deleted"));
  CHECK_THROWS_WITH(log.exec("INSERT INTO bundles VALUES (11, 0, x'01')"), Catch::Contains("count >= 1"));
  CHECK_THROWS_WITH(log.exec("INSERT INTO bundles VALUES (0, 1, x'01')"), Catch::Contains("first >= 1"));
  CHECK(log.execAndGet("SELECT sum(count) FROM bundles").getInt() == 10);
}

TEST_CASE("the program's own connections cannot replace an event", "[store]") {
  const TempFolder folder;
  make_log(folder.path());
  sqlite::Database log(folder.path() / "events.db", {.migrations = "events"});
  CHECK_THROWS_WITH(log.execute("INSERT OR REPLACE INTO bundles SELECT * FROM bundles WHERE first = 10"),
                    Catch::Contains("an event is never deleted"));
}

TEST_CASE("a log of a newer program is refused, and named as that", "[store]") {
  const TempFolder folder;
  make_log(folder.path());
  tamper(folder.path(), "PRAGMA user_version = 999");
  CHECK_THROWS_AS(sqlite::open_event_store(folder.path()), NewerStore);
  CHECK_THROWS_WITH(sqlite::open_event_store(folder.path()),
                    Catch::Contains("events.db has format 999") && Catch::Contains("update Upline"));
}

TEST_CASE("a vault of a newer program is refused, and named as that", "[store][vault]") {
  const TempFolder folder;
  open_vault(folder.path(), test_master_key());
  tamper(folder.path(), "PRAGMA user_version = 999", "vault.db");
  CHECK_THROWS_AS(open_vault(folder.path(), test_master_key()), NewerStore);
  CHECK_THROWS_WITH(open_vault(folder.path(), test_master_key()), Catch::Contains("vault.db has format 999"));
}

TEST_CASE("a file that is no database is damage, and is left as it is", "[store]") {
  for (const auto& bytes : {std::string("hello"), std::string(600, 'x'), std::string(50'000, '\0') + "x"}) {
    INFO(bytes.size() << " bytes");
    const TempFolder folder;
    const auto file = folder.path() / "events.db";
    write_file(file, bytes);
    CHECK_THROWS_AS(sqlite::open_event_store(folder.path()), DamagedStore);
    CHECK_THROWS_WITH(sqlite::open_event_store(folder.path()), Catch::Contains("events.db"));
    CHECK(fs::file_size(file) == bytes.size());
  }
}

TEST_CASE("a folder that is not there is an error that names the file", "[store]") {
  const TempFolder folder;
  CHECK_THROWS_WITH(sqlite::open_event_store(folder.path() / "nowhere"), Catch::Contains("nowhere/events.db"));
}

TEST_CASE("a head that does not fit its tree is damage", "[store]") {
  for (const auto* sql : {"UPDATE head SET frontier = x'00'", "UPDATE head SET position = 11", "DELETE FROM head"}) {
    INFO(sql);
    const TempFolder folder;
    make_log(folder.path());
    tamper(folder.path(), sql);
    const auto store = sqlite::open_event_store(folder.path());
    CHECK_THROWS_AS(store->tree_head(), DamagedStore);
    CHECK_THROWS_AS(take_pen(*store), DamagedStore);
    CHECK_THROWS_AS(take_pen(*store), DamagedStore);  // the first refusal let go of the pen
  }
}

TEST_CASE("a stream whose links were bent is damage, and the other streams are not", "[store]") {
  for (const auto* sql : {
           "UPDATE events SET previous = 0 WHERE position = 7",           // cut short
           "UPDATE events SET previous = 3 WHERE position = 7",           // one left out
           "UPDATE events SET previous = 6 WHERE position = 7",           // into another stream
           "UPDATE events SET previous = 7 WHERE position = 7",           // in a circle
           "UPDATE events SET previous = 9 WHERE position = 7",           // forward
           "UPDATE events SET stream = 'member/b' WHERE position = 7",    // given away
           "UPDATE streams SET position = 8 WHERE stream = 'member/a'",   // the newest is another's
           "UPDATE streams SET position = 7 WHERE stream = 'member/a'",   // the newest forgotten
           "UPDATE streams SET version = 6 WHERE stream = 'member/a'",    // one promised too many
           "UPDATE streams SET position = 99 WHERE stream = 'member/a'",  // beyond the head
           "UPDATE events SET version = 9 WHERE position = 7",            // misnumbered
           "DELETE FROM events WHERE position = 5",                       // gone
       }) {
    INFO(sql);
    const TempFolder folder;
    make_log(folder.path());
    tamper(folder.path(), sql);
    const auto store = sqlite::open_event_store(folder.path());
    CHECK_THROWS_AS(store->read_stream("member/a"), DamagedStore);
    CHECK(store->read_stream("member/b").size() == 5);
  }
}

constexpr const char* bundle_3_is_cut = "UPDATE bundles SET events = substr(events, 1, 20) WHERE first = 3";

TEST_CASE("a row that is no bundle of events is damage, and the other rows are not", "[store]") {
  for (const auto* sql : {bundle_3_is_cut, "UPDATE bundles SET events = x'' WHERE first = 3",
                          "UPDATE bundles SET events = zeroblob(100) WHERE first = 3"}) {
    INFO(sql);
    const TempFolder folder;
    make_log(folder.path());
    tamper(folder.path(), sql);
    const auto store = sqlite::open_event_store(folder.path());
    CHECK_THROWS_AS(store->read_one({3}), DamagedStore);
    CHECK_THROWS_AS(store->read_stream("member/a"), DamagedStore);
    CHECK_THROWS_AS(store->read({1}, {10}, [](const StoredEvent&) { return true; }), DamagedStore);
    CHECK(store->read_one({4}).has_value());
  }
}

TEST_CASE("a store that met a damaged row still sees new events, and still gets the pen", "[store]") {
  const TempFolder folder;
  make_log(folder.path());
  tamper(folder.path(), bundle_3_is_cut);
  const auto mine = sqlite::open_event_store(folder.path());
  const auto theirs = sqlite::open_event_store(folder.path());
  CHECK_THROWS_AS(mine->read_one({3}), DamagedStore);
  append_events(*theirs, 1);
  CHECK(mine->head().position == Position{11});
  CHECK_NOTHROW(append_events(*mine, 1));
  CHECK(theirs->head().position == Position{12});
}

TEST_CASE("a reader that gives up in the middle of the rejects holds nothing back", "[store]") {
  const TempFolder folder;
  make_log(folder.path());
  const auto mine = sqlite::open_event_store(folder.path());
  const auto theirs = sqlite::open_event_store(folder.path());
  {
    const auto pen = take_pen(*mine);
    pen->add_import_reject("import", 1, {"members.csv", 2, "conflict", ""});
    pen->add_import_reject("import", 2, {"members.csv", 3, "conflict", ""});
    pen->commit();
  }
  const auto give_up = [](const ImportReject&) { throw std::runtime_error("enough"); };
  CHECK_THROWS_WITH(mine->read_import_rejects("import", give_up), "enough");
  append_events(*theirs, 1);
  CHECK(mine->head().position == Position{11});
  CHECK_NOTHROW(append_events(*mine, 1));
}
