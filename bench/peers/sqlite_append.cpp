// The most that SQLite itself gives a log: one table, one unique index of stream and version, prepared statements,
// durable commits; events of 200 bytes and a hash, seven a stream, 512 streams at once. Says events per second in JSON.
#include "bench/growth.hpp"

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace upline::bench;

constexpr const char* create_events =
    "CREATE TABLE events(position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, version INTEGER NOT NULL, "
    "type INTEGER NOT NULL, payload BLOB NOT NULL, hash BLOB NOT NULL)";
constexpr const char* create_index = "CREATE UNIQUE INDEX events_stream ON events(stream, version)";
constexpr const char* insert_event = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)";

/// Streams that begin one after the other, and go on side by side.
class Streams {
 public:
  explicit Streams(IdOrder ids) : ids_(ids) {
    for (auto& stream : open_) stream = begin();
  }

  struct Next {
    std::int64_t stream{};
    int version{};
  };
  Next next() {
    auto& stream = open_[random_() % open_.size()];
    if (stream.version == events_a_stream) stream = begin();
    ++stream.version;
    return stream;
  }

 private:
  static constexpr int events_a_stream = 7;

  Next begin() {
    ++begun_;
    return {ids_ == IdOrder::by_time ? begun_ : static_cast<std::int64_t>(random_() >> 1U), 0};
  }

  IdOrder ids_;
  std::mt19937_64 random_{42};
  std::int64_t begun_{};
  std::vector<Next> open_ = std::vector<Next>(512);
};

SQLite::Database open(const fs::path& file, bool has_index) {
  SQLite::Database database(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec("PRAGMA cache_size = -65536");
  database.exec(create_events);
  if (has_index) database.exec(create_index);
  return database;
}

class Log {
 public:
  Log(fs::path file, IdOrder ids, bool has_index)
      : file_(std::move(file)), database_(open(file_, has_index)), streams_(ids) {}

  std::uint64_t appended() const { return appended_; }
  const fs::path& file() const { return file_; }

  void commit(std::uint64_t events) {
    begin_.exec();
    begin_.reset();
    for (std::uint64_t i = 0; i < events; ++i) append();
    commit_.exec();
    commit_.reset();
  }

  void finish() {}

 private:
  void append() {
    const auto [stream, version] = streams_.next();
    ++appended_;
    insert_.bind(1, static_cast<std::int64_t>(appended_));
    insert_.bind(2, stream);
    insert_.bind(3, version);
    insert_.bind(4, version);
    insert_.bindNoCopy(5, payload_.data(), static_cast<int>(payload_.size()));
    insert_.bindNoCopy(6, payload_.data(), hash_bytes);
    insert_.exec();
    insert_.reset();
  }

  static constexpr int hash_bytes = 32;

  fs::path file_;
  SQLite::Database database_;
  SQLite::Statement begin_{database_, "BEGIN IMMEDIATE"};
  SQLite::Statement insert_{database_, insert_event};
  SQLite::Statement commit_{database_, "COMMIT"};
  Streams streams_;
  std::string payload_ = std::string(200, '\xa7');
  std::uint64_t appended_{};
};

}  // namespace

int main(int argc, char** argv) try {
  fs::path scratch = fs::temp_directory_path();
  GrowthPlan plan;
  auto ids = IdOrder::by_time;
  bool has_index = true;
  CLI::App app("Appends events to a table of SQLite.");
  app.add_option("--scratch", scratch, "Where the database is made (a real disk, for durable commits)");
  app.add_flag("!--no-index", has_index, "Without the index of streams and versions");
  add_options(app, plan, ids);
  CLI11_PARSE(app, argc, argv);
  const auto folder = scratch / fmt::format("sqlite-{}", ::getpid());
  fs::create_directories(folder);
  const auto make = [&](std::uint64_t size) {
    return std::make_unique<Log>(folder / fmt::format("{}.db", size), ids, has_index);
  };
  const auto told = grow(make, plan);
  fs::remove_all(folder);
  std::cout << told << '\n';
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_sqlite_append: " << error.what() << '\n';
  return EXIT_FAILURE;
}
