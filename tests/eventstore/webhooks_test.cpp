#include "eventstore/webhooks.hpp"

#include "eventstore/webhook_targets.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using upline::domain::Position;

namespace {

using Deliveries = std::vector<WebhookDelivery>;

WebhookTarget a_target() {
  return {.id = "wh_1", .url = "https://a.example/", .types = {"OrderPlaced"}, .cursor = {5}};
}

bool is_good(const std::string& url, bool allows_plain_http = false) {
  try {
    check_webhook_url(url, allows_plain_http);
    return true;
  } catch (const WebhookRefused& refused) {
    CHECK(refused.code() == "invalid_url");
    return false;
  }
}

}  // namespace

TEST_CASE("what was looked through and what is to be sent of it are stored together", "[webhook]") {
  const TempFolder folder;
  const auto store = open_webhooks(folder.path());
  store->add(a_target());
  CHECK(store->take_in("wh_1", {.up_to = {9}, .deliveries = {{{6}, "order/a"}, {{8}, "order/b"}}}));
  const auto again = open_webhooks(folder.path());
  CHECK(again->target("wh_1")->cursor == Position{9});
  CHECK(again->deliveries("wh_1") == Deliveries{{{6}, "order/a"}, {{8}, "order/b"}});
  CHECK(delivered_up_to(*again->target("wh_1"), again->backlog("wh_1")) == Position{5});
}

TEST_CASE("what arrived is crossed off, what failed stays", "[webhook]") {
  const TempFolder folder;
  const auto store = open_webhooks(folder.path());
  store->add(a_target());
  store->take_in("wh_1", {.up_to = {9}, .deliveries = {{{6}, "order/a"}, {{8}, "order/b"}}});
  store->record("wh_1",
                {.arrived = {{6}}, .failed = {{{8}, "order/b", 2, {700}}}, .error = "answered 500", .breaker = "open"});
  CHECK(store->deliveries("wh_1") == Deliveries{{{8}, "order/b", 2, {700}}});
  CHECK(store->target("wh_1")->last_error == "answered 500");
  CHECK(state_of(*store->target("wh_1")) == "waiting");
  CHECK(store->resume("wh_1"));
  CHECK(store->deliveries("wh_1") == Deliveries{{{8}, "order/b", 0, {0}}});
  CHECK(state_of(*store->target("wh_1")) == "active");
}

TEST_CASE("nothing is taken in for a target or a replay that is gone", "[webhook]") {
  const TempFolder folder;
  const auto store = open_webhooks(folder.path());
  store->add(a_target());
  CHECK(store->replay("wh_1", {1}, {3}));
  const auto replay = store->replays("wh_1").front().id;
  CHECK(store->remove("wh_1"));
  CHECK_FALSE(store->take_in("wh_1", {.up_to = {6}, .deliveries = {{{6}, "order/a"}}}));
  CHECK_FALSE(store->take_in("wh_1", {.replay = replay, .up_to = {2}, .deliveries = {{{2}, "order/a"}}}));
  CHECK(store->deliveries("wh_1").empty());
  CHECK_FALSE(store->replay("wh_1", {1}, {3}));
}

TEST_CASE("a replay goes on where it was, and is gone at its end", "[webhook]") {
  const TempFolder folder;
  const auto store = open_webhooks(folder.path());
  store->add(a_target());
  store->replay("wh_1", {1}, {4});
  const auto id = store->replays("wh_1").front().id;
  CHECK(store->take_in("wh_1", {.replay = id, .up_to = {2}}));
  CHECK(store->replays("wh_1").front().next == Position{3});
  CHECK(store->take_in("wh_1", {.replay = id, .up_to = {4}}));
  CHECK(store->replays("wh_1").empty());
  CHECK(store->target("wh_1")->cursor == Position{5});
}

TEST_CASE("changes by others are noticed, one's own are not", "[webhook]") {
  const TempFolder folder;
  const auto store = open_webhooks(folder.path());
  CHECK(store->was_changed());
  store->add(a_target());
  CHECK_FALSE(store->was_changed());
  open_webhooks(folder.path())->pause("wh_1", "for a test");
  CHECK(store->was_changed());
  CHECK_FALSE(store->was_changed());
}

TEST_CASE("addresses that two programs could read differently are refused", "[webhook]") {
  for (const auto* good : {"https://a.example", "https://a.example:8443/x?y=z", "https://[2001:db8::1]/x",
                           "http://localhost:1/x", "http://127.0.0.1/x", "http://[::1]:9/x"}) {
    INFO(good);
    CHECK(is_good(good));
  }
  for (const auto* bad :
       {"", "a.example", "HTTPS://a.example/", "file:///etc/passwd", "https://", "https://a b/", "https://a@b/",
        "https://127.0.0.1\\@b.example/", "https://a.example/#x", "https://a.example:/", "https://a.example:1x/",
        "https://[::1/", "https://a.example\r\nX: y", "https://卡.example/", "http://a.example/",
        "http://127.0.0.1.b.example/", "http://localhost.b.example/", "http://10.0.0.1/"}) {
    INFO(bad);
    CHECK_FALSE(is_good(bad));
  }
  CHECK(is_good("http://10.0.0.1/", true));
  CHECK_FALSE(is_good("https://a.example/" + std::string(webhook_url_bytes_max, 'x')));
}
