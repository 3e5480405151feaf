#include "api/metrics_page.hpp"
#include "tests/api/metrics_text.hpp"
#include "tests/api/served_books.hpp"

#include <chrono>
#include <map>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline;
using namespace upline::api;
using namespace upline::tests;
using namespace std::chrono_literals;
using Json = nlohmann::json;
using Labels = std::map<std::string, std::string>;

namespace {

const std::string requests = "upline_http_request_duration_seconds_count";
const std::string orders = "/v1/shops/{shop}/orders";

std::string page_of(const ServedBooks& books) {
  Client client(books.port());
  const auto answer = client.ask(get("/metrics"));
  REQUIRE(answer.status == 200);
  CHECK(answer.headers.at("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  return answer.body;
}

MetricsText metrics_of(const ServedBooks& books) { return MetricsText(page_of(books)); }

ServedBooks always_fresh() { return ServedBooks({.metrics_fresh_for = 0ms}); }

Json order(const std::string& id) { return {{"order", id}, {"member", "dave"}, {"product", "game"}}; }

}  // namespace

TEST_CASE("requests are counted by route, class and status", "[metrics]") {
  const auto books = always_fresh();
  auto client = books.client();
  for (int i = 0; i < 3; ++i) client.post("/orders", order(fmt::format("o{}", i)));
  client.post("/orders", {{"order", 1}});
  client.get("/orders/o1");
  client.get("/orders/nobody");
  client.get("/nowhere/at/all");
  const auto metrics = metrics_of(books);
  const Labels placed{{"route", orders}, {"method", "POST"}, {"class", "order"}, {"status", "2xx"}};
  CHECK(metrics.sum(requests, placed) == 3);
  CHECK(metrics.sum(requests, {{"route", orders}, {"method", "POST"}, {"status", "4xx"}}) == 1);
  CHECK(metrics.sum(requests, {{"route", orders + "/{order}"}, {"class", "lookup"}, {"status", "2xx"}}) == 1);
  CHECK(metrics.sum(requests, {{"route", orders + "/{order}"}, {"status", "4xx"}}) == 1);
  CHECK(metrics.sum(requests, {{"route", "(none)"}, {"status", "4xx"}}) == 1);
  CHECK(metrics.sum(requests) == 7);
  CHECK(metrics.sum("upline_http_requests_in_flight") == 1);  // the scrape itself
  CHECK(metrics.sum("upline_http_connections_open") == 2);
  CHECK(metrics.sum("upline_http_connections_accepted_total") == 2);
}

TEST_CASE("commands are counted by what they came to, and batches by their sizes", "[metrics]") {
  const auto books = always_fresh();
  auto client = books.client();
  client.post("/orders", order("o1"));
  client.post("/orders", order("o1"));
  client.post("/orders", {{"order", "o2"}, {"member", "nobody"}, {"product", "game"}});
  client.post("/products/game/price", {{"unit_price_minor", 1099}}, "Idempotency-Key: k\r\n");
  client.post("/products/game/price", {{"unit_price_minor", 1099}}, "Idempotency-Key: k\r\n");
  const auto metrics = metrics_of(books);
  const std::string commands = "upline_commands_total";
  CHECK(metrics.sum(commands, {{"shop", "kami"}, {"outcome", "appended"}, {"code", ""}}) == 2);
  CHECK(metrics.sum(commands, {{"outcome", "already_there"}}) == 1);
  CHECK(metrics.sum(commands, {{"outcome", "repeated"}}) == 1);
  CHECK(metrics.sum(commands, {{"outcome", "rejected"}, {"code", "unknown_member"}}) == 1);
  CHECK(metrics.sum(commands) == 5);
  CHECK(metrics.sum("upline_batch_commands_count", {{"shop", "kami"}}) == 5);
  CHECK(metrics.sum("upline_batch_commands_sum") == 5);
  CHECK(metrics.sum("upline_batch_duration_seconds_count") == 5);
  CHECK(metrics.sum("upline_commit_duration_seconds_count") == 2);
}

TEST_CASE("the shop's stock, orders and queues stand on the page", "[metrics]") {
  const auto books = always_fresh();
  auto client = books.client();
  client.post("/orders", order("o1"));
  client.post("/orders", order("o2"));
  client.post("/orders/o1/payments",
              {{"payment", "p1"}, {"amount_minor", 999}, {"currency", "CNY"}, {"channel", "alipay"}});
  const auto metrics = metrics_of(books);
  CHECK(metrics.sum("upline_open_reservations", {{"shop", "kami"}}) == 1);
  CHECK(metrics.sum("upline_orders", {{"state", "delivered"}}) == 1);
  CHECK(metrics.sum("upline_stock_keys", {{"product", "game"}, {"state", "available"}}) == 8);
  CHECK(metrics.sum("upline_stock_keys", {{"product", "game"}, {"state", "reserved"}}) == 1);
  CHECK(metrics.sum("upline_writer_queue_length") == 0);
  CHECK(metrics.sum("upline_writer_queue_capacity") == 4096);
  CHECK(metrics.sum("upline_work_queue_capacity") == 4096);
  CHECK(metrics.sum("upline_projections_failed", {{"shop", "kami"}}) == 0);
  CHECK(metrics.sum("upline_shop_up", {{"shop", "kami"}}) == 1);
  CHECK(metrics.sum("upline_build_info") == 1);
  for (const auto* name : {"upline_projection_lag_positions", "upline_projection_lag_seconds", "upline_log_position",
                           "process_start_time_seconds", "process_resident_memory_bytes", "process_open_fds",
                           "upline_log_lines_dropped_total"}) {
    INFO(name);
    CHECK(metrics.count(name) == 1);
  }
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  CHECK(metrics.sum("process_start_time_seconds") <= now);
  CHECK(metrics.sum("process_start_time_seconds") > now - 3600.0 * 24);
}

TEST_CASE("requests that no route sees are counted by why", "[metrics]") {
  const auto books = always_fresh();
  Client(books.port()).ask("GET / HTTP/1.1\r\n\r\n");
  Client(books.port()).ask("POST /v1/shops HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n");
  const auto metrics = metrics_of(books);
  CHECK(metrics.sum("upline_http_requests_refused_total", {{"code", "malformed_request"}}) == 1);
  CHECK(metrics.sum("upline_http_requests_refused_total", {{"code", "body_too_large"}}) == 1);
}

TEST_CASE("connections that end are open no more", "[metrics]") {
  const auto books = always_fresh();
  {
    Client(books.port()).ask(get("/livez"));
  }
  Client scraper(books.port());
  double open = 2;
  // The server notices in its own time: so many looks take seconds.
  for (int looks = 0; open > 1 && looks < 10'000; ++looks) {
    open = MetricsText(scraper.ask(get("/metrics")).body).sum("upline_http_connections_open");
  }
  CHECK(open == 1);
}

TEST_CASE("connections beyond the limit are counted apart", "[metrics]") {
  Metrics metrics({});
  metrics.connection_opened();
  metrics.connection_opened();
  metrics.connection_refused();
  metrics.connection_closed();
  const MetricsText text(metrics_text(metrics, {}));
  CHECK(text.sum("upline_http_connections_open") == 1);
  CHECK(text.sum("upline_http_connections_accepted_total") == 2);
  CHECK(text.sum("upline_http_connections_refused_total") == 1);
}

TEST_CASE("a page is made once in a while, however often it is asked for", "[metrics]") {
  const ServedBooks books({.metrics_fresh_for = 1h});
  const auto first = page_of(books);
  books.client().post("/orders", order("o1"));
  CHECK(page_of(books) == first);
}

TEST_CASE("however many products there are, two hundred have lines of their own", "[metrics]") {
  const ServedBooks books;
  auto client = books.client();
  for (int i = 0; i < 205; ++i) {
    client.post("/products", {{"product", fmt::format("p{:03}", i)},
                              {"title", "x"},
                              {"unit_price_minor", 1},
                              {"currency", "CNY"},
                              {"fulfilment", "key-pool"}});
  }
  const auto added = client.post("/products/p204/keys", {{"batch", "b"}, {"keys", {"k1", "k2"}}, {"release", true}});
  CHECK(added.status == 201);
  const auto page = metrics_of(books);
  CHECK(page.count("upline_stock_keys", {{"state", "available"}}) == products_max + 1);
  CHECK(page.sum("upline_stock_keys", {{"state", "available"}, {"product", "(other)"}}) == 2);
  CHECK(page.count("upline_stock_keys", {{"product", "p204"}}) == 0);
}

TEST_CASE("what others count is shown as they say it", "[metrics]") {
  const Metrics metrics({});
  MetricSources sources;
  sources.shed = [] { return std::vector<ShedCount>{{"report", "queue_full", 7}}; };
  sources.breakers = [] {
    return std::vector<BreakerReading>{{"kami", "quote\"back\\slash", BreakerState::half_open}};
  };
  sources.event_streams = [] { return std::size_t{3}; };
  const MetricsText text(metrics_text(metrics, sources));
  CHECK(text.sum("upline_http_shed_requests_total", {{"class", "report"}, {"reason", "queue_full"}}) == 7);
  CHECK(text.sum("upline_webhook_breaker_state", {{"target", "quote\"back\\slash"}, {"state", "half_open"}}) == 1);
  CHECK(text.sum("upline_webhook_breaker_state") == 1);
  CHECK(text.count("upline_webhook_breaker_state") == 3);
  CHECK(text.sum("upline_http_event_streams_open") == 3);
}

TEST_CASE("the reader of the format forgives nothing", "[metrics]") {
  const std::string head = "# HELP a b\n# TYPE a gauge\n";
  CHECK_NOTHROW(MetricsText(head + "a{x=\"1\"} 2\n"));
  for (const auto* bad :
       {"a 1", "b 1\n", "a{x=1} 1\n", "a one\n", "a{x=\"1\"} 1\na{x=\"1\"} 1\n", "a{x=\"\\q\"} 1\n"}) {
    INFO(bad);
    CHECK_THROWS(MetricsText(head + bad));
  }
  const std::string histogram = "# HELP h b\n# TYPE h histogram\nh_count 2\nh_sum 1\n";
  CHECK_NOTHROW(MetricsText(histogram + "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\n"));
  CHECK_THROWS(MetricsText(histogram + "h_bucket{le=\"1\"} 3\nh_bucket{le=\"+Inf\"} 2\n"));
  CHECK_THROWS(MetricsText(histogram + "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 3\n"));
  CHECK_THROWS(MetricsText("# HELP a b\n# TYPE a counter\na 1\n"));
}
