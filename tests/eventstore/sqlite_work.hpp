// What SQLite does, counted: for every connection that is opened while a SqliteWork lives.
#pragma once

#include <cstdint>
#include <vector>

#include <sqlite3.h>

namespace upline::tests {

struct WorkDone {
  std::uint64_t statements{};  // begun, however they were prepared
  std::uint64_t rows{};        // handed to the program
  std::uint64_t steps{};       // of SQLite's virtual machine
  std::uint64_t pages{};       // read from the file or its journal
};

class SqliteWork {
 public:
  SqliteWork() {
    watching_ = this;
    sqlite3_auto_extension(entry_point());
  }
  SqliteWork(const SqliteWork&) = delete;
  SqliteWork& operator=(const SqliteWork&) = delete;
  ~SqliteWork() {
    sqlite3_cancel_auto_extension(entry_point());
    for (auto* connection : open_) sqlite3_trace_v2(connection, 0, nullptr, nullptr);
    watching_ = nullptr;
  }

  WorkDone done() const {
    auto sum = done_;
    for (auto* connection : open_) sum.pages += pages_read(connection);
    return sum;
  }

  const std::vector<sqlite3*>& connections() const { return open_; }

 private:
  using EntryPoint = void (*)();
  static EntryPoint entry_point() { return reinterpret_cast<EntryPoint>(&watch); }

  static int watch(sqlite3* connection, char**, const void*) {
    watching_->open_.push_back(connection);
    constexpr unsigned events = SQLITE_TRACE_STMT | SQLITE_TRACE_ROW | SQLITE_TRACE_PROFILE | SQLITE_TRACE_CLOSE;
    return sqlite3_trace_v2(connection, events, &count, watching_);
  }

  static int count(unsigned event, void* self, void* subject, void*) {
    auto& work = *static_cast<SqliteWork*>(self);
    if (event == SQLITE_TRACE_STMT) ++work.done_.statements;
    if (event == SQLITE_TRACE_ROW) ++work.done_.rows;
    if (event == SQLITE_TRACE_PROFILE) {
      auto* statement = static_cast<sqlite3_stmt*>(subject);
      work.done_.steps += static_cast<std::uint64_t>(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1));
    }
    if (event == SQLITE_TRACE_CLOSE) {
      auto* connection = static_cast<sqlite3*>(subject);
      work.done_.pages += pages_read(connection);
      std::erase(work.open_, connection);
    }
    return 0;
  }

  static std::uint64_t pages_read(sqlite3* connection) {
    int misses = 0;
    int unused = 0;
    sqlite3_db_status(connection, SQLITE_DBSTATUS_CACHE_MISS, &misses, &unused, 0);
    return static_cast<std::uint64_t>(misses);
  }

  static inline SqliteWork* watching_{};
  WorkDone done_{};
  std::vector<sqlite3*> open_;
};

}  // namespace upline::tests
