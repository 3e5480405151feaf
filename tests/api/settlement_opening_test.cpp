// Lines are computed behind the answer: others write in between, and what is cut short goes on.
#include "eventstore/event_codec.hpp"
#include "eventstore/shop.hpp"
#include "tests/api/barrier.hpp"
#include "tests/api/settled_books.hpp"

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using Json = nlohmann::json;
using Lines = std::vector<std::string>;

namespace {

/// Who wrote behind this position, each once until another did: `lines` or `orders`.
Lines writers_behind(const SettledBooks& books, std::uint64_t position) {
  using namespace upline;
  eventstore::Shop shop({books.data(), "kami", books.data() / "vault.key"});
  Lines writers;
  shop.store().read({position + 1}, shop.store().head().position, [&](const eventstore::StoredEvent& stored) {
    const auto event = eventstore::decode(stored).event;
    const bool is_lines = std::holds_alternative<domain::LinesScheduled>(event);
    if (!is_lines && !std::holds_alternative<domain::OrderPlaced>(event)) return true;
    const std::string writer = is_lines ? "lines" : "orders";
    if (writers.empty() || writers.back() != writer) writers.push_back(writer);
    return true;
  });
  return writers;
}

/// What was available by the cutoff, and comes too late for the lines.
void sell_meanwhile(ShopClient& client, int from, int until) {
  for (int i = from; i < until; ++i) sell(client, fmt::format("live-{}", i));
}

/// Every line is a command of its own, and each has to pass the barrier.
void restart_line_by_line(SettledBooks& books, Barrier& barrier) {
  books.restart([&](auto& options) {
    options.settling.lines_per_chunk = 1;
    options.settling.before_command = [&] { barrier.pass(); };
  });
}

}  // namespace

TEST_CASE("orders are taken and answered while a settlement of thousands is being computed", "[settlements]") {
  SettledBooks books;
  books.stop();
  constexpr int promoters = 2'500;
  add_promoters(books, promoters);
  Barrier barrier(13);  // twelve chunks of a hundred are there
  books.restart([&](auto& options) {
    options.settling.lines_per_chunk = 100;
    options.settling.before_command = [&] { barrier.pass(); };
  });
  auto client = books.client();
  const auto opened = client.post("/settlements", opening("may"));
  REQUIRE(opened.status == 202);
  barrier.wait_until_reached();
  const auto computing = client.get("/settlements/may").body;
  CHECK(computing.at("state") == "computing");
  CHECK(computing.at("lines") == 1'200);
  CHECK(client.get("/members/carol/balances").body.at("balances").at(0).at("scheduled_minor") == 0);
  sell_meanwhile(client, 0, 20);
  CHECK(client.post("/settlements/may/approve", Json::object()).code() == "settlement_not_fixed");
  barrier.open();
  sell_meanwhile(client, 20, 40);
  const auto fixed = wait_for_settlement(client, "may");
  CHECK(fixed.at("state") == "fixed");
  CHECK(fixed.at("lines") == promoters + 3);
  CHECK(client.get("/members/carol/balances").body.at("balances").at(0).at("scheduled_minor") == 99);
  const auto writers = writers_behind(books, opened.body.at("position").get<std::uint64_t>());
  REQUIRE(writers.size() >= 3);
  CHECK(Lines(writers.begin(), writers.begin() + 3) == Lines{"lines", "orders", "lines"});
}

TEST_CASE("what a server that ended left half done goes on when it is asked for again", "[settlements]") {
  SettledBooks books;
  Barrier barrier(2);
  restart_line_by_line(books, barrier);
  {
    auto client = books.client();
    REQUIRE(client.post("/settlements", opening("may")).status == 202);
    barrier.wait_until_reached();
  }
  std::thread opener([&] { barrier.open(); });
  books.stop();  // the runner ends at its next command at the latest
  opener.join();
  books.restart();
  auto client = books.client();
  const auto left = client.get("/settlements/may").body;
  if (left.at("state") == "computing") {
    CHECK(left.at("lines") >= 1);
    const auto again = client.post("/settlements", opening("may"));
    CHECK(again.status == 202);
    CHECK(again.body.at("outcome") == "already_there");
    CHECK(again.body.at("state") == "computing");
  }
  CHECK(wait_for_settlement(client, "may").at("state") == "fixed");
  CHECK(lines_of(client, "may") == Lines{"alice 24 scheduled", "bob 49 scheduled", "carol 99 scheduled"});
}

TEST_CASE("a settlement whose runner broke stays as it is, is warned of, and goes on when it is asked for again",
          "[settlements]") {
  std::mutex mutex;
  std::condition_variable changed;
  std::string warning;
  SettledBooks books;
  int commands = 0;
  books.restart([&](auto& options) {
    options.settling.lines_per_chunk = 1;
    options.settling.before_command = [&] {
      if (++commands == 3) throw std::runtime_error("the disk is gone");
    };
    options.telemetry.log.write = [&](std::string_view line) {
      if (line.find("the disk is gone") == std::string_view::npos) return;
      const std::scoped_lock lock(mutex);
      warning = line;
      changed.notify_all();
    };
  });
  auto client = books.client();
  REQUIRE(client.post("/settlements", opening("may")).status == 202);
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !warning.empty(); });
  }
  CHECK(warning.find("open it again with the same terms") != std::string::npos);
  CHECK(client.get("/settlements/may").body.at("lines") == 2);
  CHECK(client.post("/settlements", opening("may")).status == 202);
  CHECK(wait_for_settlement(client, "may").at("lines") == 3);
}

TEST_CASE("two accountants who open at once never cover the same twice", "[settlements]") {
  SettledBooks books;
  std::vector<std::thread> accountants;
  for (const auto* id : {"a", "b", "a", "c"}) {
    accountants.emplace_back([&books, id] {
      auto client = books.client();
      client.post("/settlements", opening(id));
    });
  }
  for (auto& accountant : accountants) accountant.join();
  auto client = books.client();
  std::uint64_t lines = 0;
  for (const auto* id : {"a", "b", "c"}) {
    const auto settlement = wait_for_settlement(client, id);
    const auto attempts = settlement.at("attempt").get<int>();
    // Between an attempt that was overtaken and the next one it is abandoned for a moment.
    if (settlement.at("state") == "abandoned") client.post("/settlements", opening(id));
    CHECK(attempts >= 1);
  }
  for (const auto* id : {"a", "b", "c"}) {
    const auto settlement = wait_for_settlement(client, id);
    if (settlement.at("state") == "fixed") lines += settlement.at("lines").get<std::uint64_t>();
  }
  CHECK(lines == 3);
  CHECK(client.get("/members/carol/balances").body.at("balances").at(0).at("scheduled_minor") == 99);
}

TEST_CASE("a settlement that one with a later cutoff overtook stays abandoned, and is warned of", "[settlements]") {
  std::mutex mutex;
  std::condition_variable changed;
  std::string warning;
  SettledBooks books;
  Barrier barrier(1);
  books.restart([&](auto& options) {
    options.settling.before_command = [&] { barrier.pass(); };
    options.telemetry.log.write = [&](std::string_view line) {
      if (line.find("cutoff_goes_back") == std::string_view::npos) return;
      const std::scoped_lock lock(mutex);
      warning = line;
      changed.notify_all();
    };
  });
  auto client = books.client();
  REQUIRE(client.post("/settlements", opening("late", {{"cutoff", "2026-05-25T00:00:00Z"}})).status == 202);
  barrier.wait_until_reached();
  REQUIRE(client.post("/settlements", opening("early")).status == 202);
  barrier.open();
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !warning.empty(); });
  }
  CHECK(warning.find("settlement early is not carried on") != std::string::npos);
  const auto early = client.get("/settlements/early").body;
  CHECK(early.at("state") == "abandoned");
  CHECK(early.at("reason") == "late was fixed first");
  CHECK(early.at("attempt") == 1);
  CHECK(client.get("/settlements/late").body.at("lines") == 3);
  CHECK(client.post("/settlements", opening("early")).code() == "cutoff_goes_back");
  CHECK(settle(client, "early", {{"cutoff", "2026-05-25T00:00:00Z"}}).at("state") == "fixed");
}

TEST_CASE("what is cancelled while it is computed is not begun anew behind the accountant's back", "[settlements]") {
  SettledBooks books;
  Barrier barrier(1);
  restart_line_by_line(books, barrier);
  auto client = books.client();
  REQUIRE(client.post("/settlements", opening("may")).status == 202);
  barrier.wait_until_reached();
  CHECK(client.post("/settlements/may/cancel", {{"reason", "wrong cutoff"}}).status == 201);
  barrier.open();
  CHECK(settle(client, "june").at("lines") == 3);  // carried on behind it, so the runner is done with it
  const auto abandoned = client.get("/settlements/may").body;
  CHECK(abandoned.at("state") == "abandoned");
  CHECK(abandoned.at("reason") == "wrong cutoff");
  CHECK(abandoned.at("attempt") == 1);
}
