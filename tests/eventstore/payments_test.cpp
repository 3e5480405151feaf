// Payments as gateways send them: again, in parts, too much, with another content; and the keys that they are for.
#include "eventstore/delivered_keys.hpp"
#include "tests/eventstore/selling.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

std::vector<std::string> secrets_of_order(ShopProcess& process, const std::string& order) {
  const auto state = read_order(process.store(), {order});
  std::vector<std::string> secrets;
  for (auto& key : delivered_keys(process.vault(), std::get<DeliveredOrder>(state))) secrets.push_back(key.secret);
  return secrets;
}

std::size_t events_of_order(SellingShop& shop, const std::string& order) {
  return shop.store().read_stream("order/" + order).size();
}

Minor owed(SellingShop& shop, const std::string& order, const std::string& currency = "CNY") {
  return owed_back(read_order(shop.store(), {order}), {currency});
}

}  // namespace

TEST_CASE("the same payment is answered with the same keys, from any process, at any time", "[selling]") {
  SellingShop shop;
  must_append(shop.run(place({.order = "o1", .quantity = 2})));
  must_append(shop.run(pay("p1", "o1", 1998), "callback-1"));
  const std::vector<std::string> keys{"b1-key-0", "b1-key-1"};
  CHECK(secrets_of_order(shop.process(), "o1") == keys);
  must_append(shop.run(purchase({.order = "o2", .quantity = 3, .at = opening_time})));
  auto fresh = shop.fresh();
  CHECK(fresh.run(pay("p1", "o1", 1998)).answer == Answer::already_there);
  CHECK(fresh.run(pay("p1", "o1", 1998), "callback-1").answer == Answer::repeated);
  // Gateways say another time and channel when they say it again.
  CHECK(fresh.run(PayOrder{{"p1"}, {"o1"}, {1998}, {"CNY"}, "bank", opening_time + minutes(1)}).answer ==
        Answer::already_there);
  CHECK(secrets_of_order(fresh, "o1") == keys);
}

TEST_CASE("a replaced key is no longer among those of its order, and its successor is", "[selling]") {
  SellingShop shop;
  must_append(shop.run(purchase({.order = "o1", .quantity = 3, .at = opening_time})));
  must_append(shop.fresh().run(ReplaceKey{{"o1"}, 2, "used before", opening_time}));
  CHECK(secrets_of_order(shop.process(), "o1") == std::vector<std::string>{"b1-key-0", "b1-key-2", "b1-key-3"});
  CHECK(shop.run(ReplaceKey{{"o1"}, 2, "used before", opening_time}).answer == Answer::already_there);
  must_append(shop.run(purchase({.order = "o2", .at = opening_time})));
  CHECK(secrets_of_order(shop.process(), "o2") == std::vector<std::string>{"b1-key-4"});
}

TEST_CASE("keys that an order does not hold any more are not answered", "[selling]") {
  SellingShop shop;
  must_append(shop.run(purchase({.order = "o1", .at = opening_time})));
  must_append(shop.run(RefundOrder{.refund = {"r1"},
                                   .order = {"o1"},
                                   .amount = {999},
                                   .reason = "bad key",
                                   .revoke_keys = true,
                                   .occurred_at = opening_time}));
  CHECK(secrets_of_order(shop.process(), "o1").empty());
}

TEST_CASE("a payment id with another content is recorded once for each content, and a conflict each time",
          "[selling]") {
  SellingShop shop;
  must_append(shop.run(place("o1")));
  must_append(shop.run(place("o2")));
  must_append(shop.run(pay("p1", "o1")));
  const std::vector<Command> others{pay("p1", "o1", 998), pay("p1", "o2"), pay("p1", "o2", 998),
                                    pay("p1", "o1", 999, opening_time, "USD"), pay("p1", "never-placed")};
  for (const auto& other : others) {
    const auto first = shop.run(other);
    CHECK(refusal(first) == "payment_mismatch");
    CHECK(first.first == shop.store().head().position);
    CHECK(first.last == first.first);
    CHECK(std::holds_alternative<PaymentMismatched>(decode(shop.store().read_one(first.first).value()).event));
    auto fresh = shop.fresh();
    for (auto* process : {&shop.process(), &fresh}) {
      const auto again = process->run(other);
      CHECK(refusal(again) == "payment_mismatch");
      CHECK(again.first == Position{0});
    }
  }
  CHECK(events_of_order(shop, "o1") == 3 + others.size());  // all of them stand with the payment's own order
  CHECK(shop.state_of("o1") == "delivered");
  CHECK(shop.state_of("o2") == "placed");
  CHECK(owed(shop, "o1") == Minor{0});
  CHECK(shop.run(pay("p1", "o1")).answer == Answer::already_there);
  auto fresh = shop.fresh();
  CHECK(what_is_wrong_with(fresh.store(), &fresh.vault()).empty());
}

TEST_CASE("a recorded mismatch is a conflict by its command id too", "[selling]") {
  SellingShop shop;
  must_append(shop.run(place("o1")));
  must_append(shop.run(pay("p1", "o1")));
  const auto first = shop.run(pay("p1", "o1", 998), "callback-2");
  CHECK(first.first > Position{0});
  auto fresh = shop.fresh();
  for (auto* process : {&shop.process(), &fresh}) {
    const auto again = process->run(pay("p1", "o1", 998), "callback-2");
    CHECK(refusal(again) == "payment_mismatch");
    CHECK(again.first == first.first);
    CHECK(again.last == first.last);
    CHECK(refusal(process->run(pay("p1", "o1", 997), "callback-2")) == "command_id_reused");
  }
}

TEST_CASE("a mismatch that names no order or currency that could exist is refused, and not recorded", "[selling]") {
  SellingShop shop;
  must_append(shop.run(place("o1")));
  must_append(shop.run(pay("p1", "o1")));
  const auto head = shop.store().head().position;
  CHECK(refusal(shop.run(pay("p1", "no id"))) == "invalid_id");
  CHECK(refusal(shop.run(pay("p1", "o1", 999, opening_time, "yuan"))) == "invalid_currency");
  CHECK(shop.store().head().position == head);
}

TEST_CASE("what is not needed is owed back: an excess, a second payment, another currency, a cancelled order's",
          "[selling]") {
  SellingShop shop;
  auto other = shop.fresh();
  must_append(shop.run(place("o1")));
  must_append(other.run(pay("p1", "o1", 500)));
  CHECK(shop.state_of("o1") == "underpaid");
  must_append(shop.run(pay("p2", "o1", 700)));
  CHECK(shop.state_of("o1") == "delivered");
  CHECK(owed(shop, "o1") == Minor{201});
  must_append(other.run(pay("p3", "o1", 999)));
  CHECK(owed(shop, "o1") == Minor{1200});
  must_append(other.run(pay("p4", "o1", 5, opening_time, "USDT")));
  CHECK(owed(shop, "o1", "USDT") == Minor{5});
  must_append(shop.run(place("o2")));
  must_append(shop.run(pay("p5", "o2", 400)));
  must_append(other.run(cancel("o2")));
  CHECK(owed(shop, "o2") == Minor{400});
  must_append(shop.run(pay("p6", "o2", 999)));
  CHECK(owed(shop, "o2") == Minor{1399});
  must_append(other.run(ReturnPayment{{"b1"}, {"o2"}, {1399}, {"CNY"}, "alipay", opening_time}));
  CHECK(owed(shop, "o2") == Minor{0});
  CHECK(refusal(shop.run(ReturnPayment{{"b1"}, {"o2"}, {1398}, {"CNY"}, "alipay", opening_time})) == "conflict");
  CHECK(refusal(shop.run(ReturnPayment{{"b2"}, {"o2"}, {1}, {"CNY"}, "alipay", opening_time})) == "nothing_owed");
}

TEST_CASE("the first purchase of a member is claimed once, by whichever process", "[selling]") {
  SellingShop shop;
  auto other = shop.fresh();
  const auto first_purchases = [&] {
    std::vector<std::string> orders;
    for (const auto& event : all_events(shop.store())) {
      const auto* paid = std::get_if<PaymentReceived>(&event.event);
      if (paid != nullptr && paid->first_purchase) orders.push_back(event.stream.id);
    }
    return orders;
  };
  must_append(shop.run(place("o1")));
  must_append(other.run(place("o2")));
  must_append(other.run(pay("p2", "o2")));
  must_append(shop.run(pay("p1", "o1")));
  must_append(shop.fresh().run(purchase({.order = "o3", .at = opening_time})));
  must_append(other.run(purchase({.order = "o4", .member = "carol", .at = opening_time})));
  CHECK(first_purchases() == std::vector<std::string>{"o2", "o4"});
}
