#include "domain/plan.hpp"

#include "tests/domain/given.hpp"

#include <limits>

namespace {

using namespace upline::domain;

constexpr Timestamp noon{1'777'636'800'000'000};
constexpr Duration week{7 * microseconds_per_day};
const Currency cny{"CNY"};

struct Plans {
  struct Wish {
    PublishPlan command{};
    std::uint8_t max_levels{level_limit_default};
  };
  using State = Plan;
  using Past = PlanPublished;
  using Event = PlanPublished;
  using Command = Wish;
  static Plan fold(Plan state, const PlanPublished& event) { return evolve(std::move(state), event); }
  static auto decide(const Plan& state, const Wish& wish) {
    return upline::domain::decide(state, wish.command, OpenedShop{.currency = cny, .max_levels = wish.max_levels});
  }
};

upline::tests::Given<Plans> given(const std::vector<PlanPublished>& events) {
  return upline::tests::Given<Plans>(events);
}

PlanTerms percent(const std::vector<std::int32_t>& rates, std::int32_t cap = basis_points_whole, Duration hold = week) {
  PercentRates by_level;
  for (const auto rate : rates) by_level.by_level.push_back(BasisPoints{rate});
  return {by_level, BasisPoints{cap}, hold};
}

PlanTerms fixed(const std::vector<std::int64_t>& rates, const Currency& currency = cny) {
  FixedRates by_level{currency, {}};
  for (const auto rate : rates) by_level.by_level.push_back(Minor{rate});
  return {by_level, BasisPoints{basis_points_whole}, week};
}

Plans::Wish publish(PlanTerms terms, std::uint8_t max_levels = level_limit_default) {
  return {PublishPlan{PlanId{"p"}, std::move(terms), noon}, max_levels};
}

PlanPublished version(std::uint32_t number, PlanTerms terms) { return {PlanVersion{number}, std::move(terms)}; }

}  // namespace

TEST_CASE("publishing other terms makes a new version, publishing the same makes none", "[plan]") {
  const auto first = percent({1000, 500});
  const auto second = percent({1200, 500});
  given({}).when(publish(first)).then({version(1, first)}).again().then_nothing();
  given({version(1, first)}).when(publish(second)).then({version(2, second)}).again().then_nothing();
  given({version(1, first), version(2, second)}).when(publish(first)).then({version(3, first)});
}

TEST_CASE("no version is ever edited", "[plan]") {
  Plan plan = evolve(NoPlan{}, version(1, percent({1000})));
  plan = evolve(plan, version(2, percent({2000})));
  const auto& published = std::get<PublishedPlan>(plan);
  CHECK(published.latest == PlanVersion{2});
  CHECK(published.versions.at(PlanVersion{1}) == percent({1000}));
  CHECK(published.versions.at(PlanVersion{2}) == percent({2000}));
}

TEST_CASE("a change of the cap or of the hold alone is a new version", "[plan]") {
  const auto terms = percent({1000}, 10'000, week);
  given({version(1, terms)}).when(publish(percent({1000}, 9'999, week))).then({version(2, percent({1000}, 9'999))});
  given({version(1, terms)})
      .when(publish(percent({1000}, 10'000, Duration{0})))
      .then({version(2, percent({1000}, 10'000, Duration{0}))});
}

TEST_CASE("a plan has 1 to 16 levels", "[plan]") {
  given({}).when(publish(percent({}), 16)).then_refused(Reason::invalid_rate);
  given({}).when(publish(fixed({}), 16)).then_refused(Reason::invalid_rate);
  const auto sixteen = percent(std::vector<std::int32_t>(16, 625));
  given({}).when(publish(sixteen, 16)).then({version(1, sixteen)});
  given({}).when(publish(percent(std::vector<std::int32_t>(17, 1)), 16)).then_refused(Reason::invalid_rate);
}

TEST_CASE("a rate, a cap and a hold have their ranges", "[plan]") {
  given({}).when(publish(percent({-1}))).then_refused(Reason::invalid_rate);
  given({}).when(publish(percent({10'001}))).then_refused(Reason::invalid_rate);
  given({}).when(publish(fixed({-1}))).then_refused(Reason::invalid_rate);
  given({}).when(publish(percent({0}, -1))).then_refused(Reason::invalid_rate);
  given({}).when(publish(percent({0}, 10'001))).then_refused(Reason::invalid_rate);
  given({}).when(publish(percent({0}, 0, Duration{-1}))).then_refused(Reason::invalid_hold);
  const Duration too_long{duration_max.microseconds + 1};
  given({}).when(publish(percent({0}, 0, too_long))).then_refused(Reason::invalid_hold);
  given({}).when(publish(percent({0}, 0, Duration{0}))).then({version(1, percent({0}, 0, Duration{0}))});
  given({})
      .when(publish(percent({10'000}, 10'000, duration_max)))
      .then({version(1, percent({10'000}, 10'000, duration_max))});
}

TEST_CASE("percentages that add up to more than the cap are refused", "[plan]") {
  given({}).when(publish(percent({6000, 4001}))).then_refused(Reason::rates_exceed_cap);
  given({}).when(publish(percent({1000, 501}, 1500))).then_refused(Reason::rates_exceed_cap);
  given({}).when(publish(percent({1000, 500}, 1500))).then({version(1, percent({1000, 500}, 1500))});
  given({}).when(publish(percent(std::vector<std::int32_t>(16, 10'000)), 16)).then_refused(Reason::rates_exceed_cap);
}

TEST_CASE("fixed amounts have no such sum: each sale's budget bounds them", "[plan]") {
  const auto huge = fixed({std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max()});
  given({}).when(publish(huge)).then({version(1, huge)}).again().then_nothing();
}

TEST_CASE("fixed amounts are in a currency that the shop knows", "[plan]") {
  given({}).when(publish(fixed({100}, Currency{"USDT"}))).then_refused(Reason::currency_not_declared);
  given({}).when(publish(fixed({100}, Currency{"usd"}))).then_refused(Reason::currency_not_declared);
  given({}).when(publish(fixed({100}, Currency{"JPY"}))).then({version(1, fixed({100}, Currency{"JPY"}))});
}

TEST_CASE("a plan reaches no further than the shop's level limit", "[plan]") {
  given({}).when(publish(percent({1000, 500, 250}))).then_refused(Reason::level_limit_exceeded);
  given({}).when(publish(fixed({1, 1, 1}))).then_refused(Reason::level_limit_exceeded);
  given({}).when(publish(percent({1000, 500, 250}), 3)).then({version(1, percent({1000, 500, 250}))});
}

TEST_CASE("a plan is refused for its id, rates, cap, hold, currency, sum, then its depth", "[plan]") {
  Plans::Wish wish{PublishPlan{PlanId{""}, percent({-1, 10'000, 1}, -1, Duration{-1}), noon}, 2};
  given({}).when(wish).then_refused(Reason::invalid_id);
  given({}).when(publish(percent({-1, 10'000, 1}, 1, Duration{-1}))).then_refused(Reason::invalid_rate);
  given({}).when(publish(percent({1, 10'000, 1}, 1, Duration{-1}))).then_refused(Reason::invalid_hold);
  auto unknown_currency = fixed({1, 1, 1}, Currency{"USDT"});
  given({}).when(publish(unknown_currency)).then_refused(Reason::currency_not_declared);
  unknown_currency.hold = Duration{-1};
  given({}).when(publish(unknown_currency)).then_refused(Reason::invalid_hold);
  given({}).when(publish(percent({1, 10'000, 1}, 1))).then_refused(Reason::rates_exceed_cap);
}
