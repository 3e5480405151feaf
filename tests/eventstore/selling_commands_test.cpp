// Every command of live selling, from request to log: accepted, sent again, and refused.
#include "eventstore/stream_states.hpp"
#include "tests/eventstore/selling.hpp"

#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

using Names = std::vector<std::string>;

constexpr const char* appended_before = "";  // what a repetition is told where it is no refusal

struct Step {
  Command command;
  Names appended;
  std::string again{appended_before};
  std::vector<std::string> secrets{};
};

Fingerprint some_visitor() {
  Fingerprint print;
  for (std::size_t i = 0; i < print.bytes.size(); ++i) print.bytes[i] = static_cast<std::uint8_t>(0xa0 + i);
  return print;
}

std::vector<Step> steps_of_policies_and_products() {
  const Duration week = days(7);
  return {
      {ChangeReferralPolicy{.click_window = week, .reason = "as agreed", .occurred_at = opening_time},
       {"policy ReferralPolicyChanged"}},
      {ChangeReservationPolicy{.open_per_buyer = 4, .reason = "they are patient", .occurred_at = opening_time},
       {"policy ReservationPolicyChanged"}},
      {RepriceProduct{{"game"}, {1099}, opening_time}, {"product/game ProductRepriced"}},
      {RetireProduct{{"course"}, "no more", opening_time}, {"product/course ProductRetired"}},
      {RelistProduct{{"course"}, opening_time}, {"product/course ProductRelisted"}},
      {limit_purchases("game", 5), {"product/game PurchasesLimited"}},
      {SetLowStockLevel{{"game"}, 2, opening_time}, {"product/game LowStockLevelSet"}},
      {MoveMember{{"dave"}, {"bob"}, "was bound wrongly", opening_time}, {"member/dave MemberMoved"}},
  };
}

std::vector<Step> steps_of_orders() {
  return {
      {place({.order = "o1", .quantity = 2}), {"order/o1 OrderPlaced"}},
      {pay("p1", "o1", 1000), {"order/o1 PaymentReceived"}},
      {pay("p2", "o1", 1198),
       {"order/o1 PaymentReceived", "order/o1 KeysDelivered", "account/bob CommissionAccrued",
        "account/alice CommissionAccrued"}},
      {pay("p3", "o1", 500), {"order/o1 PaymentReceived"}},
      {ReturnPayment{{"back-1"}, {"o1"}, {500}, {"CNY"}, "alipay", opening_time}, {"order/o1 PaymentReturned"}},
      {ReplaceKey{{"o1"}, 1, "used before", opening_time}, {"order/o1 KeyReplaced"}},
      {RefundOrder{.refund = {"cb-1"},
                   .order = {"o1"},
                   .amount = {2198},
                   .reason = "stolen card",
                   .kind = RefundKind::chargeback,
                   .revoke_keys = true,
                   .occurred_at = opening_time},
       {"order/o1 OrderRefunded", "account/bob CommissionReversed", "account/alice CommissionReversed",
        "order/o1 DeliveredKeysRevoked"}},
      {place("o2"), {"order/o2 OrderPlaced"}},
      {cancel("o2"), {"order/o2 OrderCancelled"}},
      {place({.order = "v1", .product = "visit"}), {"order/v1 OrderPlaced"}},
      {pay("p4", "v1"), {"order/v1 PaymentReceived"}},
      {deliver("v1"), {"order/v1 OrderDelivered", "account/bob CommissionAccrued", "account/alice CommissionAccrued"}},
  };
}

std::vector<Step> steps_of_keys() {
  return {
      {import_keys("game", "b2", false), {"pool/game KeysImported"}, "duplicate_key", secrets_of("b2", 3)},
      {release_keys("game", "b2", may(3)), {"pool/game ReleaseScheduled"}},
      {release_keys("game", "b2"), {"pool/game KeysReleased", "pool/game ScheduleEnded"}, "no_unreleased_keys"},
      {withdraw_keys("game", "b2"), {"pool/game KeysWithdrawn"}, "keys_not_there"},
      {RevokeKeys{{"game"}, {"b2"}, "leaked", opening_time}, {"pool/game KeysRevoked"}, "keys_not_there"},
  };
}

std::vector<Step> steps_of_selling(EventStore& store) {
  auto steps = steps_of_policies_and_products();
  steps.push_back({RecordClick{some_visitor(), code_of(store, "alice"), opening_time},
                   {"visitor/a0a1a2a3a4a5a6a7a8a9aaabacadaeaf LinkClicked"}});
  for (auto& step : steps_of_orders()) steps.push_back(std::move(step));
  for (auto& step : steps_of_keys()) steps.push_back(std::move(step));
  return steps;
}

struct Refused {
  Command command;
  std::string code;
};

void check_refusals(SellingShop& shop, const std::vector<Refused>& list) {
  const auto head = shop.store().head().position;
  for (const auto& [command, code] : list) {
    INFO("command " << command.index() << ", to be refused as " << code);
    CHECK(refusal(shop.run(command)) == code);
    CHECK(refusal(shop.fresh().run(command)) == code);
  }
  CHECK(shop.store().head().position == head);
}

}  // namespace

TEST_CASE("every command of live selling appends its events, and appends nothing when it is sent again", "[selling]") {
  SellingShop shop;
  for (const auto& step : steps_of_selling(shop.store())) {
    INFO(step.appended.front());
    const auto outcome = shop.run(step.command, {}, step.secrets);
    CHECK(appended_by(shop.store(), outcome) == step.appended);
    CHECK(outcome.last == shop.store().head().position);

    const auto commits = shop.process().handler().commits();
    const auto again = shop.run(step.command, {}, step.secrets);
    CHECK(again.answer == (step.again.empty() ? Answer::already_there : Answer::rejected));
    CHECK(refusal(again) == step.again);
    CHECK(shop.process().handler().commits() == commits);
  }
}

TEST_CASE("every command of live selling does the same from a process of its own, and is known again by its id",
          "[selling]") {
  SellingShop shop;
  struct Done {
    Step step;
    std::string id;
    Outcome outcome;
  };
  std::vector<Done> all;
  for (const auto& step : steps_of_selling(shop.store())) {
    INFO(step.appended.front());
    const auto id = "command-" + std::to_string(all.size());
    auto process = shop.fresh();
    const auto outcome = process.run(step.command, id, step.secrets);
    CHECK(appended_by(process.store(), outcome) == step.appended);
    all.push_back({step, id, outcome});
  }
  const auto head = shop.store().head().position;
  auto later = shop.fresh();
  for (const auto& done : all) {
    INFO(done.step.appended.front());
    for (auto* process : {&later, &shop.process()}) {
      const auto again = process->run(done.step.command, done.id, done.step.secrets);
      CHECK(again.answer == Answer::repeated);
      CHECK(again.first == done.outcome.first);
      CHECK(again.last == done.outcome.last);
      CHECK(refusal(process->run(cancel("another"), done.id)) == "command_id_reused");
    }
  }
  CHECK(shop.store().head().position == head);
}

TEST_CASE("a command without a time of its own happens when it is recorded, and is known again at any time",
          "[selling]") {
  SellingShop shop;
  const auto run = [&](Command command, std::string id) {
    const std::vector<Request> requests{{.command = std::move(command),
                                         .command_id = std::move(id),
                                         .secrets = {"a key"},  // of the import; no other command looks at it
                                         .dated = false}};
    return shop.process().handler().execute(requests).front();
  };
  must_append(run(place({.order = "o1", .at = {}}), "place"));
  const auto placed = decode(shop.store().read_stream("order/o1").front());
  CHECK(placed.occurred_at == opening_time);
  CHECK(std::get<OrderPlaced>(placed.event).expires_at == opening_time + minutes(10));
  shop.clock().now = opening_time + minutes(1);
  CHECK(run(place({.order = "o1", .at = may(31)}), "place").answer == Answer::repeated);
  CHECK(run(place("o1"), "").answer == Answer::already_there);
  CHECK(refusal(shop.run(place("o1"), "place")) == "command_id_reused");  // this one has a time

  must_append(run(purchase({.order = "o2", .at = {}}), ""));
  must_append(run(refund("r1", "o2", 1, {}), ""));
  must_append(run(enrol("erin", "dave"), ""));
  must_append(run(import_keys("game", "b2"), "import"));
  shop.clock().now = opening_time + minutes(2);
  CHECK(run(purchase({.order = "o2", .at = {}}), "").answer == Answer::already_there);
  CHECK(run(refund("r1", "o2", 1, {}), "").answer == Answer::already_there);
  CHECK(run(enrol("erin", "dave"), "").answer == Answer::already_there);
  CHECK(refusal(shop.run(purchase({.order = "o2", .at = may(2, 11)}))) == "conflict");
}

TEST_CASE("placing is refused for whom, what and how many cannot be sold", "[selling]") {
  SellingShop shop;
  must_append(shop.run(RetireProduct{{"course"}, "", opening_time}));
  must_append(shop.run(CloseMember{{"carol"}, "asked for it", opening_time}));
  must_append(shop.run(place("o1")));
  check_refusals(shop, {{place({.order = "o1", .quantity = 2}), "conflict"},
                        {place({.order = "o1", .member = "alice"}), "conflict"},
                        {place("no id"), "invalid_id"},
                        {place({.order = "o2", .member = "nobody"}), "unknown_member"},
                        {place({.order = "o2", .member = "carol"}), "member_closed"},
                        {place({.order = "o2", .product = "nothing"}), "unknown_product"},
                        {place({.order = "o2", .product = "course"}), "product_retired"},
                        {place({.order = "o2", .quantity = 0}), "invalid_quantity"},
                        {place({.order = "o2", .quantity = 10}), "out_of_stock"},
                        {place({.order = "o2", .at = may(3)}), "occurred_in_future"}});
}

TEST_CASE("paying, cancelling and delivering are refused for orders that are not theirs to have", "[selling]") {
  SellingShop shop;
  must_append(shop.run(place("open")));
  must_append(shop.run(place("gone")));
  must_append(shop.run(cancel("gone")));
  must_append(shop.run(place({.order = "visit", .product = "visit"})));
  must_append(shop.run(pay("p1", "visit")));
  must_append(shop.run(refund("r1", "visit", 999, opening_time)));
  must_append(shop.run(purchase({.order = "sold", .at = opening_time})));
  check_refusals(shop, {{pay("p2", "nowhere"), "unknown_order"},
                        {pay("no id", "open"), "invalid_id"},
                        {pay("p2", "open", 0), "invalid_amount"},
                        {pay("p2", "open", 999, opening_time, "yuan"), "invalid_currency"},
                        {PayOrder{{"p2"}, {"open"}, {1}, {"CNY"}, "a\nb", opening_time}, "invalid_text"},
                        {cancel("nowhere"), "unknown_order"},
                        {cancel("visit"), "already_paid"},
                        {cancel("sold"), "already_paid"},
                        {CancelOrder{{"open"}, "a\nb", opening_time}, "invalid_text"},
                        {deliver("nowhere"), "unknown_order"},
                        {deliver("open"), "not_paid"},
                        {deliver("gone"), "not_paid"},
                        {deliver("visit"), "order_refunded"},
                        {refund("r2", "open", 1, opening_time), "not_paid"},
                        {refund("r2", "visit", 1, opening_time), "refund_too_large"}});
}

TEST_CASE("returning a payment, replacing a key and moving keys are refused where there is nothing to do it with",
          "[selling]") {
  SellingShop shop;
  must_append(shop.run(place("open")));
  must_append(shop.run(purchase({.order = "sold", .at = opening_time})));
  must_append(shop.run(pay("p1", "sold", 100)));
  const auto give_back = [](std::string order, std::int64_t amount, std::string currency = "CNY") {
    return Command{ReturnPayment{{"b1"}, {std::move(order)}, {amount}, {std::move(currency)}, "", opening_time}};
  };
  const auto replace = [](std::string order, std::uint64_t key, std::string reason = "bad") {
    return Command{ReplaceKey{{std::move(order)}, key, std::move(reason), opening_time}};
  };
  check_refusals(shop, {{give_back("nowhere", 1), "unknown_order"},
                        {give_back("sold", 0), "invalid_amount"},
                        {give_back("sold", 101), "return_too_large"},
                        {give_back("sold", 1, "USD"), "nothing_owed"},
                        {give_back("open", 1), "nothing_owed"},
                        {replace("nowhere", 1), "unknown_order"},
                        {replace("open", 1), "key_not_held"},
                        {replace("sold", 2), "key_not_held"},
                        {replace("sold", 1, ""), "reason_missing"},
                        {release_keys("game", "b9"), "no_unreleased_keys"},
                        {withdraw_keys("game", "b9"), "keys_not_there"},
                        {withdraw_keys("course", "b1"), "not_key_product"},
                        {limit_purchases("game", 0), "invalid_limit"}});
}

TEST_CASE("a click is recorded once a day for a visitor and a link, and refused for a link that leads nowhere",
          "[selling]") {
  SellingShop shop;
  const auto click = [&](const std::string& visitor, const ReferralCode& code, Timestamp at) {
    const std::vector<Request> requests{{.command = RecordClick{{}, code, at}, .visitor = visitor}};
    return shop.process().handler().execute(requests).front();
  };
  const auto alice = code_of(shop.store(), "alice");
  const auto bob = code_of(shop.store(), "bob");
  CHECK(click("v1", alice, may(1)).answer == Answer::appended);
  CHECK(click("v1", alice, may(1, 20)).answer == Answer::already_there);
  CHECK(click("v1", bob, may(1, 21)).answer == Answer::appended);
  CHECK(click("v1", alice, may(2)).answer == Answer::appended);
  CHECK(click("v2", alice, may(2)).answer == Answer::appended);
  CHECK(refusal(click("v2", {"2222222"}, may(2))) == "unknown_referrer");
  must_append(shop.run(CloseMember{{"bob"}, "asked for it", opening_time}));
  CHECK(refusal(click("v2", bob, may(2))) == "referrer_closed");
}

TEST_CASE("who enrols without a word on it comes under the link that was clicked last", "[selling]") {
  SellingShop shop;
  const auto enrol_visitor = [](ShopProcess& process, const std::string& member, const std::string& visitor) {
    const std::vector<Request> requests{
        {.command = EnrolMember{.member = {member}, .occurred_at = opening_time}, .visitor = visitor}};
    return process.handler().execute(requests).front();
  };
  const auto click = [&](const std::string& visitor, const std::string& referrer, Timestamp at) {
    const std::vector<Request> requests{
        {.command = RecordClick{{}, code_of(shop.store(), referrer), at}, .visitor = visitor}};
    must_append(shop.process().handler().execute(requests).front());
  };
  const auto referrer_of = [&](const std::string& member) {
    return std::get<EnrolledMember>(read_member(shop.store(), {member})).referrer;
  };
  click("v1", "alice", may(1));
  click("v1", "bob", may(2, 1));
  click("v2", "carol", may(1));
  auto fresh = shop.fresh();
  must_append(enrol_visitor(fresh, "erin", "v1"));
  must_append(enrol_visitor(shop.process(), "frank", "v2"));
  must_append(enrol_visitor(shop.process(), "gina", "v3"));
  CHECK(referrer_of("erin") == MemberId{"bob"});
  CHECK(referrer_of("frank") == MemberId{"carol"});
  CHECK(!referrer_of("gina").has_value());
  click("v1", "carol", may(2, 11));
  CHECK(enrol_visitor(shop.process(), "erin", "v1").answer == Answer::already_there);
  CHECK(refusal(enrol_visitor(shop.process(), "erin", "v2")) == "conflict");
}
