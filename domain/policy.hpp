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

using PolicyCommand = std::variant<OpenShop, DeclareCurrency, ChangeLevelLimit, ChooseDefaultPlan>;

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

using PolicyEvent = std::variant<ShopOpened, CurrencyDeclared, LevelLimitChanged, DefaultPlanChosen>;

// State

struct NoShop {};

struct OpenedShop {
  Currency currency{};
  std::map<std::string, Exponent, std::less<>> declared{};
  std::uint8_t max_levels{level_limit_default};
  std::optional<PlanId> default_plan{};
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
