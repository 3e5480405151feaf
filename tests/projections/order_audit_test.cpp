#include "projections/order_audit.hpp"

#include "tests/projections/live_books.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

OrderAudit audited(ShopBooks& books, const AsOf& as_of = {}, const std::string& order = "o1") {
  return audit_order(books.store(), {order}, as_of).value();
}

/// `order/o1 OrderPlaced`: what the log holds at a position.
std::string event_at(ShopBooks& books, Position position) {
  const auto event = upline::eventstore::decode(books.store().read_one(position).value());
  return to_text(event.stream) + ' ' + std::string(upline::eventstore::format_of(event.event).name);
}

std::string event_at(ShopBooks& books, const std::optional<Position>& position) {
  return position ? event_at(books, *position) : std::string("none");
}

Lines rests_on(ShopBooks& books, const OrderAudit& audit) {
  Lines lines;
  Position last{};
  for (const auto& event : audit.rests_on) {
    CHECK(event.position > last);
    last = event.position;
    lines.push_back(to_text(event.stream) + ' ' + std::string(event.type));
    CHECK(lines.back() == event_at(books, event.position));
  }
  return lines;
}

}  // namespace

TEST_CASE("an order's audit names every event that it rests on", "[audit]") {
  ExampleBooks books;
  books.append(suspend("bob"));
  books.append(purchase({.order = "o1"}));
  books.append(refund("r1", "o1", 500));
  books.append(refund("r2", "o1", 499));
  const auto audit = audited(books);
  CHECK(rests_on(books, audit) ==
        Lines{"plan/standard PlanPublished",      "policy DefaultPlanChosen",         "product/game ProductAdded",
              "member/alice MemberEnrolled",      "member/bob MemberEnrolled",        "member/carol MemberEnrolled",
              "member/dave MemberEnrolled",       "member/bob MemberSuspended",       "order/o1 OrderPlaced",
              "order/o1 PaymentReceived",         "order/o1 KeysDelivered",           "order/o1 CommissionForfeited",
              "account/carol CommissionAccrued",  "account/alice CommissionAccrued",  "order/o1 OrderRefunded",
              "account/carol CommissionReversed", "account/alice CommissionReversed", "order/o1 OrderRefunded",
              "account/carol CommissionReversed", "account/alice CommissionReversed"});
  CHECK(event_at(books, audit.product_position) == "product/game ProductAdded");
  CHECK(event_at(books, audit.plan->published_by) == "plan/standard PlanPublished");
  CHECK(event_at(books, audit.plan->chosen_by) == "policy DefaultPlanChosen");
  CHECK(audit.plan->is_default);
  CHECK_FALSE(audit.chain_ends_with);  // the plan reaches no further than alice
}

TEST_CASE("the plan and the version are those of the payment, and who chose them", "[audit]") {
  ExampleBooks books;
  books.append(publish("special", {300}));
  books.append(AssignPlan{{"game"}, {"special"}, may(1)});
  const auto assigned = books.head();
  books.append(publish("special", {400}));
  const auto published = books.head();
  books.append(purchase({.order = "o1"}));
  books.append(publish("special", {500}));
  books.append(AssignPlan{{"game"}, {"standard"}, may(1)});
  books.append(publish("fresh", {1}));
  books.append(choose_default("fresh"));
  const auto audit = audited(books);
  CHECK(audit.plan->plan == PlanId{"special"});
  CHECK(audit.plan->version == PlanVersion{2});
  CHECK(audit.plan->published_by == published);
  CHECK(audit.plan->chosen_by == assigned);
  CHECK_FALSE(audit.plan->is_default);
}

TEST_CASE("each member of the frozen chain has the standing of the delivery, and the event behind it", "[audit]") {
  ExampleBooks books;
  books.append(suspend("alice"));
  books.append(ResumeMember{{"alice"}, may(1)});
  const auto resumed = books.head();
  books.append(suspend("bob"));
  books.append(CloseMember{{"bob"}, "for good", may(1)});
  const auto closed = books.head();
  books.append(purchase({.order = "o1"}));
  books.append(suspend("carol"));
  books.append(CloseMember{{"alice"}, "for good", may(9)});
  const auto levels = audited(books).levels;
  REQUIRE(levels.size() == 3);
  CHECK(levels[0].standing == Standing::active);
  CHECK(event_at(books, levels[0].standing_by) == "member/carol MemberEnrolled");
  CHECK(levels[1].outcome == LevelOutcome::forfeited);
  CHECK(levels[1].forfeit_reason == ForfeitReason::closed);
  CHECK(levels[1].standing == Standing::closed);
  CHECK(levels[1].standing_by == closed);
  CHECK(levels[2].standing == Standing::active);
  CHECK(levels[2].standing_by == resumed);
}

TEST_CASE("where nobody stands above, the audit names the enrolment that shows it", "[audit]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1", .member = "bob"}));
  books.append(purchase({.order = "o2", .member = "alice"}));
  CHECK(audited(books).levels.size() == 1);
  CHECK(event_at(books, audited(books).chain_ends_with) == "member/alice MemberEnrolled");
  CHECK(audited(books, {}, "o2").levels.empty());
  CHECK(event_at(books, audited(books, {}, "o2").chain_ends_with) == "member/alice MemberEnrolled");
}

TEST_CASE("a refund leaves each level its target, also where nothing is taken back", "[audit]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1"}));
  books.append(refund("r1", "o1", 1));
  books.append(refund("r2", "o1", 499));
  const auto told = [](const AuditedLevel& level) {
    Lines lines;
    for (const auto& r : level.reversals) {
      lines.push_back(fmt::format("{} target {} takes {} {}", r.refund.value, r.target.value, r.amount.value,
                                  r.position && r.available_at ? "there" : "nowhere"));
    }
    return lines;
  };
  const auto levels = audited(books).levels;
  REQUIRE(levels.size() == 3);
  CHECK(told(levels[0]) == Lines{"r1 target 99 takes 0 nowhere", "r2 target 49 takes 50 there"});
  CHECK(told(levels[1]) == Lines{"r1 target 49 takes 0 nowhere", "r2 target 24 takes 25 there"});
  CHECK(told(levels[2]) == Lines{"r1 target 24 takes 0 nowhere", "r2 target 12 takes 12 there"});
  CHECK(levels[0].kept == Minor{49});
  CHECK(levels[0].rounded_off_ten_thousandths == 9000);
}

TEST_CASE("an audit as of a moment knows nothing of what came later", "[audit]") {
  ExampleBooks books;
  const auto before = books.head();
  books.append(purchase({.order = "o1", .at = may(2)}));
  const auto sold = books.head();
  books.append(refund("r1", "o1", 999, may(5)));
  const auto as_of = [&](Position position) { return books.models().as_of(position); };
  CHECK_FALSE(audit_order(books.store(), {"o1"}, as_of(before)));
  CHECK_FALSE(audit_order(books.store(), {"o1"}, at(may(1))));
  for (const auto& moment : {as_of(sold), at(may(4))}) {
    const auto audit = audited(books, moment);
    CHECK(audit.refunds.empty());
    CHECK(audit.commission_kept == audit.commission_earned);
    CHECK(audit.rests_on.back().position == sold);
  }
  CHECK(audited(books, at(may(5))).refunds.size() == 1);

  const auto placed = audited(books, as_of({before.value + 1}));
  CHECK_FALSE(placed.paid_position);
  CHECK_FALSE(placed.plan);
  const auto paid = audited(books, as_of({before.value + 2}));
  REQUIRE(paid.levels.size() == 3);
  CHECK_FALSE(paid.delivered_position);
  CHECK(paid.levels[0].outcome == LevelOutcome::waiting);
  CHECK(paid.levels[0].rate.value == 1000);
  CHECK(paid.levels[0].base == Minor{999});
  CHECK(paid.levels[0].rounded_off_ten_thousandths == 0);
}

namespace {

/// `p1 500 in-part`.
Lines payments(const OrderAudit& audit) {
  Lines lines;
  for (const auto& paid : audit.payments) {
    lines.push_back(fmt::format("{} {} {}", paid.payment.payment.value().value, paid.payment.amount.value,
                                paid.note == PaymentNote::none ? "counts" : name(paid.note)));
  }
  return lines;
}

Minor owed(const OrderAudit& audit, const std::string& currency = "CNY") { return owed_back(audit).at({currency}); }

}  // namespace

TEST_CASE("an audit tells each payment, why it counted or did not, and what is owed back", "[audit]") {
  LiveBooks books;
  books.place("o1");
  CHECK(audited(books).placed.expires_at);
  CHECK(state_name(facts_of(audited(books))) == "placed");
  books.pay("p1", "o1", 500);
  CHECK(state_name(facts_of(audited(books))) == "underpaid");
  books.pay("p2", "o1", 7, "USD");
  books.pay("p3", "o1", 600);
  const auto paid = audited(books).paid_position.value();
  books.pay("p4", "o1", 999);
  books.give_back("w1", "o1", 1000);
  books.shop().run(PayOrder{{"p1"}, {"o1"}, {501}, {"CNY"}, "alipay", may(2)});
  const auto audit = audited(books);
  CHECK(payments(audit) == Lines{"p1 500 in-part", "p2 7 other-currency", "p3 600 counts", "p4 999 second"});
  CHECK(event_at(books, paid) == "order/o1 PaymentReceived");
  CHECK(audit.paid_position == paid);
  CHECK(owed(audit) == Minor{100});
  CHECK(owed(audit, "USD") == Minor{7});
  REQUIRE(audit.returns.size() == 1);
  CHECK(event_at(books, audit.returns[0].position) == "order/o1 PaymentReturned");
  REQUIRE(audit.mismatches.size() == 1);
  CHECK(audit.mismatches[0].event.amount == Minor{501});
  CHECK(rests_on(books, audit).back() == "order/o1 PaymentMismatched");
  CHECK(state_name(facts_of(audit)) == "delivered");
}

TEST_CASE("an audit tells of the expiry, the late payment, the wait for stock and the delivery that ended it",
          "[audit]") {
  LiveBooks books;
  books.place("o1");
  books.wait_until(may(3));
  books.sell_out();
  books.pay("p1", "o1", 999);
  const auto waiting = audited(books);
  CHECK(payments(waiting) == Lines{"p1 999 late"});
  CHECK(event_at(books, waiting.ended->position) == "order/o1 OrderExpired");
  CHECK(waiting.ended->how == Ending::expired);
  CHECK(event_at(books, waiting.waited->position) == "order/o1 StockAwaited");
  CHECK_FALSE(waiting.waited->ended_by);
  CHECK(awaiting_stock(facts_of(waiting)) == Minor{999});
  REQUIRE(waiting.levels.size() == 3);
  CHECK(waiting.levels[0].outcome == LevelOutcome::waiting);
  books.append(import_keys("game", "b2"), secrets_of("b2", 2));
  const auto delivered = audited(books);
  CHECK(delivered.waited->ended_by == delivered.delivered_position);
  CHECK(delivered.levels[0].outcome == LevelOutcome::earned);
  CHECK(state_name(facts_of(delivered)) == "delivered");
}

TEST_CASE("an order that is refunded while it waits earns nobody anything", "[audit]") {
  LiveBooks books;
  books.place("o1");
  books.wait_until(may(3));
  books.sell_out();
  books.pay("p1", "o1", 999);
  books.append(refund("r1", "o1", 400, may(3)));
  CHECK(audited(books).levels[0].base == Minor{599});
  CHECK(audited(books).levels[0].outcome == LevelOutcome::waiting);
  books.append(refund("r2", "o1", 599, may(3)));
  const auto audit = audited(books);
  CHECK(event_at(books, audit.waited->ended_by) == "order/o1 StockNoLongerAwaited");
  CHECK(audit.levels[0].outcome == LevelOutcome::nothing);
  CHECK(state_name(facts_of(audit)) == "refunded");
}

TEST_CASE("what rounds a level down to nothing is the amount of the delivery, whatever is refunded later", "[audit]") {
  ExampleBooks books;
  books.append(publish("standard", {1000, 1}));
  books.append(purchase({.order = "o1"}));
  books.append(refund("r1", "o1", 400));
  const auto audit = audited(books);
  REQUIRE(audit.levels.size() == 2);
  const auto& silent = audit.levels[1];
  CHECK(silent.outcome == LevelOutcome::nothing);
  CHECK(silent.rate.value == 1);
  CHECK(silent.base == Minor{999});
  CHECK(silent.rounded_off_ten_thousandths == 999);
}

TEST_CASE("an order that is paid in parts is paid when the last of them was made, whichever came last", "[audit]") {
  LiveBooks books;
  constexpr std::int64_t one_minute = 60 * microseconds_per_second;
  const auto early = books.clock() + Duration{one_minute};
  const auto late = books.clock() + Duration{5 * one_minute};
  books.place("o1");
  books.wait_until(late);
  books.pay("p1", "o1", 500);
  books.append(PayOrder{{"p2"}, {"o1"}, {499}, {"CNY"}, "alipay", early});
  CHECK(audited(books).paid_at == late);
  CHECK(audited(books, at(late)).paid_position == audited(books).paid_position);
  const auto before = audited(books, at(early));
  CHECK(payments(before) == Lines{"p2 499 counts"});
  CHECK_FALSE(before.paid_position);
}

TEST_CASE("an audit tells of a cancellation, and of what came after it", "[audit]") {
  LiveBooks books;
  books.place("o1");
  books.append(CancelOrder{{"o1"}, "changed their mind", may(2)});
  books.pay("p1", "o1", 999);
  const auto audit = audited(books);
  CHECK(audit.ended->reason == "changed their mind");
  CHECK(audit.ended->freed == Quantity{1});
  CHECK(payments(audit) == Lines{"p1 999 after-cancelling"});
  CHECK(owed(audit) == Minor{999});
  CHECK(state_name(facts_of(audit)) == "cancelled");
}

TEST_CASE("an audit tells of keys that were replaced and revoked, and of a chargeback", "[audit]") {
  LiveBooks books;
  books.append(purchase({.order = "o1", .quantity = 2}));
  books.append(ReplaceKey{{"o1"}, 2, "used already", may(2)});
  books.append(RefundOrder{.refund = {"r1"},
                           .order = {"o1"},
                           .amount = {999},
                           .reason = "stolen card",
                           .kind = RefundKind::chargeback,
                           .revoke_keys = true,
                           .occurred_at = may(2)});
  const auto audit = audited(books);
  CHECK(audit.keys == std::vector<KeyRange>{{1, 2}});
  REQUIRE(audit.replaced.size() == 1);
  CHECK(audit.replaced[0].event.old_key == 2);
  CHECK(audit.replaced[0].event.new_key == 3);
  CHECK(audit.revoked->event.keys == std::vector<KeyRange>{{1, 1}, {3, 1}});
  CHECK(audit.refunds[0].kind == RefundKind::chargeback);
  CHECK(event_at(books, audit.revoked->position) == "order/o1 DeliveredKeysRevoked");
}

TEST_CASE("a first purchase that binds says so, and the chain rests on it", "[audit]") {
  LiveBooks books;
  books.append(
      ChangeReferralPolicy{.binds = BindingRule::at_first_purchase, .reason = "as agreed", .occurred_at = may(1)});
  books.append(EnrolMember{.member = {"erin"}, .referrer = MemberId{"carol"}, .occurred_at = may(1, 20)});
  books.append(purchase({.order = "o1", .member = "erin", .at = may(2)}));
  books.append(purchase({.order = "o2", .member = "erin", .at = may(2)}));
  const auto audit = audited(books);
  REQUIRE(audit.bound_referrer);
  CHECK(audit.bound_referrer->referrer == MemberId{"carol"});
  CHECK(event_at(books, audit.bound_referrer->position) == "member/erin ReferrerBound");
  CHECK(audit.levels[0].bound_by == audit.bound_referrer->position);
  CHECK_FALSE(audited(books, {}, "o2").bound_referrer);
}

TEST_CASE("a member who was bound by hand just before the first purchase was not bound by it", "[audit]") {
  LiveBooks books;
  books.append(enrol("erin"));
  books.append(BindReferrer{{"erin"}, {"carol"}, may(2)});
  books.append(purchase({.order = "o1", .member = "erin", .at = may(2)}));
  CHECK_FALSE(audited(books).bound_referrer);
  CHECK(event_at(books, audited(books).levels[0].bound_by) == "member/erin ReferrerBound");
}

TEST_CASE("the chain of an order rests on the move that made it so", "[audit]") {
  LiveBooks books;
  books.append(MoveMember{{"dave"}, {"alice"}, "asked for it", may(2)});
  const auto moved = books.head();
  books.append(purchase({.order = "o1", .at = may(2)}));
  books.append(MoveMember{{"dave"}, {"bob"}, "asked again", may(2)});
  const auto audit = audited(books);
  REQUIRE(audit.levels.size() == 1);
  CHECK(audit.levels[0].member == MemberId{"alice"});
  CHECK(audit.levels[0].bound_by == moved);
}
