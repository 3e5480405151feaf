// The files for banks and payment services over HTTP: made whole, known to the log, and nobody else's to read.
#include "eventstore/hex.hpp"
#include "eventstore/merkle.hpp"
#include "eventstore/payees.hpp"
#include "eventstore/shop.hpp"
#include "tests/api/guarded_shop.hpp"
#include "tests/api/log_lines.hpp"
#include "tests/api/settled_books.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using upline::eventstore::Role;
using Json = nlohmann::json;

namespace {

const std::string path = "/v1/shops/kami/settlements/may/export";
const std::string alipay = R"({"format":"alipay"})";

upline::eventstore::Payee payee_of(const std::string& member) {
  upline::eventstore::Payee payee;
  payee.name = "Owner-" + member;
  payee.alipay = member + "@pay.example";
  payee.wechat_openid = "openid-" + member;
  return payee;
}

/// They have an Alipay account, and an openid.
void set_payees(const SettledBooks& books, const std::vector<std::string>& members = {"alice", "bob", "carol"}) {
  upline::eventstore::Shop shop({books.data(), "kami", books.data() / "vault.key"});
  for (const auto& member : members) put_payee(shop.vault(), shop.store(), {member}, payee_of(member));
}

struct Approved : SettledBooks {
  explicit Approved(const Adjust& adjust = {}) : SettledBooks(adjust) {
    set_payees(*this);
    auto asking = client();
    settle(asking, "may");
    asking.post("/settlements/may/approve", Json::object());
  }
  Answer ask(const std::string& body, const std::string& headers = "") const {
    return Client(port()).ask(post(path, body, headers));
  }
};

/// An approved settlement of 1,004 lines, which wechat writes in two parts.
struct ApprovedInParts : SettledBooks {
  static constexpr int promoters = 1'001;
  ApprovedInParts() {
    stop();
    add_promoters(*this, promoters);
    std::vector<std::string> members{"alice", "bob", "carol"};
    for (int i = 0; i < promoters; ++i) members.push_back(fmt::format("p{:04}", i));
    set_payees(*this, members);
    restart();
    auto asking = client();
    settle(asking, "may");
    asking.post("/settlements/may/approve", Json::object());
  }
  Answer part(int number, const Json& more = Json::object(), const std::string& headers = "") const {
    Json body{{"format", "wechat"}, {"payer_appid", "wx1"}, {"part", number}};
    body.update(more);
    return Client(port()).ask(post(path, body.dump(), headers));
  }
};

std::string sha256(const std::string& bytes) {
  const auto* text = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return upline::eventstore::to_hex(upline::eventstore::Sha256().update({text, bytes.size()}).finish());
}

}  // namespace

TEST_CASE("an exported file is the log's: its SHA-256 is recorded, and the same bytes come again", "[settlements]") {
  Approved books;
  const auto first = books.ask(alipay);
  CHECK(first.status == 201);
  CHECK(first.headers.at("content-type") == "text/csv; charset=GBK");
  CHECK(first.headers.at("cache-control") == "no-store");
  CHECK(first.headers.at("content-disposition") == "attachment; filename=\"may-alipay.csv\"");
  CHECK(first.headers.at("upline-file-parts") == "1");
  CHECK(first.headers.at("upline-file-sha256") == sha256(first.body));
  CHECK(first.body.find("carol@pay.example") != std::string::npos);
  auto client = books.client();
  const auto settlement =
      client.get("/settlements/may?min_position=" + first.headers.at("upline-position")).body.at("exports");
  CHECK(settlement == Json{{{"format", "alipay"}, {"sha256", sha256(first.body)}, {"rows", 3}}});
  const auto again = books.ask(alipay);
  CHECK(again.status == 200);
  CHECK(again.body == first.body);
  CHECK(client.get("/settlements/may").body.at("exports").size() == 1);
}

TEST_CASE("an export has its answer again by its key", "[settlements][idempotency]") {
  Approved books;
  const auto first = books.ask(alipay, "Idempotency-Key: e1\r\n");
  const auto again = books.ask(alipay, "Idempotency-Key: e1\r\n");
  CHECK(first.status == 201);
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(again.headers.at("upline-position") == first.headers.at("upline-position"));
  CHECK(again.headers.at("idempotency-replayed") == "true");
  CHECK(books.ask(R"({"format":"wechat","payer_appid":"wx1"})", "Idempotency-Key: e1\r\n").status == 422);
}

TEST_CASE("what the format lacks is told by the member, and nothing is recorded", "[settlements]") {
  Approved books;
  const auto refused = books.ask(R"({"format":"mybank"})");
  CHECK(refused.status == 409);
  CHECK(Json::parse(refused.body).at("code") == "payout_file_refused");
  CHECK(refused.body.find("alice") != std::string::npos);
  CHECK(refused.body.find("pay.example") == std::string::npos);
  CHECK(Json::parse(books.ask(R"({"format":"alipay","part":2})").body).at("field") == "part");
  auto client = books.client();
  CHECK(client.get("/settlements/may").body.at("exports").empty());
}

TEST_CASE("only an approved settlement is exported, and only by who pays", "[settlements][roles]") {
  SettledBooks books;
  set_payees(books);
  {
    auto client = books.client();
    settle(client, "may");
    CHECK(client.post("/settlements/may/export", {{"format", "alipay"}}).code() == "settlement_not_approved");
    client.post("/settlements/may/approve", Json::object());
  }
  std::vector<std::pair<std::string, unsigned>> tokens;
  for (const auto role : {Role::storefront, Role::auditor, Role::promoter})
    tokens.emplace_back(books.make_token(role), 403);
  for (const auto role : {Role::accountant, Role::merchant}) tokens.emplace_back(books.make_token(role), 0);
  books.restart();
  for (const auto& [token, wanted] : tokens) {
    const auto answer = Client(books.port()).ask(post(path, alipay, bearer(token)));
    CHECK((wanted == 403 ? answer.status == 403 : answer.status < 300));
  }
}

TEST_CASE("payee accounts stand in the file, and in no other answer and no log", "[settlements]") {
  LogLines log;
  Approved books([&](auto& options) { options.telemetry.log = {.write = log.sink()}; });
  books.ask(alipay);
  books.ask(R"({"format":"mybank"})");
  const Json result{{"member", "carol"}, {"currency", "CNY"}, {"status", "paid"}, {"reference_or_reason", "b1"}};
  auto client = books.client();
  client.post("/settlements/may/results", {{"results", {result}}});
  std::string told;
  for (const auto* read : {"/settlements", "/settlements/may", "/settlements/may/lines", "/settlements/may/left-out",
                           "/members/carol/statement", "/members/carol/audit", "/events?limit=1000"}) {
    told += client.get(read).body.dump();
  }
  books.stop();
  for (const auto& line : log.all()) told += line;
  CHECK(told.find("carol") != std::string::npos);
  CHECK(told.find("pay.example") == std::string::npos);
  CHECK(told.find("Owner-") == std::string::npos);
}

TEST_CASE("a file in several parts is taken part by part, and known as one", "[settlements]") {
  ApprovedInParts books;
  const auto first = books.part(1);
  const auto digest = first.headers.at("upline-file-sha256");
  const auto second = books.part(2, {{"sha256", digest}});
  CHECK(first.headers.at("content-type") == "text/csv; charset=utf-8");
  CHECK(first.headers.at("upline-file-parts") == "2");
  CHECK(digest == sha256(first.body + second.body));
  CHECK(second.headers.at("upline-file-sha256") == digest);
  CHECK(first.body.find("openid-alice") != std::string::npos);
  CHECK(second.body.find("openid-p1000") != std::string::npos);
  CHECK(books.part(3, {{"sha256", digest}}).status == 400);
  auto client = books.client();
  CHECK(client.get("/settlements/may").body.at("exports").at(0).at("rows") == ApprovedInParts::promoters + 3);
  CHECK(client.get("/settlements/may").body.at("exports").size() == 1);
}

TEST_CASE("a part of another file than the one before is refused, and nothing is recorded", "[settlements]") {
  ApprovedInParts books;
  const auto first = books.part(1, Json::object(), "Idempotency-Key: e1\r\n");
  const Json same{{"sha256", first.headers.at("upline-file-sha256")}};
  const auto must_be_changed = [&](int number) {
    const auto refused = books.part(number, same);
    CHECK(refused.status == 409);
    CHECK(refused.headers.at("content-type") == "application/problem+json");
    CHECK(Json::parse(refused.body).at("code") == "payout_file_changed");
    CHECK(Json::parse(refused.body).at("field") == "sha256");
  };
  auto payee = payee_of("alice");
  payee.wechat_openid = "openid-alice-2";
  const auto change = [&](const upline::eventstore::Payee& to) {
    books.stop();
    {
      upline::eventstore::Shop shop({books.data(), "kami", books.data() / "vault.key"});
      put_payee(shop.vault(), shop.store(), {"alice"}, to);
    }
    books.restart();
  };
  change(payee);
  must_be_changed(2);
  CHECK(books.part(1, Json::object(), "Idempotency-Key: e1\r\n").status == 422);
  CHECK(books.client().get("/settlements/may").body.at("exports").size() == 1);
  change(payee_of("alice"));
  CHECK(books.part(2, same).status == 200);
  auto client = books.client();
  for (const auto* member : {"p0000", "p0001", "p0002", "p0003"}) {
    CHECK(client.post(fmt::format("/members/{}/erase", member), {{"reason", "asked for it"}}).status == 201);
  }
  must_be_changed(2);  // which is not there any more
  CHECK(Json::parse(books.part(2).body).at("field") == "part");
}

TEST_CASE("a digest that is none is refused", "[settlements]") {
  Approved books;
  for (const auto& digest : {std::string(), std::string(63, 'a'), std::string(64, 'A'), std::string(64, 'g')}) {
    const auto refused = books.ask(Json{{"format", "alipay"}, {"sha256", digest}}.dump());
    CHECK(refused.status == 400);
    CHECK(Json::parse(refused.body).at("field") == "sha256");
  }
}
