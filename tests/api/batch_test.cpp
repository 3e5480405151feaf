// Many commands in one request: each stands alone, in order, and is answered on a line of its own.
#include "api/batch_commands.hpp"
#include "api/routes.hpp"
#include "eventstore/shop.hpp"
#include "eventstore/tokens.hpp"
#include "tests/api/held_pen.hpp"
#include "tests/api/served_books.hpp"
#include "tests/api/shed_counts.hpp"

#include <chrono>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
namespace api = upline::api;
using Json = nlohmann::json;

namespace {

std::string batch(std::string_view lines, std::string_view headers = "Content-Type: application/x-ndjson\r\n") {
  return post("/v1/shops/kami/commands", lines, headers);
}

std::vector<Json> results(const Answer& answer) {
  CHECK(answer.status == 200);
  CHECK(answer.headers.at("content-type") == "application/x-ndjson");
  std::vector<Json> list;
  std::istringstream lines(answer.body);
  for (std::string line; std::getline(lines, line);) list.push_back(Json::parse(line));
  return list;
}

std::string enrolments(int batch, int count) {
  std::string lines;
  for (int i = 0; i < count; ++i)
    lines += fmt::format("{{\"command\":\"enrol_member\",\"member\":\"m{}-{}\"}}\n", batch, i);
  return lines;
}

constexpr std::string_view a_sale =
    R"({"command":"enrol_member","member":"erin","referrer":"dave","idempotency_key":"k1"}
{"command":"place_order","idempotency_key":"k2","order":"o1","member":"erin","product":"game","quantity":2}
{"command":"pay_order","idempotency_key":"k3","order":"o1","payment":"p1","amount_minor":1998,"currency":"CNY"}
{"command":"refund_order","idempotency_key":"k4","order":"o1","refund":"r1","amount_minor":500}
)";

}  // namespace

TEST_CASE("the commands of a batch are carried out in order, and answered as their routes would", "[batch]") {
  ServedBooks books;
  Client client(books.port());
  const auto lines = results(client.ask(batch(a_sale)));
  REQUIRE(lines.size() == 4);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    CHECK(lines[i]["line"] == i + 1);
    CHECK(lines[i]["status"] == 201);
    CHECK(lines[i]["outcome"] == "appended");
    if (i > 0) CHECK(lines[i]["position"] > lines[i - 1]["position"]);
  }
  CHECK(lines[0]["code"].get<std::string>().size() == 7);
  CHECK(lines[1]["order"]["state"] == "placed");
  CHECK(lines[2]["order"]["state"] == "delivered");
  CHECK(lines[2]["order"]["keys"].size() == 2);
  CHECK(lines[3]["order"]["refunded_minor"] == 500);
}

TEST_CASE("a batch that is sent again under its keys gives the same answer", "[batch]") {
  ServedBooks books;
  const auto first = Client(books.port()).ask(batch(a_sale));
  books.restart();
  const auto again = Client(books.port()).ask(batch(a_sale));
  auto repeated = results(again);
  for (auto& line : repeated) {
    CHECK(line["replayed"] == true);
    line.erase("replayed");
  }
  CHECK(repeated == results(first));
  CHECK(first.body.find("replayed") == std::string::npos);
  // A line's key is the header's of its own route, too.
  auto client = books.client();
  const auto alone = client.post("/members", {{"member", "erin"}, {"referrer", "dave"}}, "Idempotency-Key: k1\r\n");
  CHECK(alone.status == 201);
  CHECK(alone.body["position"] == results(first)[0]["position"]);
}

TEST_CASE("a line that is refused takes nothing of another with it, and says which line it is", "[batch]") {
  ServedBooks books;
  Client client(books.port());
  const auto lines =
      results(client.ask(batch("\n"
                               "{\"command\":\"enrol_member\",\"member\":\"erin\"}\r\n"
                               "{\"command\":\"enrol_member\",\n"
                               "  \t \n"
                               "{\"command\":\"fly\"}\n"
                               "{\"member\":\"x\"}\n"
                               "{\"command\":\"enrol_member\",\"member\":\"x\",\"age\":7}\n"
                               "{\"command\":\"pay_order\",\"payment\":\"p\"}\n"
                               "{\"command\":\"suspend_member\",\"member\":\"nobody\",\"reason\":\"x\"}\n"
                               "{\"command\":\"enrol_member\",\"member\":\"x\",\"idempotency_key\":\"?\"}\n"
                               "{\"command\":\"enrol_member\",\"member\":\"x\",\"idempotency_key\":\"k\"}\n"
                               "{\"command\":\"enrol_member\",\"member\":\"y\",\"idempotency_key\":\"k\"}\n"
                               "[]\n"
                               "{\"command\":\"enrol_member\",\"member\":\"frank\"}")));
  struct Expected {
    int line, status;
    std::string code, field;
  };
  const std::vector<Expected> expected{
      {2, 201, "", ""},
      {3, 400, "invalid_body", ""},
      {5, 400, "invalid_body", "command"},
      {6, 400, "invalid_body", "command"},
      {7, 400, "invalid_body", "age"},
      {8, 400, "invalid_body", "order"},
      {9, 404, "unknown_member", ""},
      {10, 400, "invalid_idempotency_key", "idempotency_key"},
      {11, 201, "", ""},
      {12, 409, "idempotency_key_in_use", "idempotency_key"},
      {13, 400, "invalid_body", ""},
      {14, 201, "", ""},
  };
  REQUIRE(lines.size() == expected.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    INFO(lines[i].dump());
    CHECK(lines[i]["line"] == expected[i].line);
    CHECK(lines[i]["status"] == expected[i].status);
    if (expected[i].status == 201) continue;  // a new member's code is another thing
    CHECK(lines[i]["code"] == expected[i].code);
    CHECK(lines[i].value("field", "") == expected[i].field);
  }
}

TEST_CASE("every route that takes a command has its name in a batch, and every name a route", "[batch]") {
  std::multiset<std::string> writes;
  for (const auto& route : api::routes().routes()) {
    if (std::holds_alternative<api::Write>(route.handler.action)) writes.insert(route.method + " " + route.path);
  }
  std::multiset<std::string> named;
  std::set<std::string_view> names;
  for (const auto& command : api::batch_commands) {
    named.insert(fmt::format("POST /v1/shops/{{shop}}{}", command.path));
    names.insert(command.name);
    REQUIRE(api::find_command(command.name).route != nullptr);
  }
  CHECK(named == writes);
  CHECK(names.size() == api::batch_commands.size());
}

TEST_CASE("what a command needs of its route's path is a field of its line", "[batch]") {
  ServedBooks books;
  Client client(books.port());
  for (const auto& command : api::batch_commands) {
    INFO(command.name);
    auto path = std::string(command.path);
    Json line{{"command", command.name}};
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{', at)) {
      const auto name = path.substr(at + 1, path.find('}') - at - 1);
      const auto without = results(client.ask(batch(line.dump())));
      CHECK(without[0]["field"] == name);
      line[name] = "nothing";
      path.replace(at, name.size() + 2, "nothing");
    }
    const auto in_batch = results(client.ask(batch(line.dump())))[0];
    const auto alone = client.ask(post("/v1/shops/kami" + path, "{}"));
    CHECK(in_batch["status"] == alone.status);
    if (alone.status >= 400) CHECK(in_batch["detail"] == Json::parse(alone.body)["detail"]);
  }
}

TEST_CASE("a batch is bounded, and says what it is", "[batch]") {
  ServedBooks books;
  Client client(books.port());
  const auto code = [](const Answer& answer) { return Json::parse(answer.body)["code"].get<std::string>(); };
  CHECK(code(client.ask(batch(""))) == "invalid_body");
  CHECK(code(client.ask(batch("\n \r\n"))) == "invalid_body");
  const auto one_too_many = client.ask(batch(enrolments(0, 1001)));
  CHECK(one_too_many.status == 413);
  CHECK(code(one_too_many) == "too_many_lines");
  CHECK(results(client.ask(batch(enrolments(0, 1000)))).size() == 1000);
  CHECK(client.ask(batch(a_sale, "Content-Type: application/json\r\n")).status == 415);
  CHECK(client.ask(batch(a_sale, "Idempotency-Key: k\r\n")).status == 400);
  CHECK(client.ask(post("/v1/shops/kami/commands?atomic=true", a_sale)).status == 400);
}

TEST_CASE("lines that find the queue full are refused from the first such line on, and can be sent again", "[batch]") {
  constexpr int batches = 5;
  constexpr int lines_each = 1000;  // more in all than wait in the queue and in the writer's hands
  ServedBooks books;
  HeldPen pen(books.data());
  std::vector<Client> clients;
  for (int i = 0; i < batches; ++i) clients.emplace_back(books.port()).send(batch(enrolments(i, lines_each)));
  auto watch = books.client();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (auto waiting = 0; waiting < 3072;) {  // the rest of 4096 is kept for single commands
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    const auto stats = watch.get("/stats");
    INFO(stats.body);
    REQUIRE(stats.status == 200);
    waiting = stats.body.at("writer").at("queue_length").get<int>();
  }
  pen.let_go();
  int busy = 0;
  for (auto& client : clients) {
    bool was_busy = false;
    const auto lines = results(client.receive());
    REQUIRE(lines.size() == lines_each);
    for (const auto& line : lines) {
      const bool is_busy = line["status"] == 503;
      CHECK((is_busy ? line["code"] == "queue_full" : line["status"] == 201));
      CHECK((is_busy || !was_busy));
      was_busy = is_busy;
      busy += is_busy ? 1 : 0;
    }
  }
  CHECK(busy > 0);
  CHECK(shed(books.port(), "order", "pen_queue") == busy);
  for (int i = 0; i < batches; ++i) {
    for (const auto& line : results(clients.front().ask(batch(enrolments(i, lines_each)))))
      CHECK(line["status"] <= 201);
  }
  CHECK(watch.get("/members/m4-999").status == 200);
}

TEST_CASE("each line of a batch takes the role of its own route", "[batch][roles]") {
  ServedBooks books;
  const auto token = [&](upline::eventstore::Role role) {
    const auto tokens = upline::eventstore::open_tokens(books.data() / "kami");
    return tokens->create({.role = role}, upline::eventstore::system_clock_now()).text;
  };
  const auto storefront = token(upline::eventstore::Role::storefront);
  const auto auditor = token(upline::eventstore::Role::auditor);
  books.restart();
  Client client(books.port());
  const auto send = [&](const std::string& by) {
    return client.ask(
        batch("{\"command\":\"enrol_member\",\"member\":\"erin\"}\n"
              "{\"command\":\"reprice_product\",\"product\":\"game\",\"unit_price_minor\":1}\n"
              "{\"command\":\"place_order\",\"order\":\"o1\",\"member\":\"erin\",\"product\":\"game\"}\n",
              "Authorization: Bearer " + by + "\r\n"));
  };
  const auto lines = results(send(storefront));
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["status"] == 201);
  CHECK(lines[1]["status"] == 403);
  CHECK(lines[1]["code"] == "forbidden");
  CHECK(lines[2]["order"]["amount_due_minor"] == 999);
  CHECK(send(auditor).status == 403);
  CHECK(send("nobody").status == 401);
}
