#include "projections/order_audit.hpp"

#include "tests/projections/shop_books.hpp"

#include <map>
#include <set>
#include <string>

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
