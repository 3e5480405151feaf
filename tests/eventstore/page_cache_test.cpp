// How much of a file each of its many connections keeps in memory.
#include "eventstore/sqlite/database.hpp"
#include "eventstore/sqlite/transaction.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <cstddef>

#include <catch2/catch.hpp>
#include <sqlite3.h>

using namespace upline::eventstore::sqlite;
using namespace upline::tests;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20U;

std::size_t cached_bytes(Database& database) {
  int now{};
  int most{};
  sqlite3_db_status(database.raw().getHandle(), SQLITE_DBSTATUS_CACHE_USED, &now, &most, 0);
  return static_cast<std::size_t>(now);
}

/// Every page of some 10 MiB.
void read_all(Database& database) { database.number("SELECT sum(length(piece)) FROM pieces"); }

}  // namespace

TEST_CASE("a connection that only reads keeps few pages, one that writes keeps more", "[cache]") {
  const TempFolder folder;
  const auto file = folder.path() / "tokens.db";
  const DatabaseOptions options{.migrations = "tokens", .writing_cache_mib = 6};
  Database first(file, options);
  first.execute("CREATE TABLE pieces (piece BLOB)");
  {
    Transaction transaction(first);
    for (int i = 0; i < 2'600; ++i) first.execute("INSERT INTO pieces VALUES (zeroblob(4000))");
    transaction.commit();
  }
  Database second(file, options);
  read_all(second);
  CHECK(cached_bytes(second) < reading_cache_mib * mib * 5 / 4);
  {
    Transaction transaction(second);
    second.execute("INSERT INTO pieces VALUES (NULL)");
    transaction.commit();
  }
  read_all(second);
  CHECK(cached_bytes(second) > 5 * mib);
  CHECK(cached_bytes(second) < 8 * mib);
}
