// What the bank says of a settlement's payouts, over HTTP: as JSON and as a file, once, row by row.
#include "tests/api/settled_books.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using Json = nlohmann::json;
using Lines = std::vector<std::string>;

namespace {

const std::string path = "/settlements/may";

Json results(const std::vector<Json>& rows) { return {{"results", rows}}; }

void approve_may(ShopClient& client) {
  settle(client, "may");
  CHECK(client.post(path + "/approve", Json::object()).status == 201);
}

}  // namespace

TEST_CASE("results are recorded once, and what contradicts them is refused by its row", "[settlements]") {
  SettledBooks books;
  auto client = books.client();
  approve_may(client);
  auto wrong_sum = result("alice", "paid", "b0");
  wrong_sum["net_minor"] = 23;
  const auto rows = results({result("carol", "paid", "b1"), wrong_sum, result("dave", "paid", "b2"),
                             result("bob", "returned", "account closed"), result("bob", "failed")});
  const auto first = client.post(path + "/results", rows).body;
  CHECK(first.at("recorded") == 1);
  CHECK(first.at("open_lines") == 2);
  Lines refused;
  for (const auto& row : first.at("refused")) {
    refused.push_back(fmt::format("{} {}", row.at("row").get<int>(), row.at("code").get<std::string>()));
  }
  CHECK(refused == Lines{"2 payout_mismatch", "3 unknown_payout", "4 payout_not_paid", "5 reason_missing"});
  const auto again = client.post(path + "/results", rows);
  CHECK(again.status == 200);
  CHECK(again.body.at("recorded") == 0);
  CHECK(again.body.at("already_there") == 1);
  CHECK(
      client.post(path + "/results", results({result("carol", "failed", "no")})).body.at("refused").at(0).at("code") ==
      "conflict");
  CHECK(client.post(path + "/results", results({result("carol", "returned", "closed")})).body.at("recorded") == 1);
  CHECK(lines_of(client, "may") == Lines{"alice 24 scheduled", "bob 49 scheduled", "carol 99 returned"});
  CHECK(client.get(path + "/lines?state=returned").body.at("lines").at(0).at("reference") == "b1");
}

TEST_CASE("a file of results is taken as on the command line", "[settlements]") {
  SettledBooks books;
  auto client = books.client();
  approve_may(client);
  const std::string csv = "Content-Type: text/csv; charset=utf-8\r\n";
  const std::string file =
      "member_id,currency,status,reference_or_reason,net_minor\r\n"
      "carol,CNY,paid,b1,99\r\n"
      "bob,CNY,perhaps,b2,\r\n"
      "bob,CNY,paid\r\n"
      "alice,CNY,failed,\"closed, sorry\",\r\n";
  const auto recorded = client.post_text(path + "/results", file, csv);
  CHECK(recorded.status == 201);
  CHECK(recorded.body.at("recorded") == 2);
  REQUIRE(recorded.body.at("refused").size() == 2);
  CHECK(recorded.body.at("refused").at(0).at("row") == 3);
  CHECK(recorded.body.at("refused").at(0).at("code") == "invalid_row");
  CHECK(recorded.body.at("refused").at(1).at("row") == 4);
  CHECK(client.post_text(path + "/results", file, csv).body.at("already_there") == 2);
  CHECK(client.post_text(path + "/results", "member_id,status\n", csv).status == 400);
  CHECK(client.post_text(path + "/results", file, "Content-Type: text/plain\r\n").status == 415);
  std::string long_file = "member_id,currency,status,reference_or_reason\n";
  for (int i = 0; i <= 10'000; ++i) long_file += "bob,CNY,paid,x\n";
  CHECK(client.post_text(path + "/results", long_file, csv).code() == "too_many_rows");
}

TEST_CASE("more results than one commit holds are all recorded, and the same key repeats them all",
          "[settlements][idempotency]") {
  SettledBooks books;
  auto client = books.client();
  approve_may(client);
  std::vector<Json> rows(700, result("bob", "paid", "b1"));
  rows.push_back(result("carol", "paid", "b2"));
  const auto key = "Idempotency-Key: long\r\n";
  const auto first = client.post(path + "/results", results(rows), key);
  CHECK(first.body.at("recorded") == 2);
  CHECK(first.body.at("already_there") == 699);
  const auto second = client.post(path + "/results", results(rows), key);
  CHECK(second.status == first.status);
  CHECK(second.body == first.body);
}

TEST_CASE("results that find no room are told apart from those that are recorded", "[settlements]") {
  SettledBooks books([](auto& options) { options.write_queue_max = 4; });
  auto client = books.client();
  approve_may(client);
  const auto answer = client.post(path + "/results", results(std::vector<Json>(10, result("bob", "paid", "b1"))));
  CHECK(answer.status == 201);
  CHECK(answer.body.at("recorded") == 1);
  CHECK(answer.body.at("already_there") == 2);
  REQUIRE(answer.body.at("refused").size() == 7);  // a quarter of the queue is for single commands
  CHECK(answer.body.at("refused").at(0).at("row") == 4);
  for (const auto& row : answer.body.at("refused")) CHECK(row.at("code") == "queue_full");
}
