#include "domain/policy.hpp"

#include "domain/overloaded.hpp"
#include "domain/utf8.hpp"

#include <algorithm>

namespace upline::domain {

namespace {

using Decision = std::expected<std::vector<PolicyEvent>, Rejection>;

Decision open(const OpenShop& command) {
  if (!is_well_formed_currency(command.currency.code)) return refuse(Reason::invalid_currency, command.currency.code);
  return Decision{{ShopOpened{command.currency}}};
}

Decision open_again(const OpenedShop& shop, const OpenShop& command) {
  if (shop.currency != command.currency)
    return refuse(Reason::conflict, "the shop's currency is " + shop.currency.code);
  return Decision{};
}

Decision declare(const OpenedShop& shop, const DeclareCurrency& command) {
  if (!is_well_formed_currency(command.currency.code)) return refuse(Reason::invalid_currency, command.currency.code);
  if (command.exponent < Exponent{0} || command.exponent > exponent_max) {
    return refuse(Reason::invalid_exponent, command.currency.code);
  }
  const auto known = exponent_of(shop, command.currency);
  if (known && *known != command.exponent) {
    return refuse(Reason::conflict, command.currency.code + " has " + std::to_string(known->digits) + " decimals");
  }
  if (known) return Decision{};
  return Decision{{CurrencyDeclared{command.currency, command.exponent}}};
}

Decision change_level_limit(const OpenedShop& shop, const ChangeLevelLimit& command) {
  if (command.max_levels < 1 || command.max_levels > static_cast<std::int64_t>(levels_max)) {
    return refuse(Reason::invalid_level_limit, std::to_string(command.max_levels));
  }
  if (command.max_levels == shop.max_levels) return Decision{};
  if (command.reason.empty()) return refuse(Reason::reason_missing, "max_levels");
  if (!is_plain_text(command.reason, reason_bytes_max)) return refuse(Reason::invalid_text, "reason");
  return Decision{{LevelLimitChanged{static_cast<std::uint8_t>(command.max_levels), command.reason}}};
}

Decision choose_default_plan(const OpenedShop& shop, const ChooseDefaultPlan& command, bool plan_exists) {
  if (!plan_exists) return refuse(Reason::unknown_plan, command.plan.value);
  if (shop.default_plan == command.plan) return Decision{};
  return Decision{{DefaultPlanChosen{command.plan}}};
}

bool is_sound(Duration span) { return span.microseconds >= microseconds_per_second && span <= duration_max; }

std::expected<void, Rejection> check_reason(const std::string& reason, const char* setting) {
  if (reason.empty()) return refuse(Reason::reason_missing, setting);
  if (!is_plain_text(reason, reason_bytes_max)) return refuse(Reason::invalid_text, "reason");
  return {};
}

Decision change_referral_policy(const OpenedShop& shop, const ChangeReferralPolicy& c) {
  auto policy = shop.referral;
  policy.binds = c.binds.value_or(policy.binds);
  policy.click_window = c.click_window.value_or(policy.click_window);
  policy.link_needs_purchase = c.link_needs_purchase.value_or(policy.link_needs_purchase);
  if (!is_sound(policy.click_window)) return refuse(Reason::invalid_duration, "click_window");
  if (policy == shop.referral) return Decision{};
  if (auto checked = check_reason(c.reason, "referral policy"); !checked) return std::unexpected(checked.error());
  return Decision{{ReferralPolicyChanged{policy, c.reason}}};
}

std::expected<std::uint32_t, Rejection> open_orders(const std::optional<std::int64_t>& wanted, std::uint32_t now) {
  if (!wanted) return now;
  if (*wanted < 1 || *wanted > open_orders_max) return refuse(Reason::invalid_limit, std::to_string(*wanted));
  return static_cast<std::uint32_t>(*wanted);
}

Decision change_reservation_policy(const OpenedShop& shop, const ChangeReservationPolicy& c) {
  const auto per_buyer = open_orders(c.open_per_buyer, shop.reservation.open_per_buyer);
  if (!per_buyer) return std::unexpected(per_buyer.error());
  const auto per_address = open_orders(c.open_per_address, shop.reservation.open_per_address);
  if (!per_address) return std::unexpected(per_address.error());
  const ReservationPolicy policy{c.reserve_for.value_or(shop.reservation.reserve_for), *per_buyer, *per_address};
  if (!is_sound(policy.reserve_for)) return refuse(Reason::invalid_duration, "reserve_for");
  if (policy == shop.reservation) return Decision{};
  if (auto checked = check_reason(c.reason, "reservation policy"); !checked) return std::unexpected(checked.error());
  return Decision{{ReservationPolicyChanged{policy, c.reason}}};
}

Decision change_settlement_policy(const OpenedShop& shop, const ChangeSettlementPolicy& c) {
  const SettlementPolicy policy{c.four_eyes};
  if (policy == shop.settlement) return Decision{};
  if (auto checked = check_reason(c.reason, "settlement policy"); !checked) return std::unexpected(checked.error());
  return Decision{{SettlementPolicyChanged{policy, c.reason}}};
}

Decision not_open() { return refuse(Reason::shop_not_open); }

}  // namespace

std::string_view name(BindingRule rule) {
  return rule == BindingRule::at_enrolment ? "at-enrolment" : "at-first-purchase";
}

std::optional<BindingRule> parse_binding_rule(std::string_view text) {
  for (const auto rule : {BindingRule::at_enrolment, BindingRule::at_first_purchase}) {
    if (text == name(rule)) return rule;
  }
  return std::nullopt;
}

std::optional<Exponent> exponent_of(const OpenedShop& shop, const Currency& currency) {
  if (const auto declared = shop.declared.find(currency.code); declared != shop.declared.end()) return declared->second;
  return iso_4217_exponent(currency.code);
}

bool is_plain_text(std::string_view text, std::size_t bytes_max) {
  return text.size() <= bytes_max && is_utf8(text) &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Decision decide(const Policy& state, const PolicyCommand& command, bool plan_exists) {
  return std::visit(
      Overloaded{
          [](const NoShop&, const OpenShop& c) { return open(c); },
          [](const NoShop&, const DeclareCurrency&) { return not_open(); },
          [](const NoShop&, const ChangeLevelLimit&) { return not_open(); },
          [](const NoShop&, const ChooseDefaultPlan&) { return not_open(); },
          [](const NoShop&, const ChangeReferralPolicy&) { return not_open(); },
          [](const NoShop&, const ChangeReservationPolicy&) { return not_open(); },
          [](const NoShop&, const ChangeSettlementPolicy&) { return not_open(); },
          [](const OpenedShop& s, const OpenShop& c) { return open_again(s, c); },
          [](const OpenedShop& s, const DeclareCurrency& c) { return declare(s, c); },
          [](const OpenedShop& s, const ChangeLevelLimit& c) { return change_level_limit(s, c); },
          [&](const OpenedShop& s, const ChooseDefaultPlan& c) { return choose_default_plan(s, c, plan_exists); },
          [](const OpenedShop& s, const ChangeReferralPolicy& c) { return change_referral_policy(s, c); },
          [](const OpenedShop& s, const ChangeReservationPolicy& c) { return change_reservation_policy(s, c); },
          [](const OpenedShop& s, const ChangeSettlementPolicy& c) { return change_settlement_policy(s, c); },
      },
      state, command);
}

Policy evolve(Policy state, const PolicyEvent& event) {
  if (const auto* opened = std::get_if<ShopOpened>(&event)) return OpenedShop{.currency = opened->currency};
  auto& shop = std::get<OpenedShop>(state);
  std::visit(Overloaded{
                 [](const ShopOpened&) {},
                 [&](const CurrencyDeclared& e) { shop.declared.emplace(e.currency.code, e.exponent); },
                 [&](const LevelLimitChanged& e) { shop.max_levels = e.max_levels; },
                 [&](const DefaultPlanChosen& e) { shop.default_plan = e.plan; },
                 [&](const ReferralPolicyChanged& e) { shop.referral = e.policy; },
                 [&](const ReservationPolicyChanged& e) { shop.reservation = e.policy; },
                 [&](const SettlementPolicyChanged& e) { shop.settlement = e.policy; },
             },
             event);
  return state;
}

}  // namespace upline::domain
