// How a statement explains itself to a promoter, in English and in Chinese.
#pragma once

#include "domain/currency.hpp"
#include "projections/exports/day_text.hpp"
#include "projections/statement.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace upline::projections {

enum class Language : std::uint8_t { english, chinese };

/// `en` or `zh`.
std::optional<Language> parse_language(std::string_view text);

using ExponentLookup = std::function<domain::Exponent(const domain::Currency&)>;

/// The fixed texts of a statement.
struct StatementWords {
  std::string_view language{};  // of HTML's lang
  std::string_view title{};
  std::string_view member{};
  std::string_view time{};  // two days: {} to {}
  std::string_view date{};
  std::string_view what{};
  std::string_view amount{};
  std::string_view balance{};
  std::string_view opening{};
  std::string_view closing{};
  std::string_view nothing{};  // no line in any currency
  std::string_view footnote{};
};

const StatementWords& words(Language language);

/// What a line is: `Commission, level 2, for order o17: 5% of 9.99 CNY. Available from 2026-11-08.`
std::string explanation(const StatementLine& line, Language language, domain::Exponent exponent);

}  // namespace upline::projections
