#include "projections/read_model_database.hpp"

#include "domain/overloaded.hpp"
#include "eventstore/file_lock.hpp"
#include "eventstore/sqlite/database.hpp"
#include "eventstore/sqlite/journal_writeback.hpp"
#include "eventstore/stored_event.hpp"

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

namespace upline::projections {

namespace fs = std::filesystem;
namespace sqlite = eventstore::sqlite;

namespace {

constexpr std::chrono::seconds patience{60};

constexpr int filling_cache_mib = 64;

/// Whoever opens a file of a folder waits for whoever is making one there.
fs::path opening_lock_of(const fs::path& file) {
  auto lock = fs::absolute(file).parent_path();
  lock += ".lock";
  return lock;
}

/// The journal of a deleted file, left beside it, would be taken for the journal of the new one.
void remove_orphaned_journal(const fs::path& file) {
  if (fs::exists(file)) return;
  for (const char* suffix : {"-wal", "-shm"}) {
    auto journal = file;
    journal += suffix;
    fs::remove(journal);
  }
}

std::unique_ptr<sqlite::Database> open_or_make(const fs::path& file, const std::string& migrations, FileUse use) {
  fs::create_directories(fs::absolute(file).parent_path());
  const eventstore::FileLock opening(opening_lock_of(file), patience);
  remove_orphaned_journal(file);
  try {
    const bool filling = use == FileUse::filling;
    return std::make_unique<sqlite::Database>(
        file, sqlite::DatabaseOptions{.migrations = migrations,
                                      .durability = filling ? sqlite::Durability::none : sqlite::Durability::normal,
                                      .cache_mib = filling ? filling_cache_mib : sqlite::reading_cache_mib,
                                      .writing_cache_mib = filling ? filling_cache_mib : sqlite::writing_cache_mib});
  } catch (const eventstore::DamagedStore& damage) {
    throw UnusableView(damage.what());
  } catch (const eventstore::NewerStore& newer) {
    throw eventstore::NewerStore(
        fmt::format("{}. The file is left as it is; to have this program replace it by its own, run: upline rebuild",
                    newer.what()));
  }
}

}  // namespace

struct ReadModelDatabase::Statement {
  sqlite3_stmt* handle{};
  const char* sql{};
  std::vector<Statement*>* idle{};  // where it waits for its next use

  Statement(sqlite3_stmt* prepared, const char* text, std::vector<Statement*>& same)
      : handle(prepared), sql(text), idle(&same) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(handle); }
};

struct ReadModelDatabase::Connection {
  fs::path file;
  std::unique_ptr<sqlite::Database> database;
  std::vector<std::unique_ptr<Statement>> statements{};
  std::unordered_map<const char*, std::vector<Statement*>> idle{};
  sqlite::JournalWriteback journal;

  Connection(const fs::path& path, const std::string& migrations, FileUse use)
      : file(path), database(open_or_make(path, migrations, use)), journal(path) {
    execute("PRAGMA journal_size_limit=67108864");  // the journal of a stride is as large as what it writes
  }

  sqlite3* handle() const { return database->raw().getHandle(); }

  [[noreturn]] void fail(int code) const {
    try {
      sqlite::rethrow(SQLite::Exception(handle(), code), file);
    } catch (const eventstore::DamagedStore& damage) {
      throw UnusableView(damage.what());
    }
  }

  void check(int code) const {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) fail(code);
  }

  void execute(const char* sql) const { check(sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr)); }

  void begin(bool writes) const {
    if (!writes) return execute("BEGIN");
    try {
      database->begin_writing();
    } catch (const eventstore::DamagedStore& damage) {
      throw UnusableView(damage.what());
    }
  }

  Statement& borrow(const char* sql) {
    auto& same = idle[sql];
    if (!same.empty()) {
      auto* statement = same.back();
      same.pop_back();
      return *statement;
    }
    sqlite3_stmt* prepared{};
    check(sqlite3_prepare_v3(handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr));
    auto& statement = *statements.emplace_back(std::make_unique<Statement>(prepared, sql, same));
    check_parameters(statement);
    return statement;
  }

  /// PostgreSQL numbers parameters by their name, SQLite by first appearance: both must come to the same.
  static void check_parameters(const Statement& statement) {
    for (int i = 1; i <= sqlite3_bind_parameter_count(statement.handle); ++i) {
      const auto* name = sqlite3_bind_parameter_name(statement.handle, i);
      if (name == nullptr || name != fmt::format("${}", i)) {
        throw std::logic_error(fmt::format("parameters are $1, $2, ... in order of appearance: {}", statement.sql));
      }
    }
  }

  /// An unfinished statement would hold its snapshot; its last error was thrown already.
  void give_back(Statement& statement) {
    sqlite3_reset(statement.handle);
    statement.idle->push_back(&statement);
  }

  /// Every parameter is bound anew, so none of an earlier use is left.
  void bind(Statement& statement, SqlValues values, sqlite3_destructor_type lifetime) const {
    int index = 0;
    for (const auto& value : values) {
      ++index;
      check(std::visit(domain::Overloaded{
                           [&](std::monostate) { return sqlite3_bind_null(statement.handle, index); },
                           [&](std::int64_t number) { return sqlite3_bind_int64(statement.handle, index, number); },
                           [&](std::string_view text) {
                             return sqlite3_bind_text(statement.handle, index, text.empty() ? "" : text.data(),
                                                      static_cast<int>(text.size()), lifetime);
                           },
                           [&](Blob blob) {
                             return sqlite3_bind_blob(statement.handle, index,
                                                      blob.bytes.empty() ? "" : blob.bytes.data(),
                                                      static_cast<int>(blob.bytes.size()), lifetime);
                           },
                       },
                       value.content()));
    }
  }
};

ReadModelDatabase::Rows::Rows(std::shared_ptr<Connection> connection, Statement& statement)
    : connection_(std::move(connection)), statement_(&statement) {}

ReadModelDatabase::Rows::Rows(Rows&& other) noexcept
    : connection_(std::move(other.connection_)), statement_(std::exchange(other.statement_, nullptr)) {}

ReadModelDatabase::Rows::~Rows() {
  if (statement_ != nullptr) connection_->give_back(*statement_);
}

bool ReadModelDatabase::Rows::next() {
  const int code = sqlite3_step(statement_->handle);
  connection_->check(code);
  return code == SQLITE_ROW;
}

int ReadModelDatabase::Rows::columns() const { return sqlite3_column_count(statement_->handle); }

bool ReadModelDatabase::Rows::is_null(int column) const {
  return sqlite3_column_type(statement_->handle, column) == SQLITE_NULL;
}

std::int64_t ReadModelDatabase::Rows::integer(int column) const {
  return sqlite3_column_int64(statement_->handle, column);
}

std::string_view ReadModelDatabase::Rows::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_->handle, column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_->handle, column))};
}

Blob ReadModelDatabase::Rows::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_->handle, column));
  return {{bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_->handle, column))}};
}

SqlValue ReadModelDatabase::Rows::value(int column) const {
  switch (sqlite3_column_type(statement_->handle, column)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_INTEGER:
      return {integer(column)};
    case SQLITE_TEXT:
      return {text(column)};
    default:
      return {blob(column)};
  }
}

ReadModelDatabase::Transaction::Transaction(std::shared_ptr<Connection> connection, bool writes)
    : connection_(std::move(connection)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    try {
      connection_->begin(writes);
      return;
    } catch (const eventstore::StoreBusy&) {
      if (std::chrono::steady_clock::now() > deadline) throw;
    }
  }
}

ReadModelDatabase::Transaction::~Transaction() {
  if (!connection_) return;
  try {
    connection_->execute("ROLLBACK");
  } catch (const std::exception&) {
    // Where the failure was that bad, SQLite has rolled back by itself.
  }
}

void ReadModelDatabase::Transaction::commit() {
  connection_->execute("COMMIT");
  connection_->journal.start();
  connection_.reset();
}

ReadModelDatabase::ReadModelDatabase(fs::path file, std::string migrations, FileUse use)
    : file_(std::move(file)),
      migrations_(std::move(migrations)),
      connection_(std::make_shared<Connection>(file_, migrations_, use)) {}

bool ReadModelDatabase::was_replaced() const {
  int moved = 0;
  sqlite3_file_control(connection_->handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

bool ReadModelDatabase::reopen_if_replaced() {
  if (!was_replaced()) return false;
  connection_ = std::make_shared<Connection>(file_, migrations_, FileUse::serving);
  return true;
}

void ReadModelDatabase::discard(const fs::path& file) {
  const eventstore::FileLock opening(opening_lock_of(file), patience);
  fs::remove(file);
  remove_orphaned_journal(file);
}

void ReadModelDatabase::replace(const fs::path& file, const fs::path& new_file) {
  const eventstore::FileLock opening(opening_lock_of(file), patience);
  fs::remove(file);
  remove_orphaned_journal(file);
  fs::rename(new_file, file);
}

constexpr const char* select_indexes =
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";

std::vector<std::string> ReadModelDatabase::drop_indexes() {
  std::vector<std::string> names;
  std::vector<std::string> statements;
  for (auto rows = query(select_indexes); rows.next();) {
    names.emplace_back(rows.text(0));
    statements.emplace_back(rows.text(1));
  }
  for (const auto& name : names) run_once("DROP INDEX " + name);
  return statements;
}

void ReadModelDatabase::end_filling() { connection_->execute("PRAGMA journal_mode=WAL"); }

void ReadModelDatabase::run_once(const std::string& sql) { connection_->execute(sql.c_str()); }

void ReadModelDatabase::run(const char* sql, SqlValues values) {
  auto& statement = connection_->borrow(sql);
  try {
    connection_->bind(statement, values, SQLITE_STATIC);
    connection_->check(sqlite3_step(statement.handle));
  } catch (...) {
    connection_->give_back(statement);
    throw;
  }
  connection_->give_back(statement);
}

void ReadModelDatabase::run_on_one_row(const char* sql, SqlValues values) {
  run(sql, values);
  const auto touched = sqlite3_changes(connection_->handle());
  if (touched == 1) return;
  throw eventstore::DamagedStore(fmt::format("{} rows where one was to be changed; run: upline rebuild", touched));
}

ReadModelDatabase::Rows ReadModelDatabase::query(const char* sql, SqlValues values) {
  auto& statement = connection_->borrow(sql);
  Rows rows(connection_, statement);
  connection_->bind(statement, values, SQLITE_TRANSIENT);
  return rows;
}

std::optional<ReadModelDatabase::Rows> ReadModelDatabase::find(const char* sql, SqlValues values) {
  auto rows = query(sql, values);
  if (!rows.next()) return std::nullopt;
  return rows;
}

ReadModelDatabase::Transaction ReadModelDatabase::begin_write() { return {connection_, true}; }

ReadModelDatabase::Transaction ReadModelDatabase::begin_read() { return {connection_, false}; }

void sync_file(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool is_synced = descriptor >= 0 && ::fdatasync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!is_synced) throw std::system_error(error, std::generic_category(), fmt::format("cannot sync {}", file.string()));
}

}  // namespace upline::projections
