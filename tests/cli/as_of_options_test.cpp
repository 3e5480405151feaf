#include "cli/as_of_options.hpp"

#include "cli/context.hpp"
#include "eventstore/command_handler.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <optional>

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>

using namespace upline;
using cli::as_of;

namespace {

domain::Timestamp moment(const char* text) { return domain::parse_rfc3339(text).value(); }

/// A shop of one event.
class OneEvent {
 public:
  OneEvent() { tests::must_append(shop_.run(tests::open_shop())); }

  eventstore::EventStore& store() { return shop_.store(); }
  domain::Timestamp recorded_at() { return store().read_one({1})->recorded_at; }

 private:
  tests::TempFolder folder_;
  tests::ShopProcess shop_{folder_.path()};
};

/// What is wrong with these words; empty where nothing is.
std::string complaint(std::vector<std::string> words) {
  CLI::App app;
  cli::AsOfOptions options;
  cli::add_as_of_options(app, options);
  std::ranges::reverse(words);
  try {
    app.parse(words);
    return "";
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("without a moment it is now, and the whole log counts", "[as of]") {
  OneEvent shop;
  const auto before = eventstore::system_clock_now();
  const auto now = as_of({}, shop.store());
  CHECK(cli::is_now({}));
  CHECK(now.time >= before);
  CHECK(now.time <= eventstore::system_clock_now());
  CHECK(now.occurred_until == now.time);
  CHECK_FALSE(now.position.has_value());
}

TEST_CASE("a time is a moment whatever its offset", "[as of]") {
  OneEvent shop;
  for (const auto* text : {"2024-05-01T12:00:00Z", "2024-05-01T20:00:00+08:00", "2024-05-01T07:30:00-04:30"}) {
    const auto then = as_of({.time = text}, shop.store());
    CHECK(then.time == moment("2024-05-01T12:00:00Z"));
    CHECK(then.occurred_until == then.time);
    CHECK_FALSE(then.position.has_value());
    CHECK_FALSE(cli::is_now({.time = text}));
  }
}

TEST_CASE("a position is the books as they were recorded then", "[as of]") {
  OneEvent shop;
  const auto then = as_of({.position = 1}, shop.store());
  CHECK(then.position == domain::Position{1});
  CHECK(then.time == shop.recorded_at());
  CHECK(then.occurred_until == domain::timestamp_max);
  CHECK_FALSE(cli::is_now({.position = 1}));
}

TEST_CASE("a position and a time count what was recorded by the one and had occurred by the other", "[as of]") {
  OneEvent shop;
  const auto then = as_of({.time = "2024-05-01T12:00:00Z", .position = 1}, shop.store());
  CHECK(then.position == domain::Position{1});
  CHECK(then.time == moment("2024-05-01T12:00:00Z"));
  CHECK(then.occurred_until == then.time);
}

TEST_CASE("a position behind the end of the log is refused, and the end is said", "[as of]") {
  OneEvent shop;
  for (const auto position : {std::uint64_t{2}, std::uint64_t{1} << 63, UINT64_MAX}) {
    CHECK_THROWS_AS(as_of({.position = position}, shop.store()), cli::NotFound);
  }
  CHECK_THROWS_WITH(as_of({.position = 2}, shop.store()), "position 2 is beyond the log, which ends at 1");
}

TEST_CASE("what is no moment is refused, with one to copy", "[as of]") {
  OneEvent shop;
  for (const auto* text : {"now", "2024-05-01", "2024-05-01T12:00:00", "2024-13-01T12:00:00Z", "1714564800", " "}) {
    CHECK_THROWS_AS(as_of({.time = text}, shop.store()), cli::UsageError);
  }
  CHECK_THROWS_WITH(as_of({.time = "now"}, shop.store()), Catch::Contains("'now'") && Catch::Contains("T12:00:00Z"));
}

TEST_CASE("positions count from 1, and an empty time is a slip", "[as of]") {
  CHECK(complaint({"--position", "1"}).empty());
  CHECK(complaint({"--as-of", "2024-05-01T12:00:00Z"}).empty());
  for (const auto* text : {"0", "-1", "+1", "1.5", "1e3", "x", "", " 1", "1 ", "18446744073709551616"}) {
    CAPTURE(text);
    CHECK_THAT(complaint({"--position", text}), Catch::Contains("is not a whole number above 0"));
  }
  CHECK_THAT(complaint({"--as-of", ""}), Catch::Contains("the text is empty"));
}
