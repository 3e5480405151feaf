#include "domain/policy.hpp"

#include "tests/domain/given.hpp"

namespace {

using namespace upline::domain;

constexpr Timestamp noon{1'777'636'800'000'000};
const Currency usd{"USD"};
const Currency cny{"CNY"};
const Currency usdt{"USDT"};
const PlanId two_levels{"two-levels"};

struct Policies {
  struct Wish {
    PolicyCommand command{};
    bool plan_exists{};
  };
  using State = Policy;
  using Past = PolicyEvent;
  using Event = PolicyEvent;
  using Command = Wish;
  static Policy fold(Policy state, const PolicyEvent& event) { return evolve(std::move(state), event); }
  static auto decide(const Policy& state, const Wish& wish) {
    return upline::domain::decide(state, wish.command, wish.plan_exists);
  }
};

upline::tests::Given<Policies> given(const std::vector<PolicyEvent>& events) {
  return upline::tests::Given<Policies>(events);
}

Policies::Wish open(const Currency& currency) { return {OpenShop{currency, noon}, false}; }
Policies::Wish declare(const Currency& currency, int digits) {
  return {DeclareCurrency{currency, Exponent{digits}, noon}, false};
}
Policies::Wish limit_levels(std::int64_t levels, std::string reason) {
  return {ChangeLevelLimit{levels, std::move(reason), noon}, false};
}
Policies::Wish choose(const PlanId& plan, bool exists) { return {ChooseDefaultPlan{plan, noon}, exists}; }

OpenedShop shop_after(const std::vector<PolicyEvent>& events) {
  Policy state;
  for (const auto& event : events) state = evolve(std::move(state), event);
  return std::get<OpenedShop>(state);
}

const ShopOpened opened{usd};

}  // namespace

TEST_CASE("a shop opens once, in one currency", "[policy]") {
  given({}).when(open(usd)).then({opened}).again().then_nothing();
  given({opened}).when(open(cny)).then_refused(Reason::conflict);
  given({opened}).when(open(Currency{"usd"})).then_refused(Reason::conflict);
  given({}).when(open(Currency{"usd"})).then_refused(Reason::invalid_currency);
}

TEST_CASE("a shop may open in a token that it declares later", "[policy]") {
  given({}).when(open(usdt)).then({ShopOpened{usdt}});
  CHECK_FALSE(exponent_of(shop_after({ShopOpened{usdt}}), usdt));
  CHECK(exponent_of(shop_after({ShopOpened{usdt}, CurrencyDeclared{usdt, Exponent{6}}}), usdt) == Exponent{6});
}

TEST_CASE("nothing is asked of a shop that is not open", "[policy]") {
  given({}).when(declare(Currency{"x"}, 99)).then_refused(Reason::shop_not_open);
  given({}).when(limit_levels(99, "")).then_refused(Reason::shop_not_open);
  given({}).when(choose(two_levels, false)).then_refused(Reason::shop_not_open);
}

TEST_CASE("a token is declared once, with 0 to 18 decimals", "[policy]") {
  given({opened}).when(declare(usdt, 6)).then({CurrencyDeclared{usdt, Exponent{6}}}).again().then_nothing();
  given({opened}).when(declare(usdt, 0)).then({CurrencyDeclared{usdt, Exponent{0}}});
  given({opened}).when(declare(usdt, 18)).then({CurrencyDeclared{usdt, Exponent{18}}});
  given({opened}).when(declare(Currency{"usdt"}, 19)).then_refused(Reason::invalid_currency);
  given({opened}).when(declare(usdt, 19)).then_refused(Reason::invalid_exponent);
  given({opened}).when(declare(usdt, -1)).then_refused(Reason::invalid_exponent);
  given({opened, CurrencyDeclared{usdt, Exponent{6}}}).when(declare(usdt, 19)).then_refused(Reason::invalid_exponent);
  given({opened, CurrencyDeclared{usdt, Exponent{6}}}).when(declare(usdt, 8)).then_refused(Reason::conflict);
}

TEST_CASE("what ISO 4217 lists needs no declaration, and takes no other one", "[policy]") {
  given({opened}).when(declare(cny, 2)).then_nothing();
  given({opened}).when(declare(cny, 3)).then_refused(Reason::conflict);
  CHECK(exponent_of(shop_after({opened}), cny) == Exponent{2});
  CHECK(exponent_of(shop_after({opened}), Currency{"JPY"}) == Exponent{0});
}

TEST_CASE("the level limit starts at 2 and moves only with a reason", "[policy]") {
  CHECK(shop_after({opened}).max_levels == 2);
  given({opened}).when(limit_levels(2, "")).then_nothing();
  given({opened})
      .when(limit_levels(3, "counsel agreed"))
      .then({LevelLimitChanged{3, "counsel agreed"}})
      .again()
      .then_nothing();
  given({opened}).when(limit_levels(1, "new law")).then({LevelLimitChanged{1, "new law"}});
  given({opened}).when(limit_levels(16, "pilot")).then({LevelLimitChanged{16, "pilot"}});
  CHECK(shop_after({opened, LevelLimitChanged{16, "pilot"}}).max_levels == 16);
}

TEST_CASE("a level limit is refused for its number, then for its reason", "[policy]") {
  given({opened}).when(limit_levels(0, "")).then_refused(Reason::invalid_level_limit);
  given({opened}).when(limit_levels(17, "")).then_refused(Reason::invalid_level_limit);
  given({opened}).when(limit_levels(256 + 2, "wraps round")).then_refused(Reason::invalid_level_limit);
  given({opened}).when(limit_levels(3, "")).then_refused(Reason::reason_missing);
  given({opened}).when(limit_levels(3, "a\nb")).then_refused(Reason::invalid_text);
  given({opened}).when(limit_levels(3, std::string(501, 'x'))).then_refused(Reason::invalid_text);
}

TEST_CASE("the default plan is one that is there", "[policy]") {
  given({opened}).when(choose(two_levels, true)).then({DefaultPlanChosen{two_levels}}).again().then_nothing();
  given({opened}).when(choose(two_levels, false)).then_refused(Reason::unknown_plan);
  given({opened, DefaultPlanChosen{two_levels}})
      .when(choose(PlanId{"other"}, true))
      .then({DefaultPlanChosen{PlanId{"other"}}});
}

TEST_CASE("a text is plain without control characters, in any language", "[policy]") {
  CHECK(is_plain_text("", 0));
  CHECK(is_plain_text("换卡", 6));
  CHECK_FALSE(is_plain_text("换卡", 5));
  CHECK_FALSE(is_plain_text(std::string_view("a\0b", 3), 10));
  CHECK_FALSE(is_plain_text("a\x1f", 10));
  CHECK_FALSE(is_plain_text("a\x7f", 10));
  CHECK(is_plain_text("a b", 3));
  CHECK_FALSE(is_plain_text("\xe6\x8d", 10));  // cut short
  CHECK_FALSE(is_plain_text("\xff", 10));
}

TEST_CASE("the referral policy changes as far as it is named, with a reason", "[policy]") {
  const auto change = [](std::optional<BindingRule> binds, std::optional<Duration> window, std::optional<bool> needs,
                         std::string reason) {
    return Policies::Wish{ChangeReferralPolicy{binds, window, needs, std::move(reason), noon}, false};
  };
  constexpr Duration day{microseconds_per_day};
  const ReferralPolicy late{BindingRule::at_first_purchase, day, false};
  given({opened})
      .when(change(BindingRule::at_first_purchase, day, {}, "a trial"))
      .then({ReferralPolicyChanged{late, "a trial"}})
      .again()
      .then_nothing()
      .when(change({}, {}, true, "no free links"))
      .then({ReferralPolicyChanged{{BindingRule::at_first_purchase, day, true}, "no free links"}})
      .again()
      .then_nothing();
  given({opened}).when(change({}, {}, {}, "")).then_nothing();
  given({opened})
      .when(change(BindingRule::at_enrolment, Duration{30 * microseconds_per_day}, false, ""))
      .then_nothing();
  CHECK(shop_after({opened}).referral == ReferralPolicy{});
  CHECK(shop_after({opened, ReferralPolicyChanged{late, "a trial"}}).referral == late);
  given({}).when(change({}, Duration{0}, {}, "")).then_refused(Reason::shop_not_open);
  given({opened}).when(change({}, Duration{0}, {}, "")).then_refused(Reason::invalid_duration);
  given({opened})
      .when(change({}, Duration{microseconds_per_second - 1}, {}, "x"))
      .then_refused(Reason::invalid_duration);
  given({opened})
      .when(change({}, Duration{duration_max.microseconds + 1}, {}, "x"))
      .then_refused(Reason::invalid_duration);
  given({opened}).when(change({}, day, {}, "")).then_refused(Reason::reason_missing);
  given({opened}).when(change({}, day, {}, "a\nb")).then_refused(Reason::invalid_text);
}

TEST_CASE("reservations are as long and as many as the shop says, with a reason", "[policy]") {
  const auto change = [](std::optional<Duration> reserve_for, std::optional<std::int64_t> per_buyer,
                         std::optional<std::int64_t> per_address, std::string reason) {
    return Policies::Wish{ChangeReservationPolicy{reserve_for, per_buyer, per_address, std::move(reason), noon}, false};
  };
  constexpr Duration second{microseconds_per_second};
  CHECK(shop_after({opened}).reservation == ReservationPolicy{Duration{600 * microseconds_per_second}, 3, 3});
  given({opened})
      .when(change(second, {}, {}, "a rush"))
      .then({ReservationPolicyChanged{{second, 3, 3}, "a rush"}})
      .again()
      .then_nothing()
      .when(change({}, 1, 1'000'000, "a rush"))
      .then({ReservationPolicyChanged{{second, 1, 1'000'000}, "a rush"}})
      .again()
      .then_nothing();
  given({opened}).when(change({}, {}, {}, "")).then_nothing();
  given({opened}).when(change({}, 3, 3, "")).then_nothing();
  given({}).when(change({}, 0, {}, "")).then_refused(Reason::shop_not_open);
  given({opened}).when(change(Duration{0}, 0, 0, "")).then_refused(Reason::invalid_limit);
  given({opened}).when(change(Duration{0}, {}, 1'000'001, "")).then_refused(Reason::invalid_limit);
  given({opened}).when(change(Duration{0}, {}, {}, "")).then_refused(Reason::invalid_duration);
  given({opened}).when(change(second, {}, {}, "")).then_refused(Reason::reason_missing);
  given({opened}).when(change(second, {}, {}, std::string(501, 'x'))).then_refused(Reason::invalid_text);
}

TEST_CASE("a binding rule is read as it is written", "[policy]") {
  CHECK(name(BindingRule::at_enrolment) == "at-enrolment");
  CHECK(name(BindingRule::at_first_purchase) == "at-first-purchase");
  for (const auto rule : {BindingRule::at_enrolment, BindingRule::at_first_purchase}) {
    CHECK(parse_binding_rule(name(rule)) == rule);
  }
  CHECK_FALSE(parse_binding_rule("at_enrolment"));
}
