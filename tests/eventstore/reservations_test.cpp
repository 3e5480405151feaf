// Stock that is held for a while: expiry, bounds and what comes of keys that go bad, by one process and many.
#include "tests/eventstore/sold_lines.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

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
