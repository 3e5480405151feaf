#include "eventstore/sqlite/database.hpp"

#include "eventstore/stored_event.hpp"
#include "migrations/migrations.hpp"

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

namespace upline::eventstore::sqlite {

namespace {

/// SQLite's statistics of memory are one lock for all threads, and half of the time of projections that run at once.
/// They can be turned off before the first file is opened only.
[[maybe_unused]] const int statistics_off = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);

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

void keep_durable(SQLite::Database& database, Durability durability) {
  if (durability == Durability::none) {
    database.exec("PRAGMA journal_mode=OFF");
    database.exec("PRAGMA synchronous=OFF");
    return;
  }
  enter_wal_mode(database);
  database.exec(durability == Durability::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
}

std::string limiting_cache(int mib) { return fmt::format("PRAGMA cache_size=-{}", mib * 1024); }

int newest_migration(std::string_view folder) {
  int newest = 0;
  for (const auto& migration : migrations::all()) {
    if (migration.database == folder) newest = std::max(newest, migration.number);
  }
  return newest;
}

}  // namespace

Database::Database(const std::filesystem::path& file, const DatabaseOptions& options) try
    : file_(file),
      database_(made_private(file), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, busy_timeout_ms),
      writing_cache_mib_(options.writing_cache_mib) {
  prepare(options);
} catch (const SQLite::Exception& error) {
  rethrow(error, file);
}

void Database::prepare(const DatabaseOptions& options) {
  keep_durable(database_, options.durability);
  database_.exec(limiting_cache(options.cache_mib));
  database_.exec("PRAGMA wal_autocheckpoint=4000");
  database_.exec("PRAGMA temp_store=FILE");
  database_.exec("PRAGMA recursive_triggers=ON");  // so that INSERT OR REPLACE asks the triggers on DELETE
  if (options.secure_delete) database_.exec("PRAGMA secure_delete=ON");
  migrate(options.migrations);
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
    database_.tryExec("ROLLBACK");  // SQLite may have done so by itself
    throw;
  }
}

Statement::Statement(SQLite::Database& database, const char* sql, const std::filesystem::path& file) try : SQLite
  ::Statement(database, sql), file_(&file) {}
catch (const SQLite::Exception& error) {
  rethrow(error, file);
}

bool Statement::executeStep() {
  try {
    return SQLite::Statement::executeStep();
  } catch (const SQLite::Exception& error) {
    rethrow(error, *file_);
  }
}

int Statement::exec() {
  try {
    return SQLite::Statement::exec();
  } catch (const SQLite::Exception& error) {
    rethrow(error, *file_);
  }
}

Database::Impatience::Impatience(Database& database) : database_(database.database_) {
  sqlite3_busy_timeout(database_.getHandle(), 0);
}

Database::Impatience::~Impatience() { sqlite3_busy_timeout(database_.getHandle(), busy_timeout_ms); }

Statement& Database::statement(const char* sql) {
  ++statements_run_;
  auto& slot = statements_[sql];
  if (!slot) {
    slot = std::make_unique<Statement>(database_, sql, file_);
  } else {
    slot->tryReset();  // reset() would repeat the error of a statement that failed before
    slot->clearBindings();
  }
  return *slot;
}

Statement Database::own_statement(const char* sql) {
  ++statements_run_;
  return {database_, sql, file_};
}

void Database::execute(const char* sql) {
  ++statements_run_;
  try {
    database_.exec(sql);
  } catch (const SQLite::Exception& error) {
    rethrow(error, file_);
  }
}

void Database::begin_writing() {
  if (!std::exchange(has_written_, true)) execute(limiting_cache(writing_cache_mib_).c_str());
  execute("BEGIN IMMEDIATE");
}

std::int64_t Database::number(const char* sql) {
  auto row = own_statement(sql);
  row.executeStep();
  return row.getColumn(0).getInt64();
}

namespace {

[[noreturn]] void throw_unwritable(const std::filesystem::path& file, const char* what, const char* why) {
  throw StoreUnwritable(
      fmt::format("{} cannot be written: {}; {}. What was being written is not recorded, all before it is",
                  file.string(), what, why));
}

/// The system's refusals to write that have no code of their own in SQLite: a quota, a limit, a broken device.
bool is_failed_write(int extended_code) {
  return extended_code == SQLITE_IOERR_WRITE || extended_code == SQLITE_IOERR_SHMSIZE ||
         extended_code == SQLITE_IOERR_TRUNCATE || extended_code == SQLITE_IOERR_FSYNC;
}

}  // namespace

void rethrow(const SQLite::Exception& error, const std::filesystem::path& file) {
  switch (error.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw StoreBusy(fmt::format("{} is locked by another process; try again", file.string()));
    case SQLITE_FULL:
      throw_unwritable(file, error.what(), "there is no room left on its device");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      throw_unwritable(file, error.what(), "see whether this user may write there");
    case SQLITE_IOERR:
      if (is_failed_write(error.getExtendedErrorCode())) {
        throw_unwritable(file, error.what(), "see whether its device has room left and is sound");
      }
      [[fallthrough]];
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // the statements are constant, so a table or a column is not there
      throw DamagedStore(fmt::format("{}: {}", file.string(), error.what()));
    default:
      throw std::runtime_error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace upline::eventstore::sqlite
