#include "tests/api/served_books.hpp"

#include "eventstore/shop.hpp"
#include "tests/api/contract.hpp"
#include "tests/eventstore/shop_process.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace upline::tests {

void make_kami(const std::filesystem::path& data) {
  const eventstore::ShopLocation location{data, "kami", data / "vault.key"};
  eventstore::prepare_shop(location);
  eventstore::Shop shop(location);
  using domain::Fulfilment;
  std::vector<eventstore::Request> requests;
  for (auto command : {open_shop(), limit_levels(3), publish("standard", {1000, 500, 250}), choose_default("standard"),
                       add_product("game", Fulfilment::key_pool), add_product("licence", Fulfilment::reusable),
                       add_product("course", Fulfilment::external), add_product("service", Fulfilment::manual),
                       enrol("alice"), enrol("bob", "alice"), enrol("carol", "bob"), enrol("dave", "carol")}) {
    requests.push_back({.command = std::move(command), .actor = "tester"});
  }
  requests.push_back({.command = import_keys("game", "b1"), .actor = "tester", .secrets = secrets_of("b1")});
  requests.push_back({.command = import_keys("licence", "l1"), .actor = "tester", .secrets = {"licence-for-all"}});
  for (const auto& outcome : shop.handler().execute(requests)) must_append(outcome);
}

ShopClient::ShopClient(std::uint16_t port, std::string shop, std::string headers)
    : client_(port), shop_(std::move(shop)), headers_(std::move(headers)) {}

namespace {

JsonAnswer in_json(const Answer& answer) {
  return {answer.status, answer.body.empty() ? nlohmann::json() : nlohmann::json::parse(answer.body)};
}

}  // namespace

JsonAnswer ShopClient::get(const std::string& path) {
  const auto target = "/v1/shops/" + shop_ + path;
  const auto answer = client_.ask(tests::get(target, headers_));
  must_keep_contract("GET", target, answer);
  return in_json(answer);
}

JsonAnswer ShopClient::remove(const std::string& path) {
  return in_json(
      client_.ask("DELETE /v1/shops/" + shop_ + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers_ + "\r\n"));
}

JsonAnswer ShopClient::post(const std::string& path, const nlohmann::json& body, const std::string& headers) {
  return post_text(path, body.dump(), headers);
}

JsonAnswer ShopClient::post_text(const std::string& path, std::string_view body, const std::string& headers) {
  const auto target = "/v1/shops/" + shop_ + path;
  const auto answer = client_.ask(tests::post(target, body, headers_ + headers));
  must_keep_contract("POST", target, answer);
  return in_json(answer);
}

ServedBooks::ServedBooks(api::TelemetryOptions telemetry) : telemetry_(std::move(telemetry)) {
  make_kami(folder_.path());
  start();
}

void ServedBooks::restart() {
  server_.reset();
  start();
}

void ServedBooks::start() {
  api::ServerOptions options{.data = folder_.path(), .vault_key = folder_.path() / "vault.key"};
  options.transport.listen = {"127.0.0.1", 0};
  options.telemetry = telemetry_;
  server_ = std::make_unique<api::Server>(std::move(options));
}

}  // namespace upline::tests
