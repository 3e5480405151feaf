// What an accountant does, over HTTP: from what is available to what the bank has paid.
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

const std::string path = "/settlements/may";

Json results(const std::vector<Json>& rows) { return {{"results", rows}}; }

}  // namespace

TEST_CASE("a settlement over HTTP: opened, approved, paid and reconciled", "[settlements]") {
  SettledBooks books;
  auto client = books.client();
  const auto opened = client.post("/settlements", opening("may", {{"minimum_minor", 25}, {"tax", "flat:1000"}}));
  CHECK(opened.status == 202);
  CHECK(opened.body.at("outcome") == "appended");
  CHECK(opened.body.at("state") == "computing");
  const auto fixed = wait_for_settlement(client, "may");
  CHECK(fixed.at("state") == "fixed");
  CHECK(fixed.at("open_lines") == 2);
  CHECK(fixed.at("totals").at(0) == Json({{"currency", "CNY"},
                                          {"lines", 2},
                                          {"gross_minor", 148},
                                          {"tax_minor", 15},
                                          {"fee_minor", 0},
                                          {"net_minor", 133}}));
  CHECK(client.get(path + "/left-out").body.at("left_out") ==
        Json{{{"member", "alice"}, {"currency", "CNY"}, {"gross_minor", 24}, {"reason", "below_minimum"}}});
  CHECK(lines_of(client, "may") == Lines{"bob 44 scheduled", "carol 89 scheduled"});
  CHECK(balance(client, "carol").at("scheduled_minor") == 99);

  const auto too_early = client.post(path + "/results", results({result("carol", "paid", "b1")}));
  CHECK(too_early.code() == "settlement_not_approved");
  const auto approved = client.post(path + "/approve", Json::object());
  CHECK(approved.status == 201);
  CHECK(client.post(path + "/approve", Json::object()).body.at("outcome") == "already_there");

  const auto recorded = client.post(
      path + "/results", results({result("bob", "failed", "no such account"), result("carol", "paid", "b1")}));
  CHECK(recorded.status == 201);
  CHECK(recorded.body.at("recorded") == 2);
  CHECK(recorded.body.at("refused").empty());
  CHECK(recorded.body.at("open_lines") == 0);
  const auto position = recorded.body.at("position").get<int>();
  const auto done = client.get(fmt::format("{}?min_position={}", path, position)).body;
  CHECK(done.at("paid").at(0).at("net_minor") == 89);
  CHECK(done.at("failed").at(0).at("gross_minor") == 49);
  CHECK(lines_of(client, "may") == Lines{"bob 44 failed", "carol 89 paid"});
  CHECK(balance(client, "carol").at("paid_minor") == 99);
  CHECK(balance(client, "bob").at("available_minor") == 49);

  // What failed is paid by the next settlement, once.
  settle(client, "june");
  CHECK(lines_of(client, "june") == Lines{"alice 24 scheduled", "bob 49 scheduled"});
}

TEST_CASE("opened again, a settlement is there already; with other terms it is a conflict", "[settlements]") {
  SettledBooks books;
  auto client = books.client();
  settle(client, "may");
  const auto again = client.post("/settlements", opening("may"));
  CHECK(again.status == 200);
  CHECK(again.body.at("outcome") == "already_there");
  CHECK(again.body.at("state") == "fixed");
  CHECK(client.post("/settlements", opening("may", {{"fee_minor", 1}})).code() == "conflict");
  CHECK(client.post("/settlements", opening("late", {{"cutoff", "9000-01-01T00:00:00Z"}})).code() ==
        "cutoff_in_future");
  CHECK(client.post("/settlements", opening("early", {{"cutoff", "2026-05-01T00:00:00Z"}})).code() ==
        "cutoff_goes_back");
}

TEST_CASE("a cancelled settlement frees what it covered, and says why", "[settlements]") {
  SettledBooks books;
  auto client = books.client();
  settle(client, "may");
  CHECK(client.post(path + "/cancel", {{"reason", "wrong cutoff"}}).status == 201);
  const auto cancelled = client.get(path).body;
  CHECK(cancelled.at("state") == "cancelled");
  CHECK(cancelled.at("reason") == "wrong cutoff");
  CHECK(lines_of(client, "may") == Lines{"alice 24 cancelled", "bob 49 cancelled", "carol 99 cancelled"});
  CHECK(client.post(path + "/approve", Json::object()).code() == "settlement_cancelled");
  CHECK(client.post("/settlements", opening("may")).code() == "settlement_cancelled");
  CHECK(client.post(path + "/results", results({result("bob", "paid")})).code() == "settlement_cancelled");
  CHECK(settle(client, "june").at("lines") == 3);
}

TEST_CASE("a settlement with a result is not cancelled", "[settlements]") {
  SettledBooks books;
  auto client = books.client();
  settle(client, "may");
  client.post(path + "/approve", Json::object());
  client.post(path + "/results", results({result("bob", "paid")}));
  CHECK(client.post(path + "/cancel", {{"reason", "too late"}}).code() == "payouts_have_results");
}

TEST_CASE("a tax method that is not for every currency abandons the settlement, and says so", "[settlements]") {
  SettledBooks books;
  auto client = books.client();
  const Json film{{"product", "film"}, {"title", "Film"},          {"unit_price_minor", 999},
                  {"currency", "USD"}, {"fulfilment", "external"}, {"occurred_at", "2026-04-01T00:00:00Z"}};
  REQUIRE(client.post("/products", film).status == 201);
  const Json purchase{{"order", "usd"},      {"member", "dave"},  {"product", "film"},
                      {"amount_minor", 999}, {"currency", "USD"}, {"occurred_at", "2026-05-01T12:00:00Z"}};
  REQUIRE(client.post("/purchases", purchase).status == 201);
  const auto abandoned = settle(client, "may", {{"tax", "cn-labour-2018"}});
  CHECK(abandoned.at("state") == "abandoned");
  CHECK(abandoned.at("reason") == "the tax method is not for every currency");
  const auto again = client.post("/settlements", opening("may"));
  CHECK(again.status == 202);
  CHECK(wait_for_settlement(client, "may").at("attempt") == 2);
}

TEST_CASE("with four eyes, who opened a settlement does not approve it", "[settlements]") {
  SettledBooks books;
  const auto merchant = books.make_token(Role::merchant);
  const auto wang = books.make_token(Role::accountant);
  const auto li = books.make_token(Role::accountant);
  books.restart();  // so that it knows them at once
  auto client = books.client_of(wang);
  CHECK(client.post("/policy/settlement", {{"four_eyes", true}, {"reason", "audit"}}).code() == "forbidden");
  CHECK(books.client_of(merchant).post("/policy/settlement", {{"four_eyes", true}, {"reason", "audit"}}).status == 201);
  CHECK(client.get("/policy").body.at("four_eyes") == true);
  const auto opener = settle(client, "may").at("opened_by").get<std::string>();
  CHECK(opener.starts_with("token:"));
  CHECK(client.post(path + "/approve", Json::object()).code() == "four_eyes_needed");
  CHECK(client.get(path).body.at("state") == "fixed");
  CHECK(books.client_of(li).post(path + "/approve", Json::object()).status == 201);
  const auto approved = client.get(path).body;
  CHECK(approved.at("state") == "approved");
  CHECK(approved.at("approved_by").get<std::string>().starts_with("token:"));
  CHECK(approved.at("approved_by") != opener);
}

TEST_CASE("the same key has the same answer, for every write of a settlement", "[settlements][idempotency]") {
  SettledBooks books;
  auto client = books.client();
  struct Write {
    std::string path;
    Json body;
  };
  const std::vector<Write> writes{{"/settlements", opening("may")},
                                  {path + "/approve", Json::object()},
                                  {path + "/results", results({result("bob", "paid", "b1"), result("nobody", "paid"),
                                                               result("carol", "failed", "closed")})}};
  for (const auto& [where, body] : writes) {
    INFO(where);
    const auto key =
        "Idempotency-Key: key-" + std::to_string(body.size()) + where.substr(where.rfind('/') + 1) + "\r\n";
    const auto first = client.post(where, body, key);
    CHECK(first.status < 300);
    wait_for_settlement(client, "may");
    const auto head = client.get("/stats").body.at("last_position");
    const auto second = client.post(where, body, key);
    CHECK(second.status == first.status);
    CHECK(second.body == first.body);
    CHECK(client.get("/stats").body.at("last_position") == head);
    auto other = body;
    if (where == "/settlements") other["fee_minor"] = 7;
    if (where == "/settlements") CHECK(client.post(where, other, key).code() == "idempotency_key_reused");
  }
  const auto reused = client.post(path + "/results", results({result("carol", "paid"), result("alice", "paid")}),
                                  "Idempotency-Key: key-1results\r\n");
  CHECK(reused.status == 422);
  CHECK(reused.code() == "idempotency_key_reused");
  CHECK(lines_of(client, "may") == Lines{"alice 24 scheduled", "bob 49 paid", "carol 99 failed"});
}

TEST_CASE("what is wrong with a settlement's body is told by its field", "[settlements]") {
  SettledBooks books;
  auto client = books.client();
  settle(client, "may");
  struct Wrong {
    std::string path;
    Json body;
    std::string field;
  };
  const std::vector<Wrong> all{
      {"/settlements", {{"cutoff", "2026-05-20T00:00:00Z"}}, "settlement"},
      {"/settlements", {{"settlement", "x"}}, "cutoff"},
      {"/settlements", opening("x", {{"cutoff", "yesterday"}}), "cutoff"},
      {"/settlements", opening("x", {{"fee_minor", "1"}}), "fee_minor"},
      {"/settlements", opening("x", {{"format", "csv"}}), "format"},
      {path + "/cancel", Json::object(), "reason"},
      {path + "/approve", {{"by", "me"}}, "by"},
      {path + "/results", Json::object(), "results"},
      {path + "/results", {{"results", {1}}}, "results[0]"},
      {path + "/results", results({{{"member", "bob"}}}), "results[0].currency"},
      {path + "/results", results({result("bob", "perhaps")}), "results[0].status"},
      {path + "/results", results({result("bob", "paid"), {{"member", 7}}}), "results[1].member"},
      {path + "/export", {{"format", "gold"}}, "format"},
      {path + "/export", {{"format", "alipay"}, {"part", 0}}, "part"},
      {"/policy/settlement", Json::object(), "four_eyes"}};
  for (const auto& [where, body, field] : all) {
    INFO(where << body);
    const auto answer = client.post(where, body);
    CHECK(answer.status == 400);
    CHECK(answer.body.value("field", "") == field);
  }
  CHECK(client.post("/settlements", opening("x", {{"tax", "plenty"}})).code() == "unknown_tax_method");
  CHECK(client.post("/settlements", opening("no id")).code() == "invalid_id");
  CHECK(client.post("/settlements", opening("x", {{"minimum_minor", -1}})).code() == "invalid_amount");
}

TEST_CASE("a settlement that is not there is unknown to every route", "[settlements]") {
  SettledBooks books;
  auto client = books.client();
  for (const auto* part : {"", "/lines", "/left-out"}) {
    CHECK(client.get(std::string("/settlements/none") + part).code() == "unknown_settlement");
  }
  CHECK(client.post("/settlements/none/approve", Json::object()).code() == "unknown_settlement");
  CHECK(client.post("/settlements/none/cancel", {{"reason", "x"}}).code() == "unknown_settlement");
  CHECK(client.post("/settlements/none/results", results({})).code() == "unknown_settlement");
  CHECK(client.post("/settlements/none/export", {{"format", "alipay"}}).code() == "unknown_settlement");
}

TEST_CASE("settlements and their lines come in pages, and as they were", "[settlements][pages][as_of]") {
  SettledBooks books;
  auto client = books.client();
  settle(client, "may");
  const auto fixed = client.get("/stats").body.at("last_position").get<int>();
  client.post(path + "/approve", Json::object());
  client.post(path + "/results", results({result("bob", "paid", "b1"), result("carol", "failed", "closed")}));
  settle(client, "june");
  const auto first = client.get("/settlements?limit=1").body;
  CHECK(first.at("settlements").at(0).at("settlement") == "june");
  CHECK(first.at("next") == "june");
  const auto second = client.get("/settlements?limit=1&after=june").body;
  CHECK(second.at("settlements").at(0).at("settlement") == "may");
  CHECK_FALSE(second.contains("next"));
  const auto page = client.get(path + "/lines?limit=2").body;
  CHECK(page.at("lines").size() == 2);
  CHECK(client.get(path + "/lines?limit=2&after=" + page.at("next").get<std::string>()).body.at("lines").size() == 1);

  const auto then = fmt::format("as_of={}", fixed);
  const auto past = client.get(path + "?" + then).body;
  CHECK(past.at("state") == "fixed");
  CHECK(past.at("paid").empty());
  CHECK(past.at("open_lines") == 3);
  CHECK(client.get("/settlements?" + then).body.at("settlements").size() == 1);
  for (const auto& line : client.get(path + "/lines?" + then).body.at("lines")) CHECK(line.at("state") == "scheduled");
  const auto now = client.get("/stats").body.at("last_position").get<int>();
  CHECK(client.get(fmt::format("{}?as_of={}", path, now)).body == client.get(path).body);
  CHECK(client.get(fmt::format("/settlements?as_of={}", now)).body == client.get("/settlements").body);
  CHECK(client.get(path + "?as_of=1").code() == "unknown_settlement");
}
