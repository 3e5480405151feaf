// A whole import in numbers: every event of a small folder, and the worked example of the ledger specification.
#include "domain/overloaded.hpp"
#include "eventstore/event_codec.hpp"
#include "tests/eventstore/import_shop.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace {

using namespace upline::domain;
using namespace upline::tests;

/// The ledger specification's worked example: A <- B <- C <- D, 1000/500/250 bp, hold 7 days, D pays 9.99, which is
/// refunded in two parts.
const Files worked_example{
    {"plan.toml",
     "id = \"standard\"\nrates_bp = [1000, 500, 250]\nhold = \"7d\"\n\n[policy]\nmax_levels = 3\n"
     "max_levels_reason = \"three levels are legal here\"\n"},
    {"products.csv", "product_id,title,unit_price_minor,currency\ngame,Game,999,CNY\n"},
    {"members.csv",
     "member_id,joined_at,referrer_id\nA,2026-04-01T12:00:00Z,\nB,2026-04-02T12:00:00Z,A\nC,2026-04-03T12:00:00Z,B\n"
     "D,2026-04-04T12:00:00Z,C\n"},
    {"purchases.csv",
     "order_id,member_id,product_id,quantity,amount_minor,currency,paid_at\no1,D,game,1,999,CNY,2026-05-01T12:00:"
     "00Z\n"},
    {"refunds.csv",
     "refund_id,order_id,amount_minor,refunded_at\nr1,o1,500,2026-05-03T12:00:00Z\nr2,o1,499,2026-05-20T12:00:00Z\n"},
};

/// `2026-05-01T12:00:00Z C +99 available 2026-05-08T12:00:00Z`; nothing for an event of no account.
std::string entry_of(const RecordedEvent& event) {
  const auto line = [&](Minor amount, Timestamp available_at) {
    return fmt::format("{} {} {:+} available {}", format_rfc3339(event.occurred_at), event.stream.id, amount.value,
                       format_rfc3339(available_at));
  };
  return std::visit(Overloaded{[&](const CommissionAccrued& e) { return line(e.amount, e.available_at); },
                               [&](const CommissionReversed& e) { return line({-e.amount.value}, e.available_at); },
                               [](const auto&) { return std::string{}; }},
                    event.event);
}

Lines entries(ImportShop& shop) {
  Lines lines;
  shop.store().read({1}, shop.store().head().position, [&](const upline::eventstore::StoredEvent& stored) {
    auto line = entry_of(decode(stored));
    if (!line.empty()) lines.push_back(std::move(line));
    return true;
  });
  return lines;
}

}  // namespace

TEST_CASE("the ledger's worked example, imported, is right to the minor unit and the second", "[import]") {
  ImportShop shop;
  const auto report = shop.import(worked_example);
  CHECK(report.rejects == 0);
  CHECK(entries(shop) == Lines{
                             "2026-05-01T12:00:00Z C +99 available 2026-05-08T12:00:00Z",
                             "2026-05-01T12:00:00Z B +49 available 2026-05-08T12:00:00Z",
                             "2026-05-01T12:00:00Z A +24 available 2026-05-08T12:00:00Z",
                             "2026-05-03T12:00:00Z C -50 available 2026-05-08T12:00:00Z",
                             "2026-05-03T12:00:00Z B -25 available 2026-05-08T12:00:00Z",
                             "2026-05-03T12:00:00Z A -12 available 2026-05-08T12:00:00Z",
                             "2026-05-20T12:00:00Z C -49 available 2026-05-20T12:00:00Z",
                             "2026-05-20T12:00:00Z B -24 available 2026-05-20T12:00:00Z",
                             "2026-05-20T12:00:00Z A -12 available 2026-05-20T12:00:00Z",
                         });
}

TEST_CASE("the worked example is the same in one commit and in one commit for each row", "[import]") {
  ImportShop at_once;
  at_once.import(worked_example);
  ImportShop row_by_row;
  row_by_row.import(worked_example, {.rows_per_commit = 1});
  CHECK(row_by_row.events() == at_once.events());
}

TEST_CASE("the worked example in USDT counts the token's own minor units", "[import]") {
  auto files = worked_example;
  files["plan.toml"] += "[currencies]\nUSDT = 6\n";
  files["products.csv"] = "product_id,title,unit_price_minor,currency\ngame,Game,9990000,USDT\n";
  files["purchases.csv"] =
      "order_id,member_id,product_id,quantity,amount_minor,currency,paid_at\n"
      "o1,D,game,1,9990001,USDT,2026-05-01T12:00:00Z\n";
  files["refunds.csv"] = "refund_id,order_id,amount_minor,refunded_at\nr1,o1,9990001,2026-05-08T12:00:00Z\n";
  ImportShop shop;
  CHECK(shop.import(files).rejects == 0);
  CHECK(entries(shop) == Lines{
                             "2026-05-01T12:00:00Z C +999000 available 2026-05-08T12:00:00Z",
                             "2026-05-01T12:00:00Z B +499500 available 2026-05-08T12:00:00Z",
                             "2026-05-01T12:00:00Z A +249750 available 2026-05-08T12:00:00Z",
                             "2026-05-08T12:00:00Z C -999000 available 2026-05-08T12:00:00Z",
                             "2026-05-08T12:00:00Z B -499500 available 2026-05-08T12:00:00Z",
                             "2026-05-08T12:00:00Z A -249750 available 2026-05-08T12:00:00Z",
                         });
}

TEST_CASE("a gift is delivered, and nobody earns", "[import]") {
  auto files = worked_example;
  files["purchases.csv"] =
      "order_id,member_id,product_id,quantity,amount_minor,currency,paid_at\no1,D,game,1,0,CNY,2026-05-01T12:00:00Z\n";
  ImportShop shop;
  CHECK(shop.rejects(shop.import(files)) == Lines{"refunds.csv:2 refund_too_large", "refunds.csv:3 refund_too_large"});
  CHECK(shop.events_with("order/o1 OrderDelivered").size() == 1);
  CHECK(entries(shop).empty());
}

TEST_CASE("the healthy folder becomes exactly these events", "[import]") {
  ImportShop shop;
  const auto report = shop.import(healthy_files());
  const std::string begin = " 2026-05-01T08:00:00Z ";
  const std::string paid = " 2026-05-01T12:00:00Z ";
  const std::string paid_next_day = " 2026-05-02T12:00:00Z ";
  CHECK(
      shop.events() ==
      Lines{
          "plan/standard PlanPublished" + begin +
              R"({"version":1,"terms":{"rates":{"basis_points":[1000,500]},"payout_cap_bp":10000,"hold_us":604800000000}})",
          "policy DefaultPlanChosen" + begin + R"({"plan":"standard"})",
          "product/game ProductAdded" + begin +
              R"({"title":"Game","unit_price_minor":999,"currency":"CNY","fulfilment":"key-pool"})",
          "pool/game KeysImported" + begin + R"({"batch":"b1","first":1,"keys":3,"use_limit":0})",
          "pool/game KeysReleased" + begin + R"({"keys":{"first":1,"count":3}})",
          "pool/game KeysImported" + begin + R"({"batch":"b2","first":4,"keys":1,"use_limit":0})",
          "pool/game KeysReleased" + begin + R"({"keys":{"first":4,"count":1}})",
          "member/alice MemberEnrolled" + begin + R"({"referrer":null,"invited_by":null,"visitor":null})",
          "member/bob MemberEnrolled 2026-05-01T09:00:00Z " +
              std::string(R"({"referrer":"alice","invited_by":null,"visitor":null})"),
          "member/carol MemberEnrolled 2026-05-01T10:00:00Z " +
              std::string(R"({"referrer":"bob","invited_by":null,"visitor":null})"),
          "order/o1 OrderPlaced" + paid +
              R"({"member":"carol","product":"game","quantity":2,"amount_due_minor":1998,"currency":"CNY",)" +
              R"("expires_at":null,"reserved":0,"address":null,"contact":null})",
          "order/o1 PaymentReceived" + paid +
              R"({"payment":null,"amount_minor":1998,"currency":"CNY","channel":"import","effect":"pays",)" +
              R"("chain":{"plan":"standard","plan_version":1,"upline":["bob","alice"]},"first_purchase":"carol"})",
          "order/o1 KeysDelivered" + paid +
              R"({"product":"game","keys":[{"first":1,"count":2}],"shared":false,"source":"sale","units":2})",
          "account/bob CommissionAccrued" + paid +
              R"({"order":"o1","level":1,"plan":"standard","plan_version":1,"rate":{"kind":"basis_points","value":1000},)" +
              R"("base_minor":1998,"amount_minor":199,"currency":"CNY","available_at":"2026-05-08T12:00:00Z"})",
          "account/alice CommissionAccrued" + paid +
              R"({"order":"o1","level":2,"plan":"standard","plan_version":1,"rate":{"kind":"basis_points","value":500},)" +
              R"("base_minor":1998,"amount_minor":99,"currency":"CNY","available_at":"2026-05-08T12:00:00Z"})",
          "order/o2 OrderPlaced" + paid_next_day +
              R"({"member":"bob","product":"game","quantity":1,"amount_due_minor":999,"currency":"CNY",)" +
              R"("expires_at":null,"reserved":0,"address":null,"contact":null})",
          "order/o2 PaymentReceived" + paid_next_day +
              R"({"payment":null,"amount_minor":999,"currency":"CNY","channel":"import","effect":"pays",)" +
              R"("chain":{"plan":"standard","plan_version":1,"upline":["alice"]},"first_purchase":"bob"})",
          "order/o2 KeysDelivered" + paid_next_day +
              R"({"product":"game","keys":[{"first":3,"count":1}],"shared":false,"source":"sale","units":1})",
          "account/alice CommissionAccrued" + paid_next_day +
              R"({"order":"o2","level":1,"plan":"standard","plan_version":1,"rate":{"kind":"basis_points","value":1000},)" +
              R"("base_minor":999,"amount_minor":99,"currency":"CNY","available_at":"2026-05-09T12:00:00Z"})",
          "order/o1 OrderRefunded 2026-05-03T12:00:00Z " +
              std::string(R"({"refund":"r1","amount_minor":999,"reason":"","kind":"refund"})"),
          "account/bob CommissionReversed 2026-05-03T12:00:00Z " +
              std::string(R"({"order":"o1","refund":"r1","level":1,"plan":"standard","amount_minor":100,)") +
              R"("currency":"CNY","available_at":"2026-05-08T12:00:00Z"})",
          "account/alice CommissionReversed 2026-05-03T12:00:00Z " +
              std::string(R"({"order":"o1","refund":"r1","level":2,"plan":"standard","amount_minor":50,)") +
              R"("currency":"CNY","available_at":"2026-05-08T12:00:00Z"})",
          "order/o2 OrderRefunded 2026-05-04T12:00:00Z " +
              std::string(R"({"refund":"r2","amount_minor":1,"reason":"","kind":"refund"})"),
      });
  CHECK(report.events == 23);
}

TEST_CASE("every imported event says who asked, and when it was recorded", "[import]") {
  ImportShop shop;
  shop.import(healthy_files());
  const auto now = fixed_clock().clock();
  shop.store().read({2}, shop.store().head().position, [&](const upline::eventstore::StoredEvent& stored) {
    CHECK(stored.actor == "import");
    CHECK(stored.recorded_at == now);
    CHECK(!stored.command.has_value());
    return true;
  });
}
