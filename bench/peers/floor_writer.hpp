// The one writer of the floor: takes what has come, appends it in one transaction, and answers once it is durable. No
// rules: what it measures is the pipeline.
#pragma once

#include "bench/peers/hash_chain.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

namespace upline::bench {

using Position = std::int64_t;

struct FloorCommand {
  bool is_payment{};
  std::int64_t order{};
  std::string body{};
  std::size_t thread{};                    // that the connection lives on
  std::function<void(Position)> answer{};  // called there
};

class FloorWriter {
 public:
  /// `post` carries a function over to a thread.
  using Post = std::function<void(std::size_t thread, std::function<void()>)>;

  FloorWriter(const std::string& file, std::size_t threads, Post post);
  ~FloorWriter();
  FloorWriter(const FloorWriter&) = delete;
  FloorWriter& operator=(const FloorWriter&) = delete;

  void push(FloorCommand command);

  std::uint64_t commands() const { return commands_; }
  std::uint64_t commits() const { return commits_; }

 private:
  using Answers = std::vector<std::pair<std::function<void(Position)>, Position>>;

  void run();
  void write(std::vector<FloorCommand>& batch);
  void append(std::int64_t order, int version, const std::string& body);
  void send_answers();

  SQLite::Database database_;
  std::unique_ptr<SQLite::Statement> insert_;
  HashChain hashes_;
  Post post_;
  std::vector<Answers> answers_;  // by thread
  std::vector<Position> balances_;
  Position position_{};
  std::atomic<std::uint64_t> commands_{};
  std::atomic<std::uint64_t> commits_{};
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<FloorCommand> queue_;
  bool is_over_{};
  std::thread thread_;
};

}  // namespace upline::bench
