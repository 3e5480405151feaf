#include "api/log.hpp"

#include "tests/api/log_lines.hpp"

#include <array>
#include <condition_variable>
#include <mutex>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace upline::api;
using namespace upline::tests;

namespace {

const std::array<LogField, 3> fields{LogField{"status", std::int64_t{201}, true}, LogField{"took_ms", 1.5},
                                     LogField{"shop", "two words"}};

}  // namespace

TEST_CASE("a line of JSON parses, whatever is in it", "[log]") {
  LogLines lines;
  const std::string nasty = "quote \" backslash \\ line\nfeed, \x01, broken \xff UTF-8";
  {
    Log log({.format = LogFormat::json, .write = lines.sink()});
    log.write(LogLevel::warn, nasty, std::array{LogField{"name", nasty}, LogField{"count", std::int64_t{-7}}});
    log.write(LogLevel::info, "钥匙", fields);
  }
  REQUIRE(lines.all().size() == 2);
  const auto first = nlohmann::json::parse(lines.all()[0]);
  CHECK(first["level"] == "warn");
  CHECK(first["message"] == "quote \" backslash \\ line\nfeed, \x01, broken ? UTF-8");
  CHECK(first["name"] == first["message"]);
  CHECK(first["count"] == -7);
  CHECK(first["time"].get<std::string>().size() == std::string("2026-05-01T12:00:00.000000Z").size());
  const auto second = nlohmann::json::parse(lines.all()[1]);
  CHECK(second["message"] == "钥匙");
  CHECK(second["status"] == 201);
  CHECK(second["took_ms"] == 1.5);
}

TEST_CASE("a line of text is one line, and says nothing twice", "[log]") {
  CHECK(text_payload(LogLevel::info, "GET /x 201", fields) == "info  GET /x 201 took_ms=1.500 shop=\"two words\"");
  CHECK(text_payload(LogLevel::error, "a\nb", {}) == "error a b");
  CHECK(text_payload(LogLevel::warn, "", std::array{LogField{"empty", ""}}) == "warn   empty=\"\"");
}

TEST_CASE("what is beneath the level is not logged", "[log]") {
  LogLines lines;
  {
    Log log({.level = LogLevel::warn, .write = lines.sink()});
    CHECK_FALSE(log.takes(LogLevel::info));
    log.write(LogLevel::info, "no");
    log.write(LogLevel::warn, "yes");
  }
  REQUIRE(lines.all().size() == 1);
  CHECK(lines.all()[0].ends_with("Z warn  yes\n"));
  CHECK_FALSE(Log({.level = LogLevel::off, .write = lines.sink()}).takes(LogLevel::error));
  CHECK_FALSE(Log({}).takes(LogLevel::error));
}

TEST_CASE("whoever logs does not wait for a log that is stuck; what is dropped is counted", "[log]") {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_stuck = false;
  bool may_go_on = false;
  std::size_t written = 0;
  {
    Log log({.queue_max = 4, .write = [&](std::string_view) {
               std::unique_lock lock(mutex);
               ++written;
               is_stuck = true;
               changed.notify_all();
               changed.wait(lock, [&] { return may_go_on; });
             }});
    log.write(LogLevel::info, "the first is never done");
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return is_stuck; });
    }
    for (int i = 0; i < 10; ++i) log.write(LogLevel::info, "more");
    CHECK(log.dropped() == 6);
    const std::lock_guard lock(mutex);
    may_go_on = true;
    changed.notify_all();
  }
  CHECK(written == 5);
}
