// What a settlement withholds for the tax office. Ledger specification, "Settlement": exact on gross, rounded once,
// half up, to the minor unit. A method's rules never change; changed law is a method with a new name.
#pragma once

#include "domain/money.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace upline::domain {

struct NoTax {
  bool operator==(const NoTax&) const = default;
};

struct FlatTax {
  BasisPoints rate{};
  bool operator==(const FlatTax&) const = default;
};

/// Withholding on labour remuneration in China, as of 2018, per payment, on CNY.
struct CnLabour2018 {
  bool operator==(const CnLabour2018&) const = default;
};

using TaxMethod = std::variant<NoTax, FlatTax, CnLabour2018>;

/// `none`, `flat:600`, `cn-labour-2018`; nothing else, and no rate above 10000.
std::optional<TaxMethod> parse_tax_method(std::string_view text);
std::string name(const TaxMethod& method);

/// From 0 to gross, which is not below 0. Nothing where the method is not for this currency.
std::optional<Minor> tax_on(const TaxMethod& method, Minor gross, const Currency& currency);

}  // namespace upline::domain
