// A server that is killed while it sends webhooks, again and again: nothing is skipped, and each stream keeps its
// order.
#include "eventstore/shop.hpp"
#include "tests/api/webhooks/order_of_arrival.hpp"
#include "tests/api/webhooks/receiver.hpp"
#include "tests/cli/program.hpp"
#include "tests/eventstore/commands.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using namespace upline;

namespace {

constexpr int kills = 40;

void execute(eventstore::Shop& shop, const std::vector<domain::Command>& commands) {
  std::vector<eventstore::Request> requests;
  for (const auto& command : commands) requests.push_back({.command = command, .actor = "tester"});
  for (const auto& outcome : shop.handler().execute(requests)) REQUIRE(outcome.answer == eventstore::Answer::appended);
}

void open_books(eventstore::Shop& shop) {
  execute(shop, {open_shop(), limit_levels(3), publish("standard", {1000, 500, 250}), choose_default("standard"),
                 add_product("course", domain::Fulfilment::external), enrol("alice"), enrol("dave", "alice")});
}

/// Some orders, and refunds of others from the rounds before, so that streams go on.
void trade(eventstore::Shop& shop, int round) {
  std::vector<domain::Command> commands;
  for (int i = 0; i < 4; ++i) {
    commands.push_back(purchase({.order = fmt::format("o-{}-{}", round, i), .product = "course"}));
    if (round > 0) {
      commands.push_back(refund(fmt::format("r-{}-{}", round, i), fmt::format("o-{}-{}", round - 1, i), 100, may(3)));
    }
  }
  execute(shop, commands);
}

Arguments serve() { return {"serve", "--data", "D", "--listen", "127.0.0.1:0", "--webhooks-to-private-addresses"}; }

}  // namespace

TEST_CASE("a server that is killed while it sends skips no event and keeps each stream's order", "[webhook][kill]") {
  const TempFolder folder;
  const auto data = folder.path() / "D";
  const eventstore::ShopLocation location{data, "S", data / "vault.key"};
  eventstore::prepare_shop(location);
  eventstore::Shop shop(location);
  open_books(shop);
  int count = 0;
  Receiver receiver([&](const Received&) { return ++count % 29 == 0 ? 500U : 200U; });
  REQUIRE(run_upline(folder.path(), {"webhook", "add", receiver.url(), "--types", "all", "--data", "D"}).exit_code ==
          0);
  const auto after = shop.store().head().position.value;
  std::minstd_rand random(11);
  for (int round = 0; round < kills; ++round) {
    trade(shop, round);
    const auto enough = receiver.received().size() + random() % 12;  // fewer than were just appended
    Program server(folder.path(), serve());
    receiver.await([&](const std::vector<Received>& all) { return all.size() >= enough; });
    server.kill();
    server.wait();
  }
  const Program server(folder.path(), serve());
  const auto last = shop.store().head().position.value;
  check_order(receiver.await(accepted_to(after, last)), after, last);
}
