// What plan.toml does to a shop: versions, default plans, policy, tokens; and what happens when the rules refuse it.
#include "tests/eventstore/import_shop.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace {

using namespace upline::tests;
using upline::eventstore::import::ImportFile;
using upline::eventstore::import::PlanRefused;

const std::string plan = "id = \"standard\"\nrates_bp = [1000, 500]\nhold = \"7d\"\n";
const std::string product_header = "product_id,title,unit_price_minor,currency,fulfilment\n";

Files with_plan(const std::string& bytes) { return healthy_files_but({{"plan.toml", bytes}}); }

/// What PlanRefused says of this plan; the shop must be as before.
std::string refusal_of(ImportShop& shop, const std::string& bytes) {
  const auto before = shop.head();
  std::string said = "nothing";
  try {
    shop.import(with_plan(bytes));
  } catch (const PlanRefused& refused) {
    said = refused.what();
    CHECK(shop.head() == before);
  }
  return said;
}

std::string published(const std::string& terms) { return "plan/standard PlanPublished 2026-05-01T08:00:00Z " + terms; }

}  // namespace

TEST_CASE("a plan that a rule refuses leaves the shop untouched, whatever else the folder holds", "[import]") {
  ImportShop shop;
  const std::string policy = "[policy]\nmax_levels = 3\nmax_levels_reason = \"asked the lawyer\"\n";
  const auto three = "id = \"standard\"\nrates_bp = [1000, 500, 250]\nhold = \"7d\"\n";
  CHECK(refusal_of(shop, three) ==
        "plan.toml: level_limit_exceeded: The plan has more levels than the shop's policy allows. (3 levels, the limit "
        "is 2; [policy] raises it by max_levels and max_levels_reason) Nothing was imported.");
  const auto refused = [&](const std::string& bytes, const std::string& code) {
    CHECK_THAT(refusal_of(shop, bytes), Catch::StartsWith("plan.toml: " + code + ": "));
  };
  refused("id = \"p\"\nrates_bp = [6000, 4001]\nhold = \"7d\"\n", "rates_exceed_cap");
  refused(plan + "payout_cap_bp = 1499\n", "rates_exceed_cap");
  refused("id = \"p\"\nrates_bp = []\nhold = \"7d\"\n", "invalid_rate");
  refused("id = \"\"\nrates_bp = [1]\nhold = \"7d\"\n", "invalid_id");
  refused("id = \"a b\"\nrates_bp = [1]\nhold = \"7d\"\n", "invalid_id");
  refused(three + std::string("[policy]\nmax_levels = 3\n"), "reason_missing");
  refused(plan + "[policy]\nmax_levels = 17\nmax_levels_reason = \"greed\"\n", "invalid_level_limit");
  refused(plan + "[policy]\nmax_levels = 0\nmax_levels_reason = \"fear\"\n", "invalid_level_limit");
  refused(plan + "[policy]\nmax_levels = 3\nmax_levels_reason = \"two\\nlines\"\n", "invalid_text");
  refused(plan + "[currencies]\nusdt = 6\n", "invalid_currency");
  refused(plan + "[currencies]\nUSD = 3\n", "conflict");
  refused("id = \"p\"\nrates_bp = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\nhold = \"7d\"\n" + policy,
          "invalid_rate");
}

TEST_CASE("a refused plan takes back the policy and the currencies that stood before it", "[import]") {
  ImportShop shop;
  CHECK_THAT(refusal_of(shop,
                        "id = \"p\"\nrates_bp = [1, 1, 1, 1]\nhold = \"7d\"\n[policy]\nmax_levels = 3\n"
                        "max_levels_reason = \"asked\"\n[currencies]\nUSDT = 6\n"),
             Catch::Contains("level_limit_exceeded"));
  CHECK_THAT(refusal_of(shop, "id = \"p\"\nrates_bp = [1, 1, 1]\nhold = \"7d\"\n"), Catch::Contains("the limit is 2"));
  const auto report = shop.import(with_plan(plan));
  CHECK(report.rejects == 0);
  CHECK(shop.events_with("policy ").size() == 1);  // the default plan
}

TEST_CASE("a refused plan is refused again, and again once the shop is reopened", "[import]") {
  ImportShop shop;
  const std::string bad = "id = \"p\"\nrates_bp = [1, 1, 1]\nhold = \"7d\"\n";
  const auto first = refusal_of(shop, bad);
  CHECK_THAT(first, Catch::Contains("level_limit_exceeded"));
  CHECK(refusal_of(shop, bad) == first);
  shop.reopen();
  CHECK(refusal_of(shop, bad) == first);
}

TEST_CASE("a plan without products is the shop's default, published before anything else", "[import]") {
  ImportShop shop;
  shop.import(healthy_files());
  const auto events = shop.events();
  CHECK(events[0] == published(R"({"version":1,"terms":{"rates":{"basis_points":[1000,500]},"payout_cap_bp":10000,)"
                               R"("hold_us":604800000000}})"));
  CHECK(events[1] == "policy DefaultPlanChosen 2026-05-01T08:00:00Z {\"plan\":\"standard\"}");
  CHECK(shop.events_with("CommissionAccrued").size() == 3);
}

TEST_CASE("a plan that names products is theirs alone, and the shop gets no default", "[import]") {
  ImportShop shop;
  const auto report = shop.import(healthy_files_but(
      {{"plan.toml", plan + "products = [\"game\"]\n"},
       {"products.csv", product_header + "game,Game,999,CNY,\nother,Other,100,CNY,external\n"},
       {"purchases.csv",
        "order_id,member_id,product_id,quantity,amount_minor,currency,paid_at\n"
        "o1,carol,game,2,1998,CNY,2026-05-01T12:00:00Z\no2,bob,other,1,999,CNY,2026-05-02T12:00:00Z\n"}}));
  CHECK(report.rejects == 0);
  CHECK(shop.events_with("policy ").empty());
  CHECK(shop.events_with("PlanAssigned") ==
        Lines{"product/game PlanAssigned 2026-05-01T08:00:00Z {\"plan\":\"standard\"}"});
  CHECK(shop.events_with("CommissionAccrued").size() == 2);
  CHECK(shop.events_with("\"order\":\"o2\"").empty());
  CHECK_THAT(shop.events_with("order/o2 PaymentReceived").front(), Catch::Contains("\"chain\":null"));
}

TEST_CASE("a product that a plan names and nobody knows is a reject with the plan's line", "[import]") {
  ImportShop shop;
  const auto report = shop.import(with_plan(plan + "products = [\n  \"game\",\n  \"nothing\",\n]\n"));
  CHECK(shop.rejects(report) == Lines{"plan.toml:6 unknown_product"});
  CHECK(report.of(ImportFile::plan).imported == 2);
  CHECK(report.of(ImportFile::plan).rejected == 1);
  CHECK(shop.events_with("PlanAssigned").size() == 1);
}

TEST_CASE("other rates under the same id are a new version, for later purchases only", "[import]") {
  ImportShop shop;
  shop.import(healthy_files());
  const auto report =
      shop.import({{"plan.toml", "id = \"standard\"\nrates_bp = [2000]\nhold = \"1d\"\npayout_cap_bp = 3000\n"},
                   {"purchases.csv",
                    "order_id,member_id,product_id,quantity,amount_minor,currency,paid_at\n"
                    "o3,carol,game,1,1000,CNY,2026-06-01T12:00:00Z\n"}});
  CHECK(report.rejects == 0);
  CHECK(shop.events_with("PlanPublished").back() ==
        "plan/standard PlanPublished 2026-06-01T12:00:00Z "
        R"({"version":2,"terms":{"rates":{"basis_points":[2000]},"payout_cap_bp":3000,"hold_us":86400000000}})");
  CHECK(shop.events_with("DefaultPlanChosen").size() == 1);
  CHECK(
      shop.events_with("\"plan_version\":2,\"rate\"") ==
      Lines{"account/bob CommissionAccrued 2026-06-01T12:00:00Z "
            R"({"order":"o3","level":1,"plan":"standard","plan_version":2,"rate":{"kind":"basis_points","value":2000},)"
            R"("base_minor":1000,"amount_minor":200,"currency":"CNY","available_at":"2026-06-02T12:00:00Z"})"});
}

TEST_CASE("the same plan in another folder is already there", "[import]") {
  ImportShop shop;
  shop.import(healthy_files());
  const auto report = shop.import({{"plan.toml", plan + "# again\n"}});
  CHECK(report.events == 0);
  CHECK(report.of(ImportFile::plan).already_there == 2);
}

TEST_CASE("a policy raises the level limit for good, and the same policy again changes nothing", "[import]") {
  const std::string deep =
      "id = \"deep\"\nrates_bp = [1, 1, 1]\nhold = \"0s\"\n[policy]\nmax_levels = 3\nmax_levels_reason = \"asked\"\n";
  ImportShop shop;
  CHECK(shop.import(with_plan(deep)).rejects == 0);
  CHECK(shop.events_with("LevelLimitChanged") ==
        Lines{"policy LevelLimitChanged 2026-05-01T08:00:00Z {\"max_levels\":3,\"reason\":\"asked\"}"});
  const auto report = shop.import({{"plan.toml", deep + "# again\n"}});
  CHECK(report.events == 0);
  CHECK(report.of(ImportFile::plan).already_there == 3);
}

TEST_CASE("a token that plan.toml declares can be sold; one that it does not is refused", "[import]") {
  const Files files{
      {"products.csv", product_header + "game,Game,1000000,USDT,external\nother,Other,1,TOKEN,external\n"},
      {"purchases.csv",
       "order_id,member_id,product_id,quantity,amount_minor,currency,paid_at\n"
       "o1,carol,game,1,1000019,USDT,2026-05-01T12:00:00Z\no2,carol,other,1,1,TOKEN,2026-05-01T12:00:00Z\n"},
      {"plan.toml", plan + "[currencies]\nUSDT = 6\n"},
      {"keys.csv", ""},
      {"refunds.csv", ""}};
  ImportShop shop("USD");
  const auto report = shop.import(healthy_files_but(files));
  CHECK(shop.rejects(report) == Lines{"products.csv:3 currency_not_declared", "purchases.csv:3 unknown_product"});
  CHECK(shop.events().front() == "policy CurrencyDeclared 2026-05-01T08:00:00Z {\"currency\":\"USDT\",\"exponent\":6}");
  CHECK_THAT(shop.events_with("account/bob").front(), Catch::Contains("\"amount_minor\":100001,\"currency\":\"USDT\""));

  auto undeclared = healthy_files_but(files);
  undeclared["plan.toml"] = plan;
  ImportShop another("USDT");  // a default currency alone declares nothing
  CHECK(another.rejects(another.import(undeclared)) ==
        Lines{"products.csv:2 currency_not_declared", "products.csv:3 currency_not_declared",
              "purchases.csv:2 unknown_product", "purchases.csv:3 unknown_product"});
}

TEST_CASE("an ISO currency may be declared as it is, and a token again as it was", "[import]") {
  ImportShop shop;
  CHECK(shop.import(with_plan(plan + "[currencies]\nUSD = 2\nUSDT = 6\n")).rejects == 0);
  CHECK(shop.events_with("CurrencyDeclared").size() == 1);
  CHECK(shop.import({{"plan.toml", plan + "[currencies]\nUSDT = 6\n"}}).events == 0);
  CHECK_THAT(refusal_of(shop, plan + "[currencies]\nUSDT = 18\n"), Catch::Contains("conflict"));
}

TEST_CASE("without a plan nobody earns, and everything else is imported", "[import]") {
  ImportShop shop;
  const auto report = shop.import(healthy_files_but({{"plan.toml", ""}}));
  CHECK(report.rejects == 0);
  CHECK(shop.events_with("account/").empty());
  CHECK(shop.events_with("OrderPlaced").size() == 2);
}
