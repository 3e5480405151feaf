// An answer is made ready while its command is on its way to the disk. Where it does not get there, nobody sees it.
#include "tests/api/served_books.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <string_view>
#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>

using namespace upline::tests;
using Json = nlohmann::json;

namespace {

/// How often the threads of this name have gone to rest, all together.
std::uint64_t rests_of(const std::string& name) {
  std::uint64_t rests = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string called;
    std::getline(std::ifstream(thread.path() / "comm"), called);
    if (called != name) continue;
    std::ifstream status(thread.path() / "status");
    for (std::string line; std::getline(status, line);) {
      const std::string_view before = "voluntary_ctxt_switches:";
      if (line.starts_with(before)) rests += std::stoull(line.substr(before.size()));
    }
  }
  return rests;
}

/// False where it never happens: a minute is for ever here.
bool await_rest_of(const std::string& name, std::uint64_t before) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (rests_of(name) == before) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

TEST_CASE("an answer that was ready is not given where its commit failed", "[server][answers]") {
  ServedBooks shop;
  auto client = shop.client();
  const Json order{{"order", "o1"}, {"member", "dave"}, {"product", "game"}};
  const Json payment{{"payment", "p1"}, {"amount_minor", 999}, {"currency", "CNY"}};
  REQUIRE(client.post("/orders", order).status == 201);
  SQLite::Database log((shop.data() / "kami" / "events.db").string(), SQLite::OPEN_READWRITE, 10'000);
  log.exec("CREATE TRIGGER is_full BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  log.exec("BEGIN IMMEDIATE");  // until the answer is ready
  const auto rests = rests_of("foresight");
  auto answer = std::async(std::launch::async, [&] { return shop.client().post("/orders/o1/payments", payment); });
  CHECK(await_rest_of("foresight", rests));
  log.exec("COMMIT");
  const auto failed = answer.get();
  CHECK(failed.status >= 500);
  CHECK(!failed.body.dump().contains("key-"));
  log.exec("DROP TRIGGER is_full");
  const auto paid = client.post("/orders/o1/payments", payment);
  CHECK(paid.status == 201);
  CHECK(paid.body.dump().contains("key-"));
}
