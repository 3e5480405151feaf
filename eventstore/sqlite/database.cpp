#include "eventstore/sqlite/database.hpp"

#include "eventstore/stored_event.hpp"
#include "migrations/migrations.hpp"

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

namespace upline::eventstore::sqlite {

namespace {

constexpr int busy_timeout_ms = 10'000;

/// Only the owner may read a shop; SQLite gives -wal and -shm the mode of the file. The file is made without being
/// opened: closing it again would give up the locks that other connections of this process hold on it (fcntl(2)), and
/// whoever closes the log next would take its journal away.
const std::string& made_private(const std::filesystem::path& file) {
  if (::mknod(file.c_str(), S_IFREG | 0600, 0) != 0 && errno != EEXIST) {
    throw std::system_error(errno, std::generic_category(), fmt::format("cannot open {}", file.string()));
  }
  return file.native();
}

/// SQLite does not wait while others open a file that is not in WAL mode yet, which is once in its life.
void enter_wal_mode(SQLite::Database& database) {
  for (int attempt = 1;; ++attempt) {
    try {
      database.exec("PRAGMA journal_mode=WAL");
      return;
    } catch (const SQLite::Exception& error) {
      if (error.getErrorCode() != SQLITE_BUSY || attempt == busy_timeout_ms) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

int newest_migration(std::string_view folder) {
  int newest = 0;
  for (const auto& migration : migrations::all()) {
    if (migration.database == folder) newest = std::max(newest, migration.number);
  }
  return newest;
}

}  // namespace

Database::Database(const std::filesystem::path& file, const DatabaseOptions& options) try
    : file_(file), database_(made_private(file), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, busy_timeout_ms) {
  enter_wal_mode(database_);
  database_.exec(options.durability == Durability::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  database_.exec(fmt::format("PRAGMA cache_size=-{}", options.cache_mib * 1024));
  database_.exec("PRAGMA wal_autocheckpoint=4000");
  database_.exec("PRAGMA temp_store=FILE");
  if (options.secure_delete) database_.exec("PRAGMA secure_delete=ON");
  migrate(options.migrations);
} catch (const SQLite::Exception& error) {
  rethrow(error, file);
}

void Database::migrate(std::string_view folder) {
  const int newest = newest_migration(folder);
  const auto applied = [&] { return database_.execAndGet("PRAGMA user_version").getInt(); };
  if (applied() == newest) return;
  database_.exec("BEGIN IMMEDIATE");
  try {
    const int have = applied();
    if (have > newest) {
      throw NewerStore(
          fmt::format("{} has format {}, this program knows up to {}; update Upline", file_.string(), have, newest));
    }
    for (const auto& migration : migrations::all()) {
      if (migration.database != folder || migration.number <= have) continue;
      database_.exec(std::string(migration.sql));
      database_.exec(fmt::format("PRAGMA user_version={}", migration.number));
    }
    database_.exec("COMMIT");
  } catch (...) {
    database_.exec("ROLLBACK");
    throw;
  }
}

SQLite::Statement& Database::statement(const char* sql) {
  ++statements_run_;
  auto& slot = statements_[sql];
  if (!slot) {
    slot = std::make_unique<SQLite::Statement>(database_, sql);
  } else {
    slot->tryReset();  // reset() would repeat the error of a statement that failed before
    slot->clearBindings();
  }
  return *slot;
}

void Database::execute(const char* sql) {
  ++statements_run_;
  database_.exec(sql);
}

void rethrow(const SQLite::Exception& error, const std::filesystem::path& file) {
  switch (error.getErrorCode()) {
    case SQLITE_BUSY:
      throw StoreBusy(fmt::format("{} is locked by another process; try again", file.string()));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // the statements are constant, so a table or a column is not there
      throw DamagedStore(fmt::format("{}: {}", file.string(), error.what()));
    default:
      throw std::runtime_error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace upline::eventstore::sqlite
