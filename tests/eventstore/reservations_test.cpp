// Stock that is held for a while, and those who wait for it: expiry, queues, bounds and limits, by one process and
// many.
#include "tests/eventstore/selling.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

struct Line {
  std::string event{};
  Timestamp occurred_at{};
  Actor actor{};
  bool operator==(const Line&) const = default;
};

std::vector<Line> lines_after(EventStore& store, Position position) {
  std::vector<Line> lines;
  store.read({position.value + 1}, store.head().position, [&](const StoredEvent& stored) {
    const auto event = decode(stored);
    lines.push_back({stored.stream + ' ' + std::string(format_of(event.event).name), stored.occurred_at, stored.actor});
    return true;
  });
  return lines;
}

std::vector<std::string> names_after(EventStore& store, Position position) {
  std::vector<std::string> names;
  for (auto& line : lines_after(store, position)) names.push_back(std::move(line.event));
  return names;
}

using Names = std::vector<std::string>;

void check_whole(SellingShop& shop) {
  auto process = shop.fresh();
  CHECK(what_is_wrong_with(process.store(), &process.vault()).empty());
}

}  // namespace

TEST_CASE("a reservation that is over ends with whatever is asked next, dated when it ended", "[selling]") {
  SellingShop shop;
  must_append(shop.run(place({.order = "o1", .quantity = 4})));
  shop.clock().now = opening_time + Duration{minutes(10).microseconds - 1};
  shop.sweep();
  CHECK(shop.state_of("o1") == "placed");
  CHECK(shop.pool_of("game").reserved == 4);

  const auto before = shop.store().head().position;
  shop.clock().now = opening_time + minutes(60);
  const bool by_another = GENERATE(false, true);
  auto another = shop.fresh();
  must_append((by_another ? another : shop.process()).run(enrol("erin")));
  CHECK(lines_after(shop.store(), before) ==
        std::vector<Line>{{"order/o1 OrderExpired", opening_time + minutes(10), "upline"},
                          {"member/erin MemberEnrolled", may(1, 1), "tester"}});
  CHECK(shop.pool_of("game").reserved == 0);
  CHECK(shop.pool_of("game").released == 10);
  CHECK(shop.state_of("o1") == "expired");
  CHECK(refusal(shop.run(cancel("o1", shop.clock().now))) == "order_expired");
  CHECK(shop.run(place({.order = "o1", .quantity = 4})).answer == Answer::already_there);
  must_append(shop.run(purchase({.order = "o2", .quantity = 10})));
  check_whole(shop);
}

TEST_CASE("whoever ends an order without having looked at its keys gives them back all the same", "[selling]") {
  SellingShop shop;
  must_append(shop.run(place({.order = "o1", .quantity = 2})));
  must_append(shop.run(purchase({.order = "o2", .quantity = 3, .at = opening_time})));
  must_append(shop.fresh().run(cancel("o1")));
  CHECK(shop.pool_of("game").reserved == 0);
  CHECK(shop.pool_of("game").released == 7);
  must_append(shop.fresh().run(RefundOrder{.refund = {"r1"},
                                           .order = {"o2"},
                                           .amount = {999},
                                           .reason = "bad keys",
                                           .revoke_keys = true,
                                           .occurred_at = opening_time}));
  CHECK(shop.pool_of("game").delivered == 0);
  CHECK(shop.pool_of("game").revoked == 3);
  check_whole(shop);
}

TEST_CASE("a gift is paid with nothing and handed over at once, by a process that never counted money", "[selling]") {
  SellingShop shop;
  must_append(shop.run(RepriceProduct{{"game"}, {0}, opening_time}));
  auto fresh = shop.fresh();
  const auto outcome = fresh.run(place("o1"));
  CHECK(appended_by(fresh.store(), outcome) ==
        Names{"order/o1 OrderPlaced", "order/o1 PaymentReceived", "order/o1 KeysDelivered"});
  CHECK(shop.state_of("o1") == "delivered");
  check_whole(shop);
}

TEST_CASE("another process's reservation is seen, and so is its end", "[selling]") {
  SellingShop shop;
  auto other = shop.fresh();
  CHECK(refusal(other.run(purchase({.order = "x", .quantity = 11, .at = opening_time}))) == "out_of_stock");
  must_append(shop.run(place({.order = "o1", .quantity = 8})));
  CHECK(refusal(other.run(purchase({.order = "o2", .quantity = 3, .at = opening_time}))) == "out_of_stock");
  CHECK(refusal(other.run(place({.order = "o2", .quantity = 3}))) == "out_of_stock");
  must_append(other.run(cancel("o1")));
  must_append(shop.run(place({.order = "o2", .quantity = 10})));
  must_append(other.run(pay("p1", "o2", 9990)));
  CHECK(shop.run(pay("p1", "o2", 9990)).answer == Answer::already_there);
  CHECK(refusal(shop.run(place("o3"))) == "out_of_stock");
  check_whole(shop);
}

TEST_CASE("an order that is paid in time gets its keys, though its time is over when the pen is free", "[selling]") {
  SellingShop shop;
  must_append(shop.run(place({.order = "o1", .quantity = 10})));
  shop.clock().now = opening_time + minutes(11);
  const auto before = shop.store().head().position;
  must_append(shop.fresh().run(pay("p1", "o1", 9990, opening_time + minutes(5))));
  CHECK(names_after(shop.store(), before) == Names{"order/o1 OrderExpired", "order/o1 PaymentReceived",
                                                   "order/o1 KeysDelivered", "account/carol CommissionAccrued",
                                                   "account/bob CommissionAccrued", "account/alice CommissionAccrued"});
  check_whole(shop);
}

namespace {

/// How keys come back or arrive, one or more at a time.
struct Source {
  const char* name;
  std::function<void(SellingShop&)> prepare;
  std::function<void(SellingShop&)> bring;
};

const std::vector<Source>& sources_of_keys() {
  static const std::vector<Source> list{
      {"an import", [](SellingShop&) {},
       [](SellingShop& shop) { must_append(shop.fresh().run(import_keys("game", "b2"), {}, secrets_of("b2", 2))); }},
      {"a release",
       [](SellingShop& shop) { must_append(shop.run(import_keys("game", "b2", false), {}, secrets_of("b2", 2))); },
       [](SellingShop& shop) { must_append(shop.fresh().run(release_keys("game", "b2"))); }},
      {"a schedule",
       [](SellingShop& shop) {
         must_append(shop.run(import_keys("game", "b2", false), {}, secrets_of("b2", 2)));
         must_append(shop.run(release_keys("game", "b2", opening_time + minutes(15))));
       },
       [](SellingShop& shop) {
         shop.clock().now = shop.clock().now + minutes(6);
         shop.fresh().run_batch({});
       }},
      {"an expiry",
       [](SellingShop& shop) {
         must_append(shop.run(import_keys("game", "b2"), {}, secrets_of("b2", 2)));
         must_append(
             shop.run(place({.order = "holder", .member = "carol", .quantity = 2, .at = opening_time + minutes(5)})));
       },
       [](SellingShop& shop) {
         shop.clock().now = shop.clock().now + minutes(10);
         shop.fresh().run_batch({});
       }},
      {"a cancelled order",
       [](SellingShop& shop) {
         must_append(shop.run(import_keys("game", "b2"), {}, secrets_of("b2", 2)));
         must_append(
             shop.run(place({.order = "holder", .member = "carol", .quantity = 2, .at = opening_time + minutes(5)})));
       },
       [](SellingShop& shop) { must_append(shop.fresh().run(cancel("holder"))); }},
  };
  return list;
}

}  // namespace

TEST_CASE("an order that was paid too late waits, and gets the first keys that come, whatever brings them",
          "[selling]") {
  for (const auto& source : sources_of_keys()) {
    INFO(source.name);
    SellingShop shop;
    source.prepare(shop);
    shop.make_wait("o1", 2);
    CHECK(shop.state_of("o1") == "awaiting_stock");
    CHECK(shop.run(pay("late-o1", "o1", 1998, shop.clock().now)).answer == Answer::already_there);
    check_whole(shop);
    source.bring(shop);
    CHECK(shop.state_of("o1") == "delivered");
    CHECK(shop.pool_of("game").queue.empty());
    const auto delivery = shop.store().read_stream("order/o1").back();
    CHECK(delivery.actor == "upline");
    CHECK(std::get<KeysDelivered>(decode(delivery).event).source == KeySource::waiting);
    check_whole(shop);
  }
}

TEST_CASE("those who wait are served in the order of their payment, and nobody overtakes the first", "[selling]") {
  SellingShop shop;
  for (const auto* order : {"o1", "o2", "o3"}) {
    must_append(shop.run(place({.order = order, .quantity = order == std::string("o1") ? 3 : 1})));
  }
  shop.clock().now = opening_time + minutes(10);
  must_append(shop.run(purchase({.order = "taker", .member = "alice", .quantity = 10})));
  must_append(shop.run(pay("p1", "o1", 2997, shop.clock().now)));
  must_append(shop.run(pay("p3", "o3", 999, shop.clock().now)));
  must_append(shop.run(pay("p2", "o2", 999, shop.clock().now)));
  CHECK(shop.pool_of("game").queue == std::vector<WaitingOrder>{{{"o1"}, {3}}, {{"o3"}, {1}}, {{"o2"}, {1}}});

  must_append(shop.fresh().run(import_keys("game", "b2"), {}, secrets_of("b2", 2)));
  CHECK(shop.pool_of("game").queue.size() == 3);  // two keys are too few for the first
  const auto before = shop.store().head().position;
  must_append(shop.fresh().run(import_keys("game", "b3"), {}, secrets_of("b3", 2)));
  const auto names = names_after(shop.store(), before);
  CHECK(names[2] == "order/o1 KeysDelivered");
  CHECK(shop.state_of("o1") == "delivered");
  CHECK(shop.state_of("o3") == "delivered");
  CHECK(shop.state_of("o2") == "awaiting_stock");
  CHECK(keys_of(shop.store(), "o1") == std::vector<KeyRange>{{11, 2}, {13, 1}});
  CHECK(keys_of(shop.store(), "o3") == std::vector<KeyRange>{{14, 1}});
  check_whole(shop);
}

TEST_CASE("a waiting order that is paid back leaves the queue, and whoever stands behind is served", "[selling]") {
  SellingShop shop;
  must_append(shop.run(place({.order = "o1", .quantity = 3})));
  must_append(shop.run(place({.order = "o2", .quantity = 1})));
  shop.clock().now = opening_time + minutes(10);
  must_append(shop.run(purchase({.order = "taker", .member = "alice", .quantity = 9})));
  must_append(shop.run(pay("p1", "o1", 2997, shop.clock().now)));
  must_append(shop.run(pay("p2", "o2", 999, shop.clock().now)));
  must_append(shop.run(import_keys("game", "b2"), {}, {"one-more"}));
  CHECK(shop.pool_of("game").queue.size() == 2);

  must_append(shop.fresh().run(refund("r1", "o1", 1000, shop.clock().now)));
  CHECK(shop.state_of("o1") == "awaiting_stock");
  const auto before = shop.store().head().position;
  must_append(shop.fresh().run(refund("r2", "o1", 1997, shop.clock().now)));
  const auto names = names_after(shop.store(), before);
  REQUIRE(names.size() >= 3);
  CHECK(Names(names.begin(), names.begin() + 3) ==
        Names{"order/o1 OrderRefunded", "order/o1 StockNoLongerAwaited", "order/o2 KeysDelivered"});
  CHECK(shop.state_of("o1") == "refunded");
  CHECK(shop.state_of("o2") == "delivered");
  CHECK(refusal(shop.run(deliver("o1", shop.clock().now))) == "order_refunded");
  check_whole(shop);
}

TEST_CASE("a bad key that an open order held is never sold to anybody else", "[selling]") {
  SellingShop shop;
  must_append(shop.run(place({.order = "o1", .quantity = 10})));
  must_append(shop.fresh().run(RevokeKeys{{"game"}, {"b1"}, "leaked", opening_time}));
  CHECK(shop.pool_of("game").reserved == 10);
  const auto before = shop.store().head().position;
  must_append(shop.fresh().run(cancel("o1")));
  CHECK(names_after(shop.store(), before) == Names{"order/o1 OrderCancelled", "pool/game KeysRevoked"});
  CHECK(shop.pool_of("game").revoked == 10);
  CHECK(refusal(shop.fresh().run(place("o2"))) == "out_of_stock");
  check_whole(shop);
}

TEST_CASE("an open order gets keys of another batch in the place of bad ones", "[selling]") {
  SellingShop shop;
  must_append(shop.run(place({.order = "o1", .quantity = 10})));
  must_append(shop.run(RevokeKeys{{"game"}, {"b1"}, "leaked", opening_time}));
  must_append(shop.fresh().run(import_keys("game", "b2"), {}, secrets_of("b2")));
  CHECK(shop.pool_of("game").revoked == 10);
  CHECK(refusal(shop.run(place("o2"))) == "out_of_stock");
  must_append(shop.fresh().run(pay("p1", "o1", 9990)));
  CHECK(keys_of(shop.store(), "o1") == std::vector<KeyRange>{{11, 10}});
  check_whole(shop);
}

TEST_CASE("a batch that is withdrawn from sale stays for those who hold it, and the rest goes", "[selling]") {
  SellingShop shop;
  must_append(shop.run(place({.order = "o1", .quantity = 4})));
  must_append(shop.fresh().run(withdraw_keys("game", "b1")));
  CHECK(shop.pool_of("game").unreleased == 6);
  CHECK(shop.pool_of("game").reserved == 4);
  CHECK(refusal(shop.fresh().run(place("o2"))) == "out_of_stock");
  must_append(shop.fresh().run(pay("p1", "o1", 3996)));
  CHECK(keys_of(shop.store(), "o1") == std::vector<KeyRange>{{1, 4}});
  must_append(shop.fresh().run(release_keys("game", "b1")));
  CHECK(shop.pool_of("game").released == 6);
  check_whole(shop);
}

TEST_CASE("one buyer may hold three orders open, and every way of ending one makes room", "[selling]") {
  SellingShop shop;
  auto other = shop.fresh();
  for (const auto* order : {"o1", "o2", "o3"}) must_append(other.run(place(order)));
  for (auto* process : {&shop.process(), &other}) {
    CHECK(refusal(process->run(place("o4"))) == "too_many_open_orders");
    CHECK(process->run(place("o3")).answer == Answer::already_there);
  }
  must_append(shop.run(place({.order = "hers", .member = "carol"})));
  must_append(shop.run(cancel("o1")));
  must_append(other.run(place("o4")));
  CHECK(refusal(shop.run(place("o5"))) == "too_many_open_orders");
  must_append(other.run(pay("p1", "o2", 1)));  // in part: it stays open
  CHECK(refusal(shop.fresh().run(place("o5"))) == "too_many_open_orders");
  must_append(other.run(pay("p2", "o2", 998)));
  must_append(shop.run(place("o5")));
  CHECK(refusal(other.run(place("o6"))) == "too_many_open_orders");
  shop.clock().now = opening_time + minutes(10);
  must_append(other.run(place({.order = "o6", .at = shop.clock().now})));
  check_whole(shop);
}

TEST_CASE("one address may hold three orders open, whoever places them, and is known only by its hash", "[selling]") {
  SellingShop shop;
  auto other = shop.fresh();
  const auto place_from = [](ShopProcess& process, std::string order, std::string member, std::string address) {
    const std::vector<Request> requests{
        {.command = place({.order = std::move(order), .member = std::move(member)}), .address = std::move(address)}};
    return process.handler().execute(requests).front();
  };
  must_append(place_from(shop.process(), "o1", "alice", "203.0.113.7"));
  must_append(place_from(other, "o2", "bob", "203.0.113.7"));
  must_append(place_from(shop.process(), "o3", "carol", "203.0.113.7"));
  CHECK(refusal(place_from(other, "o4", "dave", "203.0.113.7")) == "too_many_open_orders");
  auto fresh = shop.fresh();
  CHECK(refusal(place_from(fresh, "o4", "dave", "203.0.113.7")) == "too_many_open_orders");
  must_append(place_from(other, "o4", "dave", "203.0.113.8"));
  must_append(place_from(other, "o5", "dave", ""));
  must_append(shop.run(cancel("o3")));
  must_append(place_from(other, "o6", "dave", "203.0.113.7"));
  CHECK(refusal(place_from(fresh, "o7", "alice", "203.0.113.7")) == "too_many_open_orders");
  check_whole(shop);
}

TEST_CASE("the bounds of open orders are the shop's to change", "[selling]") {
  SellingShop shop;
  must_append(shop.run(ChangeReservationPolicy{
      .reserve_for = minutes(1), .open_per_buyer = 1, .reason = "too many bots", .occurred_at = opening_time}));
  must_append(shop.run(place("o1")));
  CHECK(refusal(shop.fresh().run(place("o2"))) == "too_many_open_orders");
  shop.clock().now = opening_time + minutes(1);
  must_append(shop.fresh().run(place({.order = "o2", .at = shop.clock().now})));
}

namespace {

/// Two processes that take turns, and sometimes one that has just been started, or finds no snapshots.
struct Turns {
  explicit Turns(SellingShop& selling) : shop(selling), other(selling.folder(), selling.clock().options()) {}

  Outcome run(const Command& command) {
    switch (turn++ % 4) {
      case 0:
        return shop.run(command);
      case 1:
        return other.run(command);
      case 2:
        return shop.fresh().run(command);
      default:
        tamper(shop.folder(), "DELETE FROM snapshots");
        return other.run(command);
    }
  }

  SellingShop& shop;
  ShopProcess other;
  int turn{};
};

}  // namespace

TEST_CASE("a member's purchases of a limited product count over all processes, and without snapshots", "[selling]") {
  SellingShop shop;
  must_append(shop.run(purchase({.order = "before", .at = opening_time})));  // when there was no limit
  must_append(shop.run(limit_purchases("game", 4)));
  Turns turns(shop);
  must_append(turns.run(place({.order = "o1", .quantity = 2})));
  CHECK(refusal(turns.run(place({.order = "o2", .quantity = 3}))) == "purchase_limit_exceeded");
  must_append(turns.run(place("o2")));
  CHECK(refusal(turns.run(place({.order = "o3", .quantity = 2}))) == "purchase_limit_exceeded");
  must_append(turns.run(pay("p1", "o1", 1998)));
  must_append(turns.run(place("o3")));
  CHECK(refusal(turns.run(place("o4"))) == "purchase_limit_exceeded");
  CHECK(refusal(turns.run(place("o4"))) == "purchase_limit_exceeded");
  must_append(turns.run(place({.order = "hers", .member = "carol", .quantity = 4})));
  must_append(turns.run(cancel("o2")));
  must_append(turns.run(place("o4")));
  CHECK(refusal(turns.run(place("o5"))) == "purchase_limit_exceeded");
  check_whole(shop);
  shop.clock().now = opening_time + minutes(10);  // o3 and o4 end
  for (const auto* order : {"o5", "o6"}) must_append(turns.run(place({.order = order, .at = shop.clock().now})));
  CHECK(refusal(turns.run(place({.order = "o7", .at = shop.clock().now}))) == "purchase_limit_exceeded");
  must_append(turns.run(limit_purchases("game", std::nullopt)));
  must_append(turns.run(place({.order = "o7", .at = shop.clock().now})));
  check_whole(shop);
}

TEST_CASE("an expired order that is paid after all counts again, and no more once it is paid back while it waits",
          "[selling]") {
  SellingShop shop;
  must_append(shop.run(limit_purchases("game", 3)));
  must_append(shop.run(place({.order = "late", .quantity = 2})));
  must_append(shop.run(place({.order = "waits", .quantity = 1})));
  shop.clock().now = opening_time + minutes(10);
  const auto now = shop.clock().now;
  must_append(shop.fresh().run(place({.order = "o1", .at = now})));
  must_append(shop.fresh().run(pay("p1", "late", 1998, now)));
  CHECK(refusal(shop.run(place({.order = "o2", .at = now}))) == "purchase_limit_exceeded");
  must_append(shop.run(purchase({.order = "taker", .member = "alice", .quantity = 7, .at = now})));
  must_append(shop.fresh().run(pay("p2", "waits", 999, now)));  // a fourth: money that came is never refused
  CHECK(shop.state_of("waits") == "awaiting_stock");
  check_whole(shop);
  must_append(shop.fresh().run(refund("r1", "waits", 999, now)));
  CHECK(refusal(shop.run(place({.order = "o2", .at = now}))) == "purchase_limit_exceeded");
  must_append(shop.fresh().run(cancel("o1", now)));
  must_append(shop.run(place({.order = "o2", .at = now})));
  CHECK(refusal(shop.run(place({.order = "o3", .at = now}))) == "purchase_limit_exceeded");
  check_whole(shop);
}

TEST_CASE("an order or a batch that cannot be read when it is due stops nothing else", "[selling]") {
  SellingShop shop;
  must_append(shop.run(place("bad")));
  must_append(shop.run(place("good")));
  shop.restart();
  tamper(shop.folder(), "UPDATE events SET payload = x'01' WHERE stream = 'order/bad'");
  auto fresh = shop.fresh();
  shop.clock().now = opening_time + minutes(10);
  const auto before = shop.store().head().position;
  must_append(fresh.run(enrol("erin")));
  CHECK(names_after(shop.store(), before) == Names{"order/good OrderExpired", "member/erin MemberEnrolled"});
  CHECK(!fresh.handler().next_due().has_value());  // nobody waits for what cannot be done
  CHECK(fresh.run(cancel("bad")).answer == Answer::failed);
}

TEST_CASE("a waiting order that cannot be read keeps its place, and its product's keys come in all the same",
          "[selling]") {
  SellingShop shop;
  shop.make_wait("o1");
  shop.restart();
  tamper(shop.folder(), "UPDATE events SET payload = x'01' WHERE stream = 'order/o1' AND version = 1");
  auto fresh = shop.fresh();
  must_append(fresh.run(import_keys("game", "b2"), {}, secrets_of("b2", 3)));
  CHECK(shop.pool_of("game").queue.size() == 1);
  CHECK(shop.pool_of("game").released == 3);
  CHECK(fresh.run(deliver("o1", shop.clock().now)).answer == Answer::failed);
}

TEST_CASE("a live command whose product cannot be read fails alone", "[selling]") {
  SellingShop shop;
  must_append(shop.run(limit_purchases("game", 5)));
  must_append(shop.run(place("o1")));
  must_append(shop.run(place({.order = "o2", .product = "course"})));
  shop.restart();
  tamper(shop.folder(), "UPDATE events SET payload = x'01' WHERE stream = 'product/game'");
  auto fresh = shop.fresh();
  const auto before = shop.store().head().position;
  const auto outcomes = fresh.run_batch({cancel("o1"), cancel("o2"), place("o3"), enrol("erin")});
  CHECK(outcomes[0].answer == Answer::failed);
  CHECK(outcomes[1].answer == Answer::appended);
  CHECK(outcomes[2].answer == Answer::failed);
  CHECK(outcomes[3].answer == Answer::appended);
  CHECK(names_after(shop.store(), before) == Names{"order/o2 OrderCancelled", "member/erin MemberEnrolled"});
  CHECK(shop.pool_of("game").reserved == 1);
}
