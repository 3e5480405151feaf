// Which currencies have which number of decimals: ISO 4217, and tokens that a shop declares.
#pragma once

#include "domain/money.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace upline::domain {

/// Decimals of an amount: 2 for USD, 0 for JPY, 6 for most USDT.
struct Exponent {
  int digits{};
  auto operator<=>(const Exponent&) const = default;
};

constexpr Exponent exponent_max{18};

/// 2 to 24 upper-case letters and digits (ledger specification, "Terms").
bool is_well_formed_currency(std::string_view code);

/// The exponent of an active ISO 4217 currency that has minor units (list one as amended in 2024), or nothing.
std::optional<Exponent> iso_4217_exponent(std::string_view code);

/// `394.48`, `-0.05`, `1200`: with all decimals of the currency, whatever the amount.
std::string decimal_text(Minor amount, Exponent exponent);

}  // namespace upline::domain
