// A SQLite file with its migrations applied, and prepared statements that are kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <SQLiteCpp/SQLiteCpp.h>

namespace upline::eventstore::sqlite {

/// What a crash may cost: `full` loses nothing that was committed, `normal` may lose the last commits of a file that
/// can be rebuilt, `none` the whole file: it has no journal, and nobody else may open it.
enum class Durability { full, normal, none };

/// Pages that a connection keeps. One that only reads finds them stale as soon as another one commits, so it holds
/// those of one question; and a server has some sixty of them.
constexpr int reading_cache_mib = 2;
constexpr int writing_cache_mib = 8;

struct DatabaseOptions {
  std::string_view migrations{};  // the folder under migrations/
  Durability durability{Durability::full};
  int cache_mib{sqlite::reading_cache_mib};  // until something is written
  int writing_cache_mib{sqlite::writing_cache_mib};
  bool secure_delete{};
};

/// Its errors are those of rethrow().
class Statement : public SQLite::Statement {
 public:
  /// `file` must outlive it.
  Statement(SQLite::Database& database, const char* sql, const std::filesystem::path& file);

  bool executeStep();
  int exec();

 private:
  const std::filesystem::path* file_;
};

/// Without SQLite's own mutexes: one thread at a time. Its errors are those of rethrow().
class Database {
 public:
  /// Opens or makes the file (mode 0600) in WAL mode and applies the migrations that it lacks. Throws NewerStore where
  /// the file has more of them than this program.
  Database(const std::filesystem::path& file, const DatabaseOptions& options);

  /// A statement that stays prepared, reset and without bindings. `sql` must live as long as the database.
  Statement& statement(const char* sql);

  /// A statement that is its user's alone.
  Statement own_statement(const char* sql);

  void execute(const char* sql);

  /// As BEGIN IMMEDIATE: others' writes wait. Who writes keeps more pages, since nobody else makes them stale.
  void begin_writing();

  /// The one number that a query answers with.
  std::int64_t number(const char* sql);

  std::uint64_t statements_run() const { return statements_run_; }

  SQLite::Database& raw() { return database_; }

  /// While it lives, SQLite does not wait for what others hold, but says at once that it is busy.
  class Impatience {
   public:
    explicit Impatience(Database& database);
    ~Impatience();
    Impatience(const Impatience&) = delete;
    Impatience& operator=(const Impatience&) = delete;

   private:
    SQLite::Database& database_;
  };

 private:
  void prepare(const DatabaseOptions& options);
  void migrate(std::string_view folder);

  std::filesystem::path file_;
  SQLite::Database database_;
  std::unordered_map<const char*, std::unique_ptr<Statement>> statements_;
  std::uint64_t statements_run_{};
  int writing_cache_mib_;
  bool has_written_{};
};

/// Throws what an exception of SQLite means, naming the file: StoreBusy, StoreUnwritable, DamagedStore, or else
/// std::runtime_error.
[[noreturn]] void rethrow(const SQLite::Exception& error, const std::filesystem::path& file);

}  // namespace upline::eventstore::sqlite
