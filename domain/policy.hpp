// The shop itself: its default currency, the tokens it declared, how deep its plans may reach, its default plan.
#pragma once

#include "domain/currency.hpp"
#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/rejection.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace upline::domain {

/// Levels above a buyer that a plan may reward; the bound of every chain walk that money depends on.
constexpr std::size_t levels_max = 16;
constexpr std::uint8_t level_limit_default = 2;
constexpr std::size_t reason_bytes_max = 500;

/// When the referral link that brought a member counts. The numbers are stored; they never change.
enum class BindingRule : std::uint8_t { at_enrolment = 1, at_first_purchase = 2 };

/// `at-enrolment`, `at-first-purchase`.
std::string_view name(BindingRule rule);
std::optional<BindingRule> parse_binding_rule(std::string_view text);

struct ReferralPolicy {
  BindingRule binds{BindingRule::at_enrolment};
  Duration click_window{30 * microseconds_per_day};  // for how long a click on a link counts
  bool link_needs_purchase{};                        // a member's link works from the first purchase on
  bool operator==(const ReferralPolicy&) const = default;
};

struct ReservationPolicy {
  Duration reserve_for{10 * 60 * microseconds_per_second};
  std::uint32_t open_per_buyer{3};
  std::uint32_t open_per_address{3};
  bool operator==(const ReservationPolicy&) const = default;
};

struct SettlementPolicy {
  bool four_eyes{};  // whoever approves a settlement is not who opened it
  bool operator==(const SettlementPolicy&) const = default;
};

constexpr std::int64_t open_orders_max = 1'000'000;

// Commands

struct OpenShop {
  Currency currency{};
  Timestamp occurred_at{};
};

struct DeclareCurrency {
  Currency currency{};
  Exponent exponent{};
  Timestamp occurred_at{};
};

/// Some jurisdictions treat deep chains as pyramid selling, so the limit moves only with a reason.
struct ChangeLevelLimit {
  std::int64_t max_levels{};
  std::string reason{};
  Timestamp occurred_at{};
};

struct ChooseDefaultPlan {
  PlanId plan{};
  Timestamp occurred_at{};
};

/// What is not named stays as it is.
struct ChangeReferralPolicy {
  std::optional<BindingRule> binds{};
  std::optional<Duration> click_window{};
  std::optional<bool> link_needs_purchase{};
  std::string reason{};
  Timestamp occurred_at{};
};

struct ChangeReservationPolicy {
  std::optional<Duration> reserve_for{};
  std::optional<std::int64_t> open_per_buyer{};
  std::optional<std::int64_t> open_per_address{};
  std::string reason{};
  Timestamp occurred_at{};
};

struct ChangeSettlementPolicy {
  bool four_eyes{};
  std::string reason{};
  Timestamp occurred_at{};
};

using PolicyCommand = std::variant<OpenShop, DeclareCurrency, ChangeLevelLimit, ChooseDefaultPlan, ChangeReferralPolicy,
                                   ChangeReservationPolicy, ChangeSettlementPolicy>;

// Events, in the stream `policy`

struct ShopOpened {
  Currency currency{};
  bool operator==(const ShopOpened&) const = default;
};

struct CurrencyDeclared {
  Currency currency{};
  Exponent exponent{};
  bool operator==(const CurrencyDeclared&) const = default;
};

struct LevelLimitChanged {
  std::uint8_t max_levels{};
  std::string reason{};
  bool operator==(const LevelLimitChanged&) const = default;
};

struct DefaultPlanChosen {
  PlanId plan{};
  bool operator==(const DefaultPlanChosen&) const = default;
};

/// The whole policy as it is from now on.
struct ReferralPolicyChanged {
  ReferralPolicy policy{};
  std::string reason{};
  bool operator==(const ReferralPolicyChanged&) const = default;
};

struct ReservationPolicyChanged {
  ReservationPolicy policy{};
  std::string reason{};
  bool operator==(const ReservationPolicyChanged&) const = default;
};

struct SettlementPolicyChanged {
  SettlementPolicy policy{};
  std::string reason{};
  bool operator==(const SettlementPolicyChanged&) const = default;
};

using PolicyEvent = std::variant<ShopOpened, CurrencyDeclared, LevelLimitChanged, DefaultPlanChosen,
                                 ReferralPolicyChanged, ReservationPolicyChanged, SettlementPolicyChanged>;

// State

struct NoShop {};

struct OpenedShop {
  Currency currency{};
  std::map<std::string, Exponent, std::less<>> declared{};
  std::uint8_t max_levels{level_limit_default};
  std::optional<PlanId> default_plan{};
  ReferralPolicy referral{};
  ReservationPolicy reservation{};
  SettlementPolicy settlement{};
};

using Policy = std::variant<NoShop, OpenedShop>;

/// Decimals of the currency in this shop, or nothing when amounts in it are refused.
std::optional<Exponent> exponent_of(const OpenedShop& shop, const Currency& currency);

/// A reason or another short text: UTF-8 of at most `bytes_max` bytes, none of them a control character.
bool is_plain_text(std::string_view text, std::size_t bytes_max);

/// `plan_exists` answers for ChooseDefaultPlan's plan. No events: already so.
std::expected<std::vector<PolicyEvent>, Rejection> decide(const Policy& state, const PolicyCommand& command,
                                                          bool plan_exists);
Policy evolve(Policy state, const PolicyEvent& event);

}  // namespace upline::domain
