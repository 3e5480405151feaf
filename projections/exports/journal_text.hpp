// How amounts, accounts and dates of the journal are written.
#pragma once

#include "domain/currency.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"
#include "projections/exports/day_text.hpp"
#include "projections/journal.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace upline::projections {

/// A sum of amounts that each fit 64 bits.
class WideSum {
 public:
  void add(domain::Minor amount) { value_ += amount.value; }
  bool operator==(const WideSum&) const = default;

  /// Minor units: digits with an optional minus.
  std::string minor_text() const;
  /// With all decimals of the currency.
  std::string text(domain::Exponent exponent) const;

 private:
  __extension__ using Wide = __int128;
  Wide value_{};
};

constexpr domain::Timestamp next_day(domain::Timestamp at) { return {at.microseconds + domain::microseconds_per_day}; }

/// As hledger and ledger take them, and spreadsheets show them. The name stands verbatim but for what would end or
/// split it: such bytes, and `%`, are `%` and two hexadecimal digits.
std::string plain_account(const domain::LedgerAccount& account);

/// The name as `X` and its letters and digits, every other byte as `-` and two hexadecimal digits.
std::string beancount_account(const domain::LedgerAccount& account);

/// hledger and ledger want quotes around anything but letters.
std::string plain_currency(std::string_view code);

}  // namespace upline::projections
