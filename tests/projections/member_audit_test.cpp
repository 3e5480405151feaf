#include "projections/member_audit.hpp"

#include "tests/projections/shop_books.hpp"

#include <optional>
#include <string>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

MemberAudit audited(ShopBooks& books, const std::string& member, const AsOf& as_of = {}) {
  return audit_member(books.store(), books.now().balances(), {member}, as_of).value();
}

}  // namespace

TEST_CASE("each entry names the delivery, the plan version and the refund that it rests on", "[audit]") {
  ExampleBooks books;
  books.append(publish("standard", {1000, 500, 200}));
  const auto published = books.head();
  books.append(publish("standard", {10}));  // a later version, and an older one before: neither is chosen
  books.append(publish("standard", {1000, 500, 200}));
  const auto newest = books.head();
  REQUIRE(newest > published);
  const auto first = books.head();
  books.append(purchase({.order = "o1"}));
  const auto sold = books.head();
  books.append(refund("r1", "o1", 500));
  const Position refunded{sold.value + 1};
  const auto audit = audited(books, "carol");
  REQUIRE(audit.entries.size() == 2);
  for (const auto& entry : audit.entries) {
    CHECK(entry.sale.order == OrderId{"o1"});
    CHECK(entry.sale.buyer == MemberId{"dave"});
    CHECK(entry.sale.delivered_by == Position{first.value + 3});
    CHECK(entry.sale.published_by == newest);
    CHECK(entry.sale.plan_version == PlanVersion{4});
    CHECK(entry.plan() == PlanId{"standard"});
  }
  const auto& accrual = audit.entries[0];
  CHECK(accrual.accrued);
  CHECK(accrual.rounded_off_ten_thousandths == 9000);
  CHECK_FALSE(accrual.refunded_by);
  CHECK_FALSE(accrual.takes_back);
  const auto& reversal = audit.entries[1];
  CHECK(reversal.reversed);
  CHECK(reversal.refunded_by == refunded);
  CHECK(reversal.takes_back == accrual.position);
}

TEST_CASE("a member's audit lists what was forfeited, and why", "[audit]") {
  ExampleBooks books;
  books.append(suspend("bob"));
  const auto suspended = books.head();
  books.append(purchase({.order = "o1", .at = may(2)}));
  const auto sold = books.head();
  books.append(CloseMember{{"bob"}, "for good", may(3)});
  const auto closed = books.head();
  books.append(purchase({.order = "o2", .member = "carol", .product = "course", .at = may(4)}));
  const auto audit = audited(books, "bob");
  CHECK(audit.standing == Standing::closed);
  CHECK(audit.standing_by == closed);
  CHECK(audit.entries.empty());
  REQUIRE(audit.forfeits.size() == 2);
  const auto& first = audit.forfeits[0];
  CHECK(first.forfeited.reason == ForfeitReason::suspended);
  CHECK(first.forfeited.amount == Minor{49});
  CHECK(first.forfeited.level == Level{2});
  CHECK(first.standing_by == suspended);
  CHECK(first.sale.order == OrderId{"o1"});
  CHECK(first.sale.buyer == MemberId{"dave"});
  CHECK(first.sale.delivered_by == Position{first.position.value - 1});
  CHECK(first.sale.published_by);
  CHECK(first.occurred_at == may(2));
  CHECK(first.rounded_off_ten_thousandths == 9500);
  CHECK(audit.forfeits[1].forfeited.reason == ForfeitReason::closed);
  CHECK(audit.forfeits[1].standing_by == closed);
  CHECK(audit.sums.at({"CNY"}).forfeited == Minor{49 + 99});
  CHECK(audit.sums.at({"CNY"}).earned == Minor{0});

  for (const auto& moment : {at(may(2)), books.models().as_of(sold)}) {
    const auto then = audited(books, "bob", moment);
    CHECK(then.forfeits.size() == 1);
    CHECK(then.standing == Standing::suspended);
    CHECK(then.standing_by == suspended);
  }
}

TEST_CASE("a member's audit as of a moment knows nothing of what came later", "[audit]") {
  ExampleBooks books;
  books.append(enrol("late"));
  const auto enrolled = books.head();
  books.append(bind("late", "alice"));
  books.append(purchase({.order = "o1", .at = may(2)}));
  books.append(refund("r1", "o1", 500, may(5)));
  books.now();
  CHECK(audited(books, "carol", at(may(4))).entries.size() == 1);
  CHECK(audited(books, "carol", at(may(4))).sums.at({"CNY"}).reversed == Minor{0});
  CHECK(audited(books, "carol", books.models().as_of(enrolled)).entries.empty());
  CHECK_FALSE(audited(books, "late", books.models().as_of(enrolled)).referrer);
  CHECK(audited(books, "late").referrer == MemberId{"alice"});
  CHECK_FALSE(
      audit_member(books.store(), books.now().balances(), {"late"}, books.models().as_of({enrolled.value - 1})));
  CHECK_FALSE(audit_member(books.store(), books.now().balances(), {"nobody"}));
}

TEST_CASE("a moved member's audit tells of each move, and a chargeback is called one", "[audit]") {
  ExampleBooks books;
  books.append(purchase({.order = "o1"}));
  books.append(RefundOrder{
      .refund = {"r1"}, .order = {"o1"}, .amount = {999}, .kind = RefundKind::chargeback, .occurred_at = may(3)});
  books.append(MoveMember{{"carol"}, {"alice"}, "asked for it", may(4)});
  const auto moved = books.head();
  const auto audit = audit_member(books.store(), books.now().balances(), {"carol"}).value();
  CHECK(audit.referrer == MemberId{"alice"});
  CHECK(audit.bound_by == moved);
  REQUIRE(audit.moves.size() == 1);
  CHECK(audit.moves[0].from == MemberId{"bob"});
  CHECK(audit.moves[0].reason == "asked for it");
  CHECK(audit.entries.back().refund_kind == RefundKind::chargeback);
  CHECK(audit_member(books.store(), books.models().balances(), {"carol"}, at(may(3)))->moves.empty());
}
