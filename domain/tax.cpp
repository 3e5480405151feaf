#include "domain/tax.hpp"

#include "domain/overloaded.hpp"

#include <cassert>
#include <charconv>

namespace upline::domain {

namespace {

__extension__ using Wide = __int128;

constexpr std::string_view flat_prefix = "flat:";
constexpr std::string_view labour_name = "cn-labour-2018";

/// numerator / denominator, half up; needs numerator >= 0.
Minor rounded_half_up(Wide numerator, std::int64_t denominator) {
  return Minor{static_cast<std::int64_t>((2 * numerator + denominator) / (2 * static_cast<Wide>(denominator)))};
}

// In fen, as CNY has two decimals.
constexpr std::int64_t full_deduction_until = 4'000'00;
constexpr std::int64_t deduction = 800'00;

struct Bracket {
  std::int64_t taxable_until{};
  int percent{};
  std::int64_t quick_deduction{};
};

constexpr Bracket lowest{20'000'00, 20, 0};
constexpr Bracket middle{50'000'00, 30, 2'000'00};
constexpr Bracket highest{INT64_MAX, 40, 7'000'00};

Minor labour_tax(Minor gross) {
  // Tenths of a fen, so that four fifths are a whole number.
  const Wide tenths =
      gross.value <= full_deduction_until ? Wide{10} * (gross.value - deduction) : Wide{8} * gross.value;
  if (tenths <= 0) return {};
  const auto& bracket = tenths <= Wide{10} * lowest.taxable_until   ? lowest
                        : tenths <= Wide{10} * middle.taxable_until ? middle
                                                                    : highest;
  return rounded_half_up(tenths * bracket.percent - Wide{1000} * bracket.quick_deduction, 1000);
}

std::optional<TaxMethod> parse_flat(std::string_view digits) {
  std::int32_t rate{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rate);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (rate < 0 || rate > basis_points_whole || std::to_string(rate) != digits) return std::nullopt;
  return FlatTax{{rate}};
}

}  // namespace

std::optional<TaxMethod> parse_tax_method(std::string_view text) {
  if (text == "none") return NoTax{};
  if (text == labour_name) return CnLabour2018{};
  if (text.starts_with(flat_prefix)) return parse_flat(text.substr(flat_prefix.size()));
  return std::nullopt;
}

std::string name(const TaxMethod& method) {
  return std::visit(Overloaded{
                        [](const NoTax&) { return std::string("none"); },
                        [](const FlatTax& flat) { return std::string(flat_prefix) + std::to_string(flat.rate.value); },
                        [](const CnLabour2018&) { return std::string(labour_name); },
                    },
                    method);
}

std::optional<Minor> tax_on(const TaxMethod& method, Minor gross, const Currency& currency) {
  assert(gross >= Minor{0});
  return std::visit(
      Overloaded{
          [](const NoTax&) { return std::optional(Minor{0}); },
          [&](const FlatTax& flat) {
            return std::optional(rounded_half_up(static_cast<Wide>(gross.value) * flat.rate.value, basis_points_whole));
          },
          [&](const CnLabour2018&) { return currency.code == "CNY" ? std::optional(labour_tax(gross)) : std::nullopt; },
      },
      method);
}

}  // namespace upline::domain
