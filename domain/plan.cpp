#include "domain/plan.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>
#include <numeric>

namespace upline::domain {

namespace {

using Decision = std::expected<std::vector<PlanPublished>, Rejection>;

bool are_in_range(const PercentRates& rates) {
  return std::ranges::all_of(rates.by_level,
                             [](BasisPoints r) { return r.value >= 0 && r.value <= basis_points_whole; });
}

bool are_in_range(const FixedRates& rates) {
  return std::ranges::all_of(rates.by_level, [](Minor r) { return r.value >= 0; });
}

bool exceed_cap(const PlanTerms& terms) {
  const auto* percent = std::get_if<PercentRates>(&terms.rates);
  if (percent == nullptr) return false;  // fixed amounts are bounded by each sale's budget instead
  const auto add = [](std::int32_t sum, BasisPoints rate) { return sum + rate.value; };
  static_assert(levels_max * basis_points_whole <= INT32_MAX);
  return std::accumulate(percent->by_level.begin(), percent->by_level.end(), 0, add) > terms.payout_cap.value;
}

bool currency_is_declared(const PlanTerms& terms, const OpenedShop& shop) {
  const auto* fixed = std::get_if<FixedRates>(&terms.rates);
  return fixed == nullptr || exponent_of(shop, fixed->currency).has_value();
}

std::expected<void, Rejection> check_terms(const PublishPlan& command, const OpenedShop& shop) {
  const auto& terms = command.terms;
  const auto levels = level_count(terms);
  if (!is_well_formed_id(command.plan.value)) return refuse(Reason::invalid_id, "plan");
  if (levels < 1 || levels > levels_max) return refuse(Reason::invalid_rate, std::to_string(levels) + " levels");
  if (!std::visit([](const auto& rates) { return are_in_range(rates); }, terms.rates)) {
    return refuse(Reason::invalid_rate, command.plan.value);
  }
  if (terms.payout_cap.value < 0 || terms.payout_cap.value > basis_points_whole) {
    return refuse(Reason::invalid_rate, "payout_cap_bp");
  }
  if (terms.hold < Duration{0} || terms.hold > duration_max) return refuse(Reason::invalid_hold, command.plan.value);
  if (!currency_is_declared(terms, shop)) return refuse(Reason::currency_not_declared, command.plan.value);
  if (exceed_cap(terms)) return refuse(Reason::rates_exceed_cap, command.plan.value);
  if (levels > shop.max_levels) {
    return refuse(Reason::level_limit_exceeded,
                  std::to_string(levels) + " levels, the limit is " + std::to_string(shop.max_levels));
  }
  return {};
}

}  // namespace

std::size_t level_count(const PlanTerms& terms) {
  return std::visit([](const auto& rates) { return rates.by_level.size(); }, terms.rates);
}

Decision decide(const Plan& state, const PublishPlan& command, const OpenedShop& shop) {
  if (auto checked = check_terms(command, shop); !checked) return std::unexpected(checked.error());
  return std::visit(Overloaded{
                        [&](const NoPlan&) { return Decision{{PlanPublished{PlanVersion{1}, command.terms}}}; },
                        [&](const PublishedPlan& plan) {
                          if (plan.versions.at(plan.latest) == command.terms) return Decision{};
                          return Decision{{PlanPublished{PlanVersion{plan.latest.value + 1}, command.terms}}};
                        },
                    },
                    state);
}

Plan evolve(Plan state, const PlanPublished& event) {
  if (std::holds_alternative<NoPlan>(state)) state = PublishedPlan{};
  auto& plan = std::get<PublishedPlan>(state);
  plan.latest = event.version;
  plan.versions.emplace(event.version, event.terms);
  return state;
}

}  // namespace upline::domain
