#include "eventstore/command_handler.hpp"

#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

using Names = std::vector<std::string>;

struct Step {
  Command command;
  Names appended;
};

std::vector<Step> steps_of_a_shop() {
  const FixedRates tokens{{"USDT"}, {{5}}};
  return {
      {open_shop(), {"policy ShopOpened"}},
      {DeclareCurrency{{"USDT"}, {6}, may(1)}, {"policy CurrencyDeclared"}},
      {limit_levels(3), {"policy LevelLimitChanged"}},
      {publish("standard", {1000, 500, 250}), {"plan/standard PlanPublished"}},
      {PublishPlan{{"tokens"}, {tokens, {10'000}, {0}}, may(1)}, {"plan/tokens PlanPublished"}},
      {choose_default("standard"), {"policy DefaultPlanChosen"}},
      {add_product("course", Fulfilment::external), {"product/course ProductAdded"}},
      {add_product("visit", Fulfilment::manual), {"product/visit ProductAdded"}},
      {AssignPlan{{"visit"}, {"tokens"}, may(1)}, {"product/visit PlanAssigned"}},
      {enrol("alice"), {"member/alice MemberEnrolled"}},
      {enrol("bob", "alice"), {"member/bob MemberEnrolled"}},
      {enrol("carol"), {"member/carol MemberEnrolled"}},
      {bind("carol", "bob"), {"member/carol ReferrerBound"}},
      {purchase({.order = "o1", .member = "carol", .product = "course"}),
       {"order/o1 OrderPlaced", "order/o1 PaymentReceived", "order/o1 OrderDelivered", "account/bob CommissionAccrued",
        "account/alice CommissionAccrued"}},
      {purchase({.order = "o2", .member = "carol", .product = "visit"}),
       {"order/o2 OrderPlaced", "order/o2 PaymentReceived", "order/o2 OrderDelivered", "order/o2 CommissionWithheld"}},
      {purchase({.order = "o3", .member = "carol", .product = "course", .amount = 0}),
       {"order/o3 OrderPlaced", "order/o3 PaymentReceived", "order/o3 OrderDelivered"}},
      {suspend("bob"), {"member/bob MemberSuspended"}},
      {purchase({.order = "o4", .member = "carol", .product = "course"}),
       {"order/o4 OrderPlaced", "order/o4 PaymentReceived", "order/o4 OrderDelivered", "order/o4 CommissionForfeited",
        "account/alice CommissionAccrued"}},
      {refund("r1", "o1", 999),
       {"order/o1 OrderRefunded", "account/bob CommissionReversed", "account/alice CommissionReversed"}},
      {ResumeMember{{"bob"}, may(4)}, {"member/bob MemberResumed"}},
      {CloseMember{{"bob"}, "asked for it", may(5)}, {"member/bob MemberClosed"}},
  };
}

}  // namespace

TEST_CASE("every kind of command appends its events, and appends nothing when it is sent again", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  for (const auto& step : steps_of_a_shop()) {
    INFO(step.appended.front());
    const auto before = shop.store().head().position;
    const auto outcome = shop.run(step.command);
    CHECK(appended_by(shop.store(), outcome) == step.appended);
    CHECK(outcome.first.value == before.value + 1);
    CHECK(outcome.last == shop.store().head().position);

    const auto commits = shop.handler().commits();
    CHECK(shop.run(step.command).answer == Answer::already_there);
    CHECK(shop.store().head().position == outcome.last);
    CHECK(shop.handler().commits() == commits);
  }
}

TEST_CASE("every kind of command appends the same when each comes from another process", "[handler]") {
  const TempFolder folder;
  for (const auto& step : steps_of_a_shop()) {
    INFO(step.appended.front());
    ShopProcess first(folder.path());
    const auto outcome = first.run(step.command);
    CHECK(appended_by(first.store(), outcome) == step.appended);
    CHECK(ShopProcess(folder.path()).run(step.command).answer == Answer::already_there);
  }
}

TEST_CASE("what is recorded says who asked, when it happened, and when it was written", "[handler]") {
  const TempFolder folder;
  auto now = may(20);
  ShopProcess shop(folder.path(), {.clock = [&] { return now; }});
  must_append(shop.run(open_shop(), "open:1"));
  now = may(19);
  must_append(shop.run(limit_levels(3)));
  const auto opened = shop.store().read_one({1}).value();
  CHECK(opened.actor == "tester");
  CHECK(opened.command.value().id == "open:1");
  CHECK(opened.occurred_at == may(1, 0));
  CHECK(opened.recorded_at == may(20));
  const auto limited = shop.store().read_one({2}).value();
  CHECK(!limited.command.has_value());
  CHECK(limited.recorded_at == may(20));
  CHECK(opened.salt != limited.salt);
}

TEST_CASE("every event has a salt of its own", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  std::set<Salt> salts;
  shop.store().read({1}, {100}, [&](const StoredEvent& event) { return salts.insert(event.salt).second; });
  CHECK(salts.size() == shop.store().head().position.value);
  CHECK(!salts.contains(Salt{}));
}

TEST_CASE("until a shop is open everything but opening it is refused", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  const std::vector<Command> commands{limit_levels(3),
                                      DeclareCurrency{{"USDT"}, {6}, may(1)},
                                      ChooseDefaultPlan{{"standard"}, may(1)},
                                      publish("standard", {1000}),
                                      add_product("game", Fulfilment::key_pool),
                                      AssignPlan{{"game"}, {"standard"}, may(1)},
                                      enrol("alice"),
                                      bind("bob", "alice"),
                                      suspend("alice"),
                                      ResumeMember{{"alice"}, may(1)},
                                      CloseMember{{"alice"}, "why not", may(1)},
                                      purchase({.order = "o1"})};
  for (const auto& command : commands) {
    INFO("command " << command.index());
    CHECK(refusal(shop.run(command)) == "shop_not_open");
  }
  CHECK(refusal(shop.run(import_keys("game", "b1"), {}, {"secret"})) == "shop_not_open");
  CHECK(refusal(shop.run(refund("r1", "o1", 1))) == "unknown_order");
  CHECK(shop.store().head().position == Position{0});
  CHECK(shop.handler().commits() == 0);
}

TEST_CASE("a command from more than five minutes ahead is refused, one from just before is not", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  const auto ahead = may(32) + clock_skew_max;
  const auto opened_at = [](Timestamp at) { return Command{OpenShop{{"CNY"}, at}}; };
  CHECK(refusal(shop.run(opened_at({ahead.microseconds + 1}))) == "occurred_in_future");
  CHECK(refusal(shop.run(opened_at({timestamp_max.microseconds + 1}))) == "invalid_time");
  CHECK(refusal(shop.run(opened_at({timestamp_min.microseconds - 1}))) == "invalid_time");
  CHECK(shop.run(opened_at(ahead)).answer == Answer::appended);
}

TEST_CASE("a member is enrolled under whoever holds the referral code", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  const auto with_code = [](std::string member, ReferralCode code) {
    return Command{EnrolMember{.member = {std::move(member)}, .referrer_code = std::move(code), .occurred_at = may(2)}};
  };
  CHECK(shop.run(with_code("erin", code_of(shop.store(), "dave"))).answer == Answer::appended);
  const auto enrolled = decode(shop.store().read_stream("member/erin").front());
  CHECK(std::get<MemberEnrolled>(enrolled.event).referrer == MemberId{"dave"});
  CHECK(refusal(shop.run(with_code("frank", {"2222222"}))) == "unknown_referrer");
  CHECK(shop.run(with_code("erin", code_of(shop.store(), "dave"))).answer == Answer::already_there);
  CHECK(refusal(shop.run(with_code("erin", code_of(shop.store(), "carol")))) == "conflict");
}

TEST_CASE("a referral code is proposed until a free one is found, and refused when none is", "[handler]") {
  const TempFolder folder;
  int proposals = 0;
  auto options = test_options();
  options.propose_code = [&] {
    return ReferralCode{++proposals % 20 == 0 ? "FREEC" + std::to_string(proposals) : "TAKEN22"};
  };
  ShopProcess shop(folder.path(), options);
  must_append(shop.run(open_shop()));
  must_append(shop.run(enrol("alice")));
  must_append(shop.run(enrol("bob")));  // at the twentieth proposal
  CHECK(code_of(shop.store(), "bob") == ReferralCode{"FREEC20"});
  ShopProcess stubborn(folder.path(),
                       {.clock = test_options().clock, .propose_code = [] { return ReferralCode{"TAKEN22"}; }});
  CHECK(refusal(stubborn.run(enrol("carol"))) == "code_taken");
}

TEST_CASE("random referral codes are well formed and differ", "[handler]") {
  std::set<std::string> codes;
  for (int i = 0; i < 1000; ++i) {
    const auto code = random_referral_code();
    CHECK(is_well_formed_code(code.value));
    codes.insert(code.value);
  }
  CHECK(codes.size() > 990);
}

TEST_CASE("a cycle of referrers is refused at any depth", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  must_append(shop.run(open_shop()));
  must_append(shop.run(enrol("m0")));
  for (int i = 1; i < 300; ++i) must_append(shop.run(enrol("m" + std::to_string(i), "m" + std::to_string(i - 1))));
  CHECK(refusal(shop.run(bind("m0", "m0"))) == "referral_cycle");
  CHECK(refusal(shop.run(bind("m0", "m1"))) == "referral_cycle");
  CHECK(refusal(shop.run(bind("m0", "m299"))) == "referral_cycle");
  CHECK(refusal(ShopProcess(folder.path()).run(bind("m0", "m299"))) == "referral_cycle");
  CHECK(refusal(shop.run(enrol("new", "new"))) == "referral_cycle");
}

TEST_CASE("a handler without a vault does everything but import keys", "[handler]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  CommandHandler handler(*store, nullptr, test_options());
  const std::vector<Request> opening{{open_shop(), {}, {}, {}}};
  CHECK(handler.execute(opening).front().answer == Answer::appended);
}

TEST_CASE("an actor that is no id is refused, and so is one that is too long", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  must_append(shop.run(open_shop()));
  const auto refusal_of = [&](const std::string& actor) {
    return refusal(shop.handler().execute(std::vector<Request>{{enrol("alice"), {}, actor, {}}}).front());
  };
  for (const auto& actor : {std::string("a b"), std::string("\xff"), std::string("a\n"), std::string(65, 'a')}) {
    CHECK(refusal_of(actor) == "invalid_id");
  }
  CHECK(refusal_of(std::string(64, 'a')).empty());
}

TEST_CASE("a secret that is empty or too long is refused by whoever imports it", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  for (const auto& secret : {std::string(), std::string(secret_bytes_max + 1, 'x')}) {
    CHECK(refusal(shop.run(import_keys("game", "b2"), {}, {"good", secret})) == "invalid_text");
  }
  must_append(shop.run(import_keys("game", "b2"), {}, {"good", std::string(secret_bytes_max, 'x')}));
}

TEST_CASE("a text that is no UTF-8 is refused, so that every event can be printed", "[handler]") {
  const TempFolder folder;
  ShopProcess shop(folder.path());
  set_up_worked_example(shop);
  const std::string bad = "caf\xe9";
  CHECK(refusal(shop.run(SuspendMember{{"alice"}, bad, may(20)})) == "invalid_text");
  auto sale = std::get<RecordPurchase>(purchase({.order = "o1", .product = "course"}));
  sale.channel = bad;
  CHECK(refusal(shop.run(sale)) == "invalid_text");
}
