// What a journal has is on its way to the disk before anybody syncs it.
#include "eventstore/sqlite/journal_writeback.hpp"

#include "eventstore/sqlite/database.hpp"
#include "tests/await.hpp"
#include "tests/eventstore/cached_file.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <filesystem>

#include <catch2/catch.hpp>

using namespace upline::eventstore::sqlite;
using namespace upline::tests;
namespace fs = std::filesystem;

namespace {

Database make_database(const fs::path& file) {
  return Database(file, DatabaseOptions{.migrations = "index", .durability = Durability::normal});
}

/// A megabyte that only its journal has.
void fill(Database& database) {
  database.execute("CREATE TABLE IF NOT EXISTS filling (bytes BLOB)");
  database.execute("INSERT INTO filling VALUES (zeroblob(1048576))");
}

/// The system may begin to write by itself at any time: then there is another megabyte.
void fill_until_it_waits(Database& database, const CachedFile& journal) {
  REQUIRE(await([&] {
    if (journal.unwritten_pages() == 0U) fill(database);
    return journal.waits_to_be_written();
  }));
}

}  // namespace

TEST_CASE("a journal is on its way to the disk once that was started", "[writeback]") {
  const TempFolder folder;
  if (!tells_what_is_unwritten(folder.path())) return;
  const auto file = folder.path() / "index.db";
  auto database = make_database(file);
  fill(database);
  const CachedFile journal(folder.path() / "index.db-wal");
  fill_until_it_waits(database, journal);
  JournalWriteback(file).start();
  REQUIRE(journal.unwritten_pages() == 0U);
}

TEST_CASE("no journal yet is nothing to write, and is found once it is there", "[writeback]") {
  const TempFolder folder;
  const auto file = folder.path() / "index.db";
  JournalWriteback writeback(file);
  writeback.start();
  CHECK_FALSE(fs::exists(folder.path() / "index.db-wal"));
  auto database = make_database(file);
  fill(database);
  writeback.start();
  if (!tells_what_is_unwritten(folder.path())) return;
  const CachedFile journal(folder.path() / "index.db-wal");
  fill_until_it_waits(database, journal);
  writeback.start();
  CHECK(journal.unwritten_pages() == 0U);
}
