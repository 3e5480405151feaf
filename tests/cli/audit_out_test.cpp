// What an import cannot bring about yet: forfeits, fixed amounts, orders that wait. The rest is in the transcripts.

#include "cli/member_audit_out.hpp"
#include "cli/order_audit_out.hpp"
#include "projections/member_audit_json.hpp"
#include "projections/order_audit_json.hpp"

#include <sstream>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace upline;
using projections::AuditedLevel;
using projections::AuditedPlan;
using projections::LevelOutcome;
using projections::MemberAudit;
using projections::OrderAudit;
using projections::PaymentNote;
using projections::Position;

namespace {

int two_decimals(const domain::Currency& /*currency*/) { return 2; }

domain::Timestamp moment(const char* text) { return domain::parse_rfc3339(text).value(); }

std::string told(const OrderAudit& audit) {
  std::ostringstream out;
  cli::print_order_audit(out, audit, two_decimals);
  return out.str();
}

std::string told(const MemberAudit& audit) {
  std::ostringstream out;
  cli::print_member_audit(out, audit, two_decimals);
  return out.str();
}

OrderAudit placed_order() {
  return {
      .order = {"o1"},
      .placed = {.member = {"dave"}, .product = {"game"}, .quantity = {2}, .amount_due = {1998}, .currency = {"CNY"}},
      .product_title = "游戏",
      .product_position = Position{6},
      .placed_position = {10},
      .placed_at = moment("2024-05-01T12:00:00Z")};
}

OrderAudit paid_order() {
  auto audit = placed_order();
  audit.paid_position = Position{11};
  audit.paid_at = moment("2024-05-01T12:01:00Z");
  audit.channel = "alipay";
  audit.payments = {{{11},
                     *audit.paid_at,
                     {.payment = domain::PaymentId{"p1"}, .amount = {1998}, .currency = {"CNY"}, .channel = "alipay"},
                     PaymentNote::none}};
  return audit;
}

OrderAudit delivered_order() {
  auto audit = paid_order();
  audit.delivered_position = Position{12};
  audit.delivered_at = moment("2024-05-01T12:02:00Z");
  return audit;
}

AuditedPlan fixed_plan() {
  return {.plan = {"fixed"},
          .version = {3},
          .published_by = Position{4},
          .chosen_by = Position{5},
          .terms = {.rates = domain::FixedRates{{"CNY"}, {{50}, {20}}}, .hold = {}}};
}

}  // namespace

TEST_CASE("an order that waits says for what", "[audit]") {
  CHECK(told(placed_order()) ==
        "Order o1: placed, not paid yet\n"
        "  dave bought 2 x game (游戏, #6) for 19.98 CNY\n"
        "  2024-05-01T12:00:00Z  placed     #10\n"
        "Nobody earns before it is paid.\n"
        "\n"
        "Sold for 19.98 CNY, refunded 0.00 CNY; commissions earned 0.00 CNY, taken back 0.00 CNY, kept 0.00 CNY.\n");
  CHECK_THAT(told(paid_order()), Catch::StartsWith("Order o1: paid, not delivered yet\n") &&
                                     Catch::Contains("\n  2024-05-01T12:01:00Z  paid       #11 through alipay (p1)\n"));
  const auto json = projections::order_audit_json(placed_order());
  CHECK(json["paid"].dump() == R"({"position":null,"at":null})");
  CHECK(json["delivered"].dump() == R"({"position":null,"at":null})");
  CHECK(json["plan"].is_null());
}

TEST_CASE("keys of several places are named by their numbers", "[audit]") {
  auto audit = delivered_order();
  audit.keys = {{.first = 3, .count = 1}, {.first = 7, .count = 4}};
  CHECK_THAT(told(audit), Catch::Contains("\n  2024-05-01T12:02:00Z  delivered  #12, key 3, 7-10 of game\n"));
  CHECK(projections::order_audit_json(audit)["keys"].dump() == R"([{"first":3,"count":1},{"first":7,"count":4}])");
}

TEST_CASE("a refund has its reason, where it was given", "[audit]") {
  auto audit = delivered_order();
  audit.refunds = {{{13}, {"r1"}, {999}, "used already", moment("2024-05-02T12:00:00Z")},
                   {{14}, {"r2"}, {1}, "", moment("2024-05-03T12:00:00Z"), domain::RefundKind::chargeback}};
  audit.refunded = {1000};
  CHECK_THAT(told(audit), Catch::StartsWith("Order o1: delivered, refunded in part\n") &&
                              Catch::Contains("  refunded   #13 9.99 CNY (r1: used already)\n") &&
                              Catch::Contains("  chargeback #14 0.01 CNY (r2)\n"));
  CHECK(projections::order_audit_json(audit)["refunds"][1]["kind"] == "chargeback");
}

TEST_CASE("a plan of fixed amounts, one of them forfeited", "[audit]") {
  auto audit = delivered_order();
  audit.plan = fixed_plan();
  const domain::Rate fifty{domain::RateKind::fixed_minor, 50};
  const domain::Rate twenty{domain::RateKind::fixed_minor, 20};
  audit.levels = {AuditedLevel{.level = {1},
                               .member = {"carol"},
                               .bound_by = Position{8},
                               .standing = domain::Standing::active,
                               .standing_by = Position{8},
                               .outcome = LevelOutcome::earned,
                               .position = Position{13},
                               .rate = fifty,
                               .base = {1998},
                               .amount = {100},
                               .available_at = moment("2024-05-01T12:02:00Z"),
                               .kept = {100}},
                  AuditedLevel{.level = {2},
                               .member = {"bob"},
                               .bound_by = Position{7},
                               .standing = domain::Standing::suspended,
                               .standing_by = Position{9},
                               .outcome = LevelOutcome::forfeited,
                               .forfeit_reason = domain::ForfeitReason::suspended,
                               .position = Position{14},
                               .rate = twenty,
                               .base = {1998},
                               .amount = {40}}};
  audit.commission_earned = {100};
  audit.commission_kept = {100};
  const auto text = told(audit);
  CHECK_THAT(
      text,
      Catch::Contains(
          "\nPlan fixed version 3 (#4), chosen for game (#5): 50, 20 minor units of CNY per unit; held for 0s; "));
  CHECK_THAT(text,
             Catch::Contains("\n    1  carol   #8        active #8     50 minor a unit  19.98 CNY  earned #13     "
                             "1.00 CNY  0.0000 minor  1.00 CNY\n"));
  CHECK_THAT(text,
             Catch::Contains("\n    2  bob     #7        suspended #9  20 minor a unit  19.98 CNY  forfeited #14  "
                             "0.40 CNY  0.0000 minor  0.00 CNY\n"));
  const auto json = projections::order_audit_json(audit);
  CHECK(json["plan"]["currency"] == "CNY");
  CHECK(json["plan"]["minor_per_unit"].dump() == "[50,20]");
  CHECK(json["levels"][1]["minor_per_unit"] == 20);
  CHECK(json["levels"][1]["outcome"] == "forfeited");
  CHECK(json["levels"][1]["forfeit_reason"] == "suspended");
  CHECK(json["levels"][1]["standing"] == "suspended");
  CHECK(json["levels"][1]["standing_position"] == 9);
  CHECK(json["plan"]["chosen_as"] == "plan of the product");
  CHECK(json["plan"]["chosen_by_position"] == 5);
}

TEST_CASE("a paid order's upline waits for its delivery", "[audit]") {
  auto audit = paid_order();
  audit.plan = fixed_plan();
  audit.plan->is_default = true;
  audit.levels = {AuditedLevel{.level = {1},
                               .member = {"carol"},
                               .bound_by = Position{8},
                               .standing = domain::Standing::active,
                               .standing_by = Position{8},
                               .outcome = LevelOutcome::waiting}};
  audit.chain_ends_with = Position{8};
  const auto text = told(audit);
  CHECK_THAT(text, Catch::Contains("Plan fixed version 3 (#4), the shop's default (#5): 50,"));
  CHECK_THAT(text, Catch::Contains("  waits for delivery  "));
  CHECK_THAT(text, Catch::Contains("\nNobody stood above carol (#8), so 1 of 2 levels earned nothing.\n"));
  const auto json = projections::order_audit_json(audit);
  CHECK(json["levels"][0]["outcome"] == "waiting");
  CHECK(json["chain_ends_with_position"] == 8);
  CHECK(json["plan"]["chosen_as"] == "default of the shop");
}

TEST_CASE("a refund that takes nothing from a level says what the level may keep", "[audit]") {
  auto audit = delivered_order();
  audit.plan = fixed_plan();
  audit.levels = {AuditedLevel{.level = {1},
                               .member = {"carol"},
                               .outcome = LevelOutcome::earned,
                               .position = Position{13},
                               .amount = {100},
                               .reversals = {{.refund = {"r1"}, .target = {100}}}}};
  CHECK_THAT(told(audit), Catch::Contains("\n    1  carol   r1          1.00 CNY    0.00 CNY  -      -\n"));
  const auto json = projections::order_audit_json(audit)["levels"][0]["reversals"][0];
  CHECK(json.dump() == R"({"position":null,"refund_id":"r1","target_minor":100,"amount_minor":0,"available_at":null})");
}

TEST_CASE("the events that an order rests on are listed by position", "[audit]") {
  auto audit = placed_order();
  audit.rests_on = {{{6}, domain::stream_of(domain::ProductId{"game"}), "ProductAdded"},
                    {{10}, domain::stream_of(domain::OrderId{"o1"}), "OrderPlaced"}};
  const auto rests_on = [&](const std::vector<std::uint64_t>& positions) {
    OrderAudit told_of = placed_order();
    for (const auto position : positions) told_of.rests_on.push_back({.position = {position}});
    return told(told_of);
  };
  CHECK_THAT(told(audit), Catch::EndsWith("\nAll of this rests on 2 events: #6, #10.\n"));
  CHECK_THAT(rests_on({6}), Catch::EndsWith("\nAll of this rests on 1 event: #6.\n"));
  CHECK_THAT(rests_on({3, 4, 7, 8, 9, 12, 14, 15, 16, 17}),
             Catch::EndsWith("\nAll of this rests on 10 events: #3, #4, #7-#9, #12, #14-#17.\n"));
  CHECK(projections::order_audit_json(audit)["rests_on"][1].dump() ==
        R"({"position":10,"stream":"order/o1","type":"OrderPlaced"})");
}

TEST_CASE("an order in another currency than its plan's earns nobody anything, and says so", "[audit]") {
  auto audit = delivered_order();
  audit.plan = fixed_plan();
  audit.withheld = domain::CommissionWithheld{};
  audit.withheld->plan_currency = {"USD"};
  CHECK_THAT(told(audit), Catch::Contains("\nThe plan pays in USD, so nobody earned.\n\nSold for"));
  CHECK(projections::order_audit_json(audit)["withheld"]["plan_currency"] == "USD");
}

TEST_CASE("what became of a live order is told in the order of the log", "[audit]") {
  auto audit = placed_order();
  audit.placed.expires_at = moment("2024-05-01T12:10:00Z");
  const auto received = [](const char* id, std::int64_t amount, domain::PaymentEffect effect, const char* currency) {
    return domain::PaymentReceived{.payment = domain::PaymentId{id},
                                   .amount = {amount},
                                   .currency = {currency},
                                   .channel = "alipay",
                                   .effect = effect};
  };
  using domain::PaymentEffect;
  audit.payments = {
      {{11},
       moment("2024-05-01T12:01:00Z"),
       received("p1", 500, PaymentEffect::underpays, "CNY"),
       PaymentNote::in_part},
      {{12},
       moment("2024-05-01T12:02:00Z"),
       received("p2", 7, PaymentEffect::owed_back, "USD"),
       PaymentNote::other_currency},
      {{14}, moment("2024-05-01T13:00:00Z"), received("p3", 1500, PaymentEffect::pays, "CNY"), PaymentNote::late},
      {{19},
       moment("2024-05-01T16:00:00Z"),
       received("p4", 1998, PaymentEffect::owed_back, "CNY"),
       PaymentNote::second}};
  audit.ended = projections::AuditedEnding{{13}, moment("2024-05-01T12:10:00Z"), projections::Ending::expired, {2}, ""};
  audit.waited = projections::AuditedWait{{15}, moment("2024-05-01T13:00:00Z"), {2}, Position{16}};
  audit.paid_position = Position{14};
  audit.paid_at = moment("2024-05-01T13:00:00Z");
  audit.delivered_position = Position{16};
  audit.delivered_at = moment("2024-05-01T14:00:00Z");
  audit.keys = {{7, 2}};
  audit.replaced = {{{17}, moment("2024-05-01T15:00:00Z"), {{"game"}, 8, 9, "used already"}}};
  audit.mismatches = {{{18}, moment("2024-05-01T15:30:00Z"), {{"p1"}, {"o2"}, {501}, {"CNY"}}}};
  audit.returns = {{{20}, moment("2024-05-01T17:00:00Z"), {{"w1"}, {1000}, {"CNY"}, "alipay"}}};
  CHECK_THAT(told(audit),
             Catch::StartsWith(
                 "Order o1: delivered\n"
                 "  dave bought 2 x game (游戏, #6) for 19.98 CNY\n"
                 "  2024-05-01T12:00:00Z  placed     #10, held until 2024-05-01T12:10:00Z\n"
                 "  2024-05-01T12:01:00Z  payment    #11 5.00 CNY through alipay (p1), less than the amount due\n"
                 "  2024-05-01T12:02:00Z  payment    #12 0.07 USD through alipay (p2), owed back: it is due in CNY\n"
                 "  2024-05-01T12:10:00Z  expired    #13\n"
                 "  2024-05-01T13:00:00Z  paid       #14 15.00 CNY through alipay (p3), after it had expired\n"
                 "  2024-05-01T13:00:00Z  waits      #15 for stock, until #16\n"
                 "  2024-05-01T14:00:00Z  delivered  #16, key 7-8 of game\n"
                 "  2024-05-01T15:00:00Z  replaced   #17 key 8 by 9 (used already)\n"
                 "  2024-05-01T15:30:00Z  mismatch   #18 p1 came again for 5.01 CNY of o2; nothing moved\n"
                 "  2024-05-01T16:00:00Z  payment    #19 19.98 CNY through alipay (p4), owed back: it was paid before\n"
                 "  2024-05-01T17:00:00Z  returned   #20 10.00 CNY through alipay (w1)\n"));
  CHECK_THAT(told(audit), Catch::Contains("\nOwed back to dave: 10.00 CNY, 0.07 USD.\n"));
  const auto json = projections::order_audit_json(audit);
  CHECK(json["state"] == "delivered");
  CHECK(json["payments"][3]["note"] == "second");
  CHECK(json["payments"][3]["effect"] == "owed-back");
  CHECK(json["owed_back_minor"].dump() == R"({"CNY":1000,"USD":7})");
  CHECK(json["waited_for_stock"]["ended_by_position"] == 16);
  CHECK(json["ended"]["as"] == "expired");
  CHECK(json["replaced_keys"][0]["new_key"] == 9);
  CHECK(json["mismatches"][0]["order_id"] == "o2");
  CHECK(json["returns"][0]["return_id"] == "w1");
}

TEST_CASE("an order that waits for stock, and one that was cancelled, say so", "[audit]") {
  auto audit = paid_order();
  audit.waited = projections::AuditedWait{{12}, moment("2024-05-01T12:01:00Z"), {2}, {}};
  CHECK_THAT(told(audit), Catch::StartsWith("Order o1: paid, waits for stock\n") &&
                              Catch::Contains("  waits      #12 for stock\n") &&
                              Catch::Contains("\nPaid for what awaits stock: 19.98 CNY.\n"));
  CHECK(projections::order_audit_json(audit)["awaiting_stock_minor"] == 1998);
  auto cancelled = placed_order();
  cancelled.ended = projections::AuditedEnding{
      {11}, moment("2024-05-01T12:01:00Z"), projections::Ending::cancelled, {2}, "changed their mind"};
  CHECK_THAT(told(cancelled),
             Catch::StartsWith("Order o1: cancelled\n") && Catch::Contains("  cancelled  #11 (changed their mind)\n"));
}

TEST_CASE("a member who was moved shows from whom and why", "[audit]") {
  MemberAudit audit{.member = {"carol"}, .enrolled_position = {8}, .enrolled_at = moment("2024-05-01T09:00:00Z")};
  audit.referrer = domain::MemberId{"eve"};
  audit.bound_by = Position{20};
  audit.moves = {{{20}, moment("2024-05-02T09:00:00Z"), domain::MemberId{"bob"}, {"eve"}, "asked for it"}};
  CHECK_THAT(told(audit), Catch::Contains("\nReferred by eve (#20)\n"
                                          "Moved from bob to eve on 2024-05-02T09:00:00Z (#20: asked for it)\n"));
  CHECK(projections::member_audit_json(audit)["moves"][0]["from_id"] == "bob");
  MemberAudit invited{.member = {"carol"}, .enrolled_position = {8}, .enrolled_at = moment("2024-05-01T09:00:00Z")};
  invited.invited_by = domain::MemberId{"bob"};
  CHECK_THAT(told(invited), Catch::Contains("\nReferred by nobody, invited by bob\n"));
}

TEST_CASE("a member's fixed amounts, and a sum in each currency, below zero too", "[audit]") {
  MemberAudit audit{.member = {"carol"},
                    .enrolled_position = {8},
                    .enrolled_at = moment("2024-05-01T09:00:00Z"),
                    .code = {"234679C"},
                    .standing = domain::Standing::suspended,
                    .standing_by = Position{20},
                    .referrer = domain::MemberId{"bob"},
                    .bound_by = Position{9}};
  audit.entries.push_back({.position = {13},
                           .version = {1},
                           .occurred_at = moment("2024-05-01T12:02:00Z"),
                           .sale = {.order = {"o1"},
                                    .buyer = {"dave"},
                                    .delivered_by = Position{12},
                                    .published_by = Position{4},
                                    .plan_version = {3}},
                           .level = {1},
                           .accrued = domain::CommissionAccrued{.order = {"o1"},
                                                                .level = {1},
                                                                .plan = {"fixed"},
                                                                .plan_version = {3},
                                                                .rate = {domain::RateKind::fixed_minor, 50},
                                                                .base = {1998},
                                                                .amount = {100},
                                                                .currency = {"CNY"},
                                                                .available_at = moment("2024-05-01T12:02:00Z")}});
  audit.sums[{"CNY"}] = {.earned = {100}, .reversed = {}};
  audit.sums[{"USD"}] = {.earned = {5}, .reversed = {10}};
  const auto text = told(audit);
  CHECK_THAT(text,
             Catch::StartsWith("Member carol: suspended #20, joined 2024-05-01T09:00:00Z (#8), referral code 234679C\n"
                               "Referred by bob (#9)\n"));
  CHECK_THAT(text, Catch::Contains("  50 minor a unit, plan fixed version 3 (#4), sale delivered #12\n"));
  CHECK_THAT(text, Catch::EndsWith("Earned 1.00 CNY, taken back 0.00 CNY, together 1.00 CNY.\n"
                                   "Earned 0.05 USD, taken back 0.10 USD, together -0.05 USD.\n"));
  const auto json = projections::member_audit_json(audit)["entries"][0];
  CHECK(json["minor_per_unit"] == 50);
  CHECK(json["delivered_position"] == 12);
  CHECK(json["plan_position"] == 4);
}

TEST_CASE("a member's forfeits have their reason, and count as nothing earned", "[audit]") {
  MemberAudit audit{.member = {"carol"}, .enrolled_position = {8}, .enrolled_at = moment("2024-05-01T09:00:00Z")};
  audit.forfeits.push_back({.position = {13},
                            .occurred_at = moment("2024-05-01T12:02:00Z"),
                            .sale = {.order = {"o1"},
                                     .buyer = {"dave"},
                                     .delivered_by = Position{12},
                                     .published_by = Position{4},
                                     .plan_version = {1}},
                            .forfeited = {.level = {1},
                                          .plan = {"standard"},
                                          .rate = {domain::RateKind::basis_points, 1000},
                                          .base = {1998},
                                          .amount = {199},
                                          .currency = {"CNY"},
                                          .reason = domain::ForfeitReason::suspended},
                            .rounded_off_ten_thousandths = 8000,
                            .standing_by = Position{9}});
  audit.sums[{"CNY"}] = {.forfeited = {199}};
  const auto text = told(audit);
  CHECK_THAT(text, Catch::Contains("\nHas earned nothing yet.\n"));
  CHECK_THAT(text, Catch::Contains("  1.99 CNY  suspended #9, 10% of 19.98 CNY less 0.8000 minor, "
                                   "plan standard version 1 (#4), sale delivered #12\n"));
  CHECK_THAT(text, Catch::EndsWith("\nEarned 0.00 CNY, taken back 0.00 CNY, together 0.00 CNY; forfeited 1.99 CNY.\n"));
  const auto json = projections::member_audit_json(audit);
  CHECK(json["forfeits"][0]["reason"] == "suspended");
  CHECK(json["forfeits"][0]["standing_position"] == 9);
  CHECK(json["forfeits"][0]["rounded_off_ten_thousandths"] == 8000);
  CHECK(json["totals"]["CNY"]["forfeited_minor"] == 199);
}
