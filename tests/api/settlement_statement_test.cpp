// What a settlement leaves with a promoter, over HTTP: balances, and a statement that leads from opening to closing.
#include "tests/api/settled_books.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using upline::eventstore::Role;
using Json = nlohmann::json;
using Lines = std::vector<std::string>;

namespace {

/// Settles May, of which one payout has a result.
void settle_may(ShopClient& client, const Json& bank_said) {
  settle(client, "may");
  client.post("/settlements/may/approve", Json::object());
  CHECK(client.post("/settlements/may/results", {{"results", Json::array({bank_said})}}).body.at("recorded") == 1);
}

/// opening + lines = closing, in CNY; answers the lines' kinds.
Lines checked_statement(ShopClient& client, const std::string& member, const std::string& query = "") {
  const auto statement = client.get("/members/" + member + "/statement" + query);
  REQUIRE(statement.status == 200);
  const auto& sums = statement.body.at("currencies").at(0);
  auto sum = sums.at("opening_minor").get<int>();
  Lines kinds;
  for (const auto& line : statement.body.at("lines")) {
    sum += line.at("amount_minor").get<int>();
    kinds.push_back(fmt::format("{} {}", line.at("kind").get<std::string>(), line.at("amount_minor").get<int>()));
  }
  CHECK(sum == sums.at("closing_minor").get<int>());
  return kinds;
}

}  // namespace

TEST_CASE("a refund after the payout lowers the balance, and the next settlement waits for it", "[settlements]") {
  SettledBooks books;
  auto client = books.client();
  settle_may(client, result("carol", "paid", "b1"));
  CHECK(client.post("/orders/sold/refunds", {{"refund", "r1"}, {"amount_minor", 999}}).status == 201);
  CHECK(balance(client, "carol").at("available_minor") == -99);
  CHECK(checked_statement(client, "carol") == Lines{"accrual 99", "payout -99", "payout_paid 0", "reversal -99"});
  CHECK(balance(client, "carol").at("paid_minor") == 99);
}

TEST_CASE("a statement shows payouts, and leads from its opening to its closing balance", "[settlements]") {
  SettledBooks books;
  auto client = books.client();
  settle_may(client, result("bob", "failed", "no such account"));
  settle(client, "june");
  client.post("/settlements/june/cancel", {{"reason", "once more"}});
  CHECK(checked_statement(client, "bob") ==
        Lines{"accrual 49", "payout -49", "payout_failed 49", "payout -49", "payout_cancelled 49"});
  CHECK(checked_statement(client, "carol") == Lines{"accrual 99", "payout -99"});
  CHECK(checked_statement(client, "bob", "?from=2026-05-02T00:00:00Z").size() == 4);
  CHECK(checked_statement(client, "bob", "?to=2026-05-02T00:00:00Z") == Lines{"accrual 49"});
  const auto as_it_was = client.get("/members/bob/statement?as_of=2026-05-02T00:00:00Z").body;
  CHECK(as_it_was.at("currencies").at(0).at("closing_minor") == 49);
  Lines paged;
  for (std::string after; paged.size() < 6;) {
    const auto page = client.get("/members/bob/statement?limit=1" + after).body;
    for (const auto& line : page.at("lines")) paged.push_back(line.at("kind").get<std::string>());
    if (!page.contains("next")) break;
    after = "&after=" + page.at("next").get<std::string>();
  }
  CHECK(paged == Lines{"accrual", "payout", "payout_failed", "payout", "payout_cancelled"});
}

TEST_CASE("a promoter sees its own payouts, and nothing of the settlement", "[settlements][promoter]") {
  SettledBooks books;
  {
    auto client = books.client();
    settle(client, "may");
  }
  const auto token = books.make_token(Role::promoter);
  books.restart();  // so that it knows it at once
  auto promoter = books.client_of(token);
  CHECK(checked_statement(promoter, "bob") == Lines{"accrual 49", "payout -49"});
  CHECK(promoter.get("/members/carol/statement").code() == "unknown_member");
  for (const auto* part : {"", "/may", "/may/lines", "/may/left-out"}) {
    CHECK(promoter.get(std::string("/settlements") + part).code() == "forbidden");
  }
}
