#include "bench/peers/floor_writer.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace upline::bench {

namespace {

constexpr const char* create_events = R"(
  CREATE TABLE events(position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, version INTEGER NOT NULL,
                      type INTEGER NOT NULL, payload BLOB NOT NULL, hash BLOB NOT NULL);
  CREATE UNIQUE INDEX events_stream ON events(stream, version))";
constexpr const char* insert_event = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)";

constexpr int payment_events = 5;  // paid, delivered, and three accruals: as many as an order of Upline has
constexpr std::size_t payload_bytes_max = 200;

SQLite::Database open(const std::string& file) {
  for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file + suffix);
  SQLite::Database database(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec("PRAGMA cache_size = -65536");
  database.exec(create_events);
  return database;
}

}  // namespace

FloorWriter::FloorWriter(const std::string& file, std::size_t threads, Post post)
    : database_(open(file)),
      insert_(std::make_unique<SQLite::Statement>(database_, insert_event)),
      post_(std::move(post)),
      answers_(threads),
      balances_(1U << 20U),
      thread_([this] { run(); }) {}

FloorWriter::~FloorWriter() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

void FloorWriter::push(FloorCommand command) {
  bool was_empty{};
  {
    const std::lock_guard lock(mutex_);
    was_empty = queue_.empty();
    queue_.push_back(std::move(command));
  }
  if (was_empty) arrived_.notify_one();
}

void FloorWriter::run() {
  std::vector<FloorCommand> batch;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return is_over_ || !queue_.empty(); });
      if (queue_.empty()) return;
      batch.swap(queue_);
    }
    write(batch);
    batch.clear();
    send_answers();
  }
}

void FloorWriter::write(std::vector<FloorCommand>& batch) {
  database_.exec("BEGIN IMMEDIATE");
  for (auto& command : batch) {
    const int first = command.is_payment ? 2 : 1;
    const int count = command.is_payment ? payment_events : 1;
    for (int i = 0; i < count; ++i) append(command.order, first + i, command.body);
    answers_[command.thread].emplace_back(std::move(command.answer), position_);
  }
  database_.exec("COMMIT");
  commands_ += batch.size();
  ++commits_;
}

void FloorWriter::append(std::int64_t order, int version, const std::string& body) {
  const auto size = std::min(body.size(), payload_bytes_max);
  const auto& hash = hashes_.append({body.data(), size});
  balances_[static_cast<std::size_t>(order + version) % balances_.size()] += version;
  insert_->bind(1, ++position_);
  insert_->bind(2, order);
  insert_->bind(3, version);
  insert_->bind(4, version);
  insert_->bindNoCopy(5, body.data(), static_cast<int>(size));
  insert_->bindNoCopy(6, hash.data(), static_cast<int>(hash.size()));
  insert_->exec();
  insert_->reset();
}

void FloorWriter::send_answers() {
  for (std::size_t thread = 0; thread < answers_.size(); ++thread) {
    if (answers_[thread].empty()) continue;
    post_(thread, [answers = std::exchange(answers_[thread], {})] {
      for (const auto& [answer, position] : answers) answer(position);
    });
  }
}

}  // namespace upline::bench
