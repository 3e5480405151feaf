#include "tests/api/settled_books.hpp"

#include "eventstore/shop.hpp"
#include "tests/api/guarded_shop.hpp"
#include "tests/eventstore/shop_process.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace upline::tests {

using Json = nlohmann::json;

SettledBooks::SettledBooks(Adjust adjust) {
  make_kami(data());
  restart();
  auto asking = client();
  sell(asking, "sold");
  if (adjust) restart(adjust);
}

void SettledBooks::restart(const Adjust& adjust) {
  server_.reset();
  api::ServerOptions options{.data = data(), .vault_key = data() / "vault.key"};
  options.transport.listen = {"127.0.0.1", 0};
  if (adjust) adjust(options);
  server_ = std::make_unique<api::Server>(std::move(options));
}

std::string SettledBooks::make_token(eventstore::Role role) const { return make_token_for(shop_folder(), role); }

ShopClient SettledBooks::client_of(const std::string& token) const { return ShopClient(port(), "kami", bearer(token)); }

void sell(ShopClient& client, const std::string& order, const std::string& at) {
  const Json purchase{{"order", order},      {"member", "dave"},  {"product", "course"},
                      {"amount_minor", 999}, {"currency", "CNY"}, {"occurred_at", at}};
  if (client.post("/purchases", purchase).status != 201) throw std::logic_error("nothing was sold");
}

void add_promoters(const SettledBooks& books, int count) {
  eventstore::Shop shop({books.data(), "kami", books.data() / "vault.key"});
  std::vector<eventstore::Request> requests;
  const auto at = domain::parse_rfc3339("2026-05-01T12:00:00Z").value();
  for (int i = 0; i < count; ++i) {
    const auto promoter = fmt::format("p{:04}", i);
    const auto buyer = fmt::format("q{:04}", i);
    requests.push_back({.command = enrol(promoter), .actor = "tester"});
    requests.push_back({.command = enrol(buyer, promoter), .actor = "tester"});
    requests.push_back({.command = domain::RecordPurchase{.order = {"o" + buyer},
                                                          .member = {buyer},
                                                          .product = {"course"},
                                                          .quantity = {1},
                                                          .amount = {999},
                                                          .currency = {"CNY"},
                                                          .channel = "test",
                                                          .occurred_at = at},
                        .actor = "tester"});
  }
  for (const auto& outcome : shop.handler().execute(requests)) must_append(outcome);
}

Json opening(const std::string& id, const Json& instead) {
  Json body{{"settlement", id}, {"cutoff", "2026-05-20T00:00:00Z"}};
  body.update(instead);
  return body;
}

Json wait_for_settlement(ShopClient& client, const std::string& id) {
  for (;;) {
    const auto position = client.get("/stats").body.at("last_position").get<std::uint64_t>();
    const auto path = "/settlements/" + id;
    auto settlement = client.get(path);
    if (settlement.status != 200) throw std::logic_error("the settlement cannot be read");
    if (settlement.body.at("state") != "computing") return settlement.body;
    const auto moved = client.get(fmt::format("{}?min_position={}&wait_ms=25000", path, position + 1));
    if (moved.status != 200) throw std::logic_error("nobody carries the settlement on");
  }
}

Json settle(ShopClient& client, const std::string& id, const Json& instead) {
  const auto opened = client.post("/settlements", opening(id, instead));
  if (opened.status >= 300) throw std::logic_error("not opened: " + opened.body.dump());
  return wait_for_settlement(client, id);
}

std::vector<std::string> lines_of(ShopClient& client, const std::string& id) {
  std::vector<std::string> lines;
  const auto page = client.get("/settlements/" + id + "/lines?limit=1000").body;
  for (const auto& line : page.at("lines")) {
    lines.push_back(fmt::format("{} {} {}", line.at("member").get<std::string>(), line.at("net_minor").get<int>(),
                                line.at("state").get<std::string>()));
  }
  return lines;
}

Json result(const std::string& member, const std::string& status, const std::string& text) {
  return {{"member", member}, {"currency", "CNY"}, {"status", status}, {"reference_or_reason", text}};
}

nlohmann::json balance(ShopClient& client, const std::string& member) {
  return client.get("/members/" + member + "/balances").body.at("balances").at(0);
}

}  // namespace upline::tests
