// An answer is made ready while its command is on its way to the disk. Where it does not get there, nobody sees it.
#include "tests/api/served_books.hpp"
#include "tests/await.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>
#include <string_view>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>
#include <sys/syscall.h>

using namespace upline::tests;
using Json = nlohmann::json;

namespace {

/// A thread that rests wherever it has nothing to do, and has had nothing to do so far.
class IdleThread {
 public:
  explicit IdleThread(const std::string& name) {
    const bool is_found = await([&] { return find(name) && !(place_ = resting_place()).empty(); });
    if (!is_found) throw std::logic_error("no thread rests that is called " + name);
    rests_ = rests();
  }

  /// Waits until it has done something, and has nothing to do again. False where that never is.
  bool await_work_done() const {
    return await([this] { return rests() != rests_ && resting_place() == place_; });
  }

 private:
  bool find(const std::string& name) {
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
      std::string called;
      std::getline(std::ifstream(thread.path() / "comm"), called);
      if (called == name) files_ = thread.path();
    }
    return !files_.empty();
  }

  /// How often it has gone to rest, for whatever reason.
  std::uint64_t rests() const {
    std::ifstream status(files_ / "status");
    for (std::string line; std::getline(status, line);) {
      const std::string_view before = "voluntary_ctxt_switches:";
      if (line.starts_with(before)) return std::stoull(line.substr(before.size()));
    }
    return 0;
  }

  /// Its stack and its next instruction while it waits for another thread; else nothing.
  std::string resting_place() const {
    std::string call;
    std::getline(std::ifstream(files_ / "syscall"), call);
    if (!call.starts_with(std::to_string(SYS_futex) + ' ')) return {};
    return call.substr(call.rfind(' ', call.rfind(' ') - 1));
  }

  std::filesystem::path files_;
  std::string place_;
  std::uint64_t rests_{};
};

}  // namespace

TEST_CASE("an answer that was ready is not given where its commit failed", "[server][answers]") {
  ServedBooks shop;
  const Json order{{"order", "o1"}, {"member", "dave"}, {"product", "game"}};
  const Json payment{{"payment", "p1"}, {"amount_minor", 999}, {"currency", "CNY"}};
  REQUIRE(shop.client().post("/orders", order).status == 201);
  shop.restart();
  auto client = shop.client();
  REQUIRE(client.post("/members", {{"member", "erin"}}).status == 201);  // a server's first batch is written alone
  const IdleThread foresight("foresight");
  SQLite::Database log((shop.data() / "kami" / "events.db").string(), SQLite::OPEN_READWRITE, 10'000);
  log.exec("CREATE TRIGGER is_full BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  log.exec("BEGIN IMMEDIATE");  // until the answer is ready
  auto answer = std::async(std::launch::async, [&] { return shop.client().post("/orders/o1/payments", payment); });
  CHECK(foresight.await_work_done());
  log.exec("COMMIT");
  const auto failed = answer.get();
  CHECK(failed.status >= 500);
  CHECK(!failed.body.dump().contains("key-"));
  log.exec("DROP TRIGGER is_full");
  const auto paid = client.post("/orders/o1/payments", payment);
  CHECK(paid.status == 201);
  CHECK(paid.body.dump().contains("key-"));
}
