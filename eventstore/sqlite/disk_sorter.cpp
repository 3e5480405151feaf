#include "eventstore/sqlite/disk_sorter.hpp"

#include "eventstore/sqlite/database.hpp"

#include <filesystem>
#include <optional>

#include <SQLiteCpp/SQLiteCpp.h>

namespace upline::eventstore::sqlite {

namespace {

constexpr const char* create_rows = "CREATE TABLE rows (number INTEGER PRIMARY KEY, time INTEGER, row BLOB)";
constexpr const char* insert_row = "INSERT INTO rows (time, row) VALUES (?1, ?2)";
constexpr const char* select_sorted = "SELECT row FROM rows ORDER BY time, number";

std::filesystem::path temporary() { return std::filesystem::temp_directory_path() / "a temporary file"; }

}  // namespace

struct DiskSorter::Rows {
  // An empty name is a database in a temporary file, which is gone when it is closed.
  SQLite::Database database{"", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  std::optional<SQLite::Statement> insert{};
  std::optional<SQLite::Statement> select{};
};

DiskSorter::DiskSorter() : rows_(std::make_unique<Rows>()) {
  auto& database = rows_->database;
  database.exec("PRAGMA journal_mode=OFF");
  database.exec("PRAGMA temp_store=FILE");
  database.exec(create_rows);
  database.exec("BEGIN");
  rows_->insert.emplace(database, insert_row);
}

DiskSorter::~DiskSorter() = default;

void DiskSorter::add(domain::Timestamp time, std::string_view row) try {
  auto& insert = *rows_->insert;
  insert.reset();
  insert.bind(1, time.microseconds);
  insert.bindNoCopy(2, row.data(), static_cast<int>(row.size()));
  insert.exec();
} catch (const SQLite::Exception& error) {
  rethrow(error, temporary());
}

bool DiskSorter::next(std::string& row) try {
  if (!rows_->select) rows_->select.emplace(rows_->database, select_sorted);
  if (rows_->select->isDone() || !rows_->select->executeStep()) return false;
  const auto column = rows_->select->getColumn(0);
  row.assign(static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes()));
  return true;
} catch (const SQLite::Exception& error) {
  rethrow(error, temporary());
}

}  // namespace upline::eventstore::sqlite
