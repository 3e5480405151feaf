// Money is a signed count of minor units in one currency. No floating point, every sum and product checked.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace upline::domain {

/// A count of minor units (cents, fen, or a token's smallest unit); the currency travels beside it.
struct Minor {
  std::int64_t value{};
  auto operator<=>(const Minor&) const = default;
};

/// Hundredths of a percent: 10000 is the whole.
struct BasisPoints {
  std::int32_t value{};
  auto operator<=>(const BasisPoints&) const = default;
};

constexpr std::int32_t basis_points_whole = 10'000;

/// Units of a product in one order.
struct Quantity {
  std::int64_t value{};
  auto operator<=>(const Quantity&) const = default;
};

constexpr std::int64_t quantity_max = 1'000'000;

/// An ISO 4217 code or a token's code: 2 to 24 upper-case letters and digits.
struct Currency {
  std::string code{};
  auto operator<=>(const Currency&) const = default;
};

/// The sum, or nothing when it does not fit 64 bits.
constexpr std::optional<Minor> checked_sum(Minor a, Minor b) {
  std::int64_t sum{};
  if (__builtin_add_overflow(a.value, b.value, &sum)) return std::nullopt;
  return Minor{sum};
}

/// floor(amount * numerator / denominator), through 128 bits. Needs amount >= 0, 0 <= numerator <= denominator and
/// denominator > 0, so the result never exceeds the amount. The remainder stays with whoever holds the amount.
Minor share_rounded_down(Minor amount, std::int64_t numerator, std::int64_t denominator);

/// unit * quantity, or nothing when it does not fit 64 bits. Needs both >= 0.
std::optional<Minor> checked_product(Minor unit, Quantity quantity);

/// min(unit * quantity, limit), through 128 bits. Needs all three >= 0.
Minor product_capped(Minor unit, Quantity quantity, Minor limit);

}  // namespace upline::domain
