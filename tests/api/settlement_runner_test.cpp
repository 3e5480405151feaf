// A server that ends waits neither for the log to be read nor for sums that get no line.
#include "api/settlement_runner.hpp"

#include "eventstore/settlement_lines.hpp"
#include "tests/api/barrier.hpp"
#include "tests/api/settled_books.hpp"

#include <catch2/catch.hpp>

using namespace upline::tests;
using namespace upline;

namespace {

/// A shop of many sums, none of which reaches the minimum: a walk without a single command.
struct NothingToPay {
  NothingToPay() : location{books.data(), "kami", books.data() / "vault.key"} {
    books.stop();
    add_promoters(books, 50);
  }

  /// Carries the settlement on, is told to stop when the barrier is reached, and goes on behind it.
  void stop_at(Barrier& barrier, const projections::SettlingOptions& options) const {
    eventstore::Shop shop(location);
    eventstore::Writer writer(shop.handler());
    const domain::OpenSettlement opening{
        .settlement = {"may"},
        .terms = {domain::parse_rfc3339("2026-05-20T00:00:00Z").value(), {1'000'000}, {0}, "none"}};
    REQUIRE_FALSE(writer.run({.command = opening, .actor = "wang", .dated = false}).rejection);
    api::SettlementRunner runner(location, writer, options);
    runner.carry_on(opening, "wang");
    barrier.wait_until_reached();
    runner.stop();
    barrier.open();
  }

  domain::SettlementStage stage() const {
    eventstore::Shop shop(location);
    return eventstore::read_settlement(shop.store(), {"may"}).value().stage;
  }

  SettledBooks books;
  eventstore::ShopLocation location;
};

}  // namespace

TEST_CASE("a runner that is told to stop ends at the next sum, also where none gets a line", "[settlements]") {
  const NothingToPay shop;
  Barrier barrier(2);
  int sums = 0;
  shop.stop_at(barrier, {.at_sum = [&] {
                 ++sums;
                 barrier.pass();
               }});
  CHECK(sums == 2);
  CHECK(shop.stage() == domain::SettlementStage::computing);
}

TEST_CASE("a runner that is told to stop does not read the log to its end", "[settlements]") {
  const NothingToPay shop;
  Barrier barrier(1);
  int batches = 0;
  int sums = 0;
  shop.stop_at(barrier, {.progress =
                             [&](domain::Position, domain::Position) {
                               ++batches;
                               barrier.pass();
                             },
                         .at_sum = [&] { ++sums; }});
  CHECK(batches == 1);
  CHECK(sums == 0);
  CHECK(shop.stage() == domain::SettlementStage::computing);
}
