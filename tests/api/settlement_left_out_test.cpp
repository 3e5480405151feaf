// Who gets no line is found by walking along every balance of the shop: a page at a time, whatever it finds.
#include "eventstore/shop.hpp"
#include "tests/api/settled_books.hpp"
#include "tests/eventstore/commands.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::tests;
using namespace upline;
using Json = nlohmann::json;

namespace {

/// Zoe has 99, available on 22 May.
void add_zoe(const SettledBooks& books) {
  eventstore::Shop shop({books.data(), "kami", books.data() / "vault.key"});
  const std::vector<eventstore::Request> requests{
      {.command = enrol("zoe"), .actor = "tester"},
      {.command = enrol("zoes-friend", "zoe"), .actor = "tester"},
      {.command = domain::RecordPurchase{.order = {"zoes"},
                                         .member = {"zoes-friend"},
                                         .product = {"course"},
                                         .quantity = {1},
                                         .amount = {999},
                                         .currency = {"CNY"},
                                         .channel = "test",
                                         .occurred_at = domain::parse_rfc3339("2026-05-15T12:00:00Z").value()},
       .actor = "tester"}};
  for (const auto& outcome : shop.handler().execute(requests)) REQUIRE_FALSE(outcome.rejection);
}

}  // namespace

TEST_CASE("a page of left-out looks at ten thousand sums, also where nothing is left of them", "[settlements][pages]") {
  SettledBooks books;
  books.stop();
  constexpr int promoters = 10'000;
  add_promoters(books, promoters);
  add_zoe(books);
  books.restart();
  auto client = books.client();
  REQUIRE(settle(client, "may").at("lines") == promoters + 3);
  const auto june = settle(client, "june", {{"cutoff", "2026-05-25T00:00:00Z"}, {"minimum_minor", 1'000}});
  REQUIRE(june.at("lines") == 0);
  const auto first = client.get("/settlements/june/left-out").body;
  CHECK(first.at("left_out").empty());
  REQUIRE(first.value("next", "") == "CNY:p9996");  // behind alice, bob, carol and 9997 promoters
  const auto second = client.get("/settlements/june/left-out?after=CNY:p9996").body;
  CHECK(second.at("left_out") ==
        Json{{{"member", "zoe"}, {"currency", "CNY"}, {"gross_minor", 99}, {"reason", "below_minimum"}}});
  CHECK_FALSE(second.contains("next"));
}
