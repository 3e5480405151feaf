// Two shops behind one server: the metrics of each are for its own people.
#include "eventstore/shop.hpp"
#include "tests/api/guarded_shop.hpp"
#include "tests/api/metrics_text.hpp"
#include "tests/api/served_books.hpp"
#include "tests/eventstore/shop_process.hpp"

#include <set>
#include <string>

#include <catch2/catch.hpp>

using namespace upline;
using namespace upline::tests;
using eventstore::Role;

namespace {

/// `kami`, and beside it `umi`.
class TwoShops {
 public:
  TwoShops() {
    make_kami(data_.path());
    const eventstore::ShopLocation umi{data_.path(), "umi", data_.path() / "vault.key"};
    eventstore::prepare_shop(umi);
    eventstore::Shop shop(umi);
    const eventstore::Request opening{.command = open_shop()};
    must_append(shop.handler().execute({&opening, 1}).front());
  }

  std::string token(const std::string& shop, Role role) const { return make_token_for(data_.path() / shop, role); }

  void serve() {
    api::ServerOptions options{.data = data_.path(), .vault_key = data_.path() / "vault.key"};
    options.transport.listen = {"127.0.0.1", 0};
    options.telemetry.metrics_fresh_for = std::chrono::milliseconds{0};
    server_ = std::make_unique<api::Server>(std::move(options));
  }

  Answer ask(const std::string& path, const std::string& token = {}) const {
    return Client(server_->address().port).ask(tests::get(path, token.empty() ? "" : bearer(token)));
  }

 private:
  TempFolder data_;
  std::unique_ptr<api::Server> server_;
};

std::set<std::string> shops_in(const MetricsText& metrics) {
  std::set<std::string> shops;
  for (const auto& sample : metrics.samples()) {
    if (const auto shop = sample.labels.find("shop"); shop != sample.labels.end()) shops.insert(shop->second);
  }
  return shops;
}

const std::string requests = "upline_http_request_duration_seconds_count";

}  // namespace

TEST_CASE("a token of one shop sees that shop's metrics, and nothing that tells of another", "[metrics]") {
  TwoShops shops;
  const auto kami = shops.token("kami", Role::merchant);
  const auto umi = shops.token("umi", Role::auditor);
  shops.serve();
  for (int i = 0; i < 3; ++i) CHECK(shops.ask("/v1/shops/kami/policy", kami).status == 200);
  CHECK(shops.ask("/v1/shops/umi/policy", umi).status == 200);
  const auto answer = shops.ask("/metrics", umi);
  REQUIRE(answer.status == 200);
  CHECK(answer.body.find("kami") == std::string::npos);
  const MetricsText of_umi(answer.body);
  CHECK(shops_in(of_umi) == std::set<std::string>{"umi"});
  CHECK(of_umi.sum(requests) == 1);
  CHECK(of_umi.count("upline_build_info") == 1);
  CHECK(of_umi.count("process_start_time_seconds") == 1);
  for (const auto* whole : {"upline_http_connections_accepted_total", "upline_http_requests_in_flight",
                            "upline_http_shed_requests_total", "upline_work_queue_length"}) {
    INFO(whole);
    CHECK(of_umi.count(whole) == 0);
  }
  const MetricsText of_kami(shops.ask("/metrics", kami).body);
  CHECK(shops_in(of_kami) == std::set<std::string>{"kami"});
  CHECK(of_kami.sum(requests) == 3);
}

TEST_CASE("without tokens whoever asks from this machine sees the metrics of all shops", "[metrics]") {
  TwoShops shops;
  shops.serve();
  const MetricsText all(shops.ask("/metrics").body);
  CHECK(shops_in(all) == std::set<std::string>{"kami", "umi"});
  CHECK(all.count("upline_http_requests_in_flight") == 1);
}

TEST_CASE("whoever may see no shop's metrics sees none", "[metrics]") {
  TwoShops shops;
  const auto storefront = shops.token("kami", Role::storefront);
  const auto umi = shops.token("umi", Role::merchant);
  shops.serve();
  CHECK(shops.ask("/metrics").status == 401);
  CHECK(shops.ask("/metrics", "nonsense").status == 401);
  CHECK(shops.ask("/metrics", storefront).status == 403);
  CHECK(shops.ask("/metrics", umi).status == 200);
}
