#include "projections/exports/journal_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace upline::projections {

namespace {

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_alphanumeric(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

/// Space that is no ASCII is space all the same, and two of them end an account's name.
bool is_plain_in_account(std::string_view character) {
  if (character.size() == 1) return is_alphanumeric(character[0]) || std::string_view("._-").contains(character[0]);
  return character != "\u00A0" && character != "\u3000" && character != "\u1680" && character != "\u202F" &&
         character != "\u205F" && !(character >= "\u2000" && character <= "\u200F") && character != "\u2028" &&
         character != "\u2029" && character != "\u0085" && character != "\uFEFF";
}

/// The first character of UTF-8 text.
std::string_view first_character(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) ++length;
  return text.substr(0, length);
}

void append_hex(std::string& out, char sign, std::string_view bytes) {
  for (const char byte : bytes) out += fmt::format("{}{:02X}", sign, static_cast<unsigned char>(byte));
}

std::string prefix_of(const domain::LedgerAccount& account) { return domain::to_text({account.kind, {}}); }

std::string with_point(std::string digits, bool is_negative, domain::Exponent exponent) {
  const auto decimals = static_cast<std::size_t>(exponent.digits);
  if (decimals > 0) {
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    digits.insert(digits.size() - decimals, ".");
  }
  return is_negative ? "-" + digits : digits;
}

}  // namespace

std::string WideSum::minor_text() const { return text({0}); }

std::string WideSum::text(domain::Exponent exponent) const {
  std::string digits;
  for (auto rest = value_ < 0 ? -value_ : value_; rest > 0; rest /= 10) {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
  }
  std::ranges::reverse(digits);
  return with_point(digits.empty() ? "0" : digits, value_ < 0, exponent);
}

std::string plain_account(const domain::LedgerAccount& account) {
  auto text = prefix_of(account);
  for (auto rest = account.name; !rest.empty();) {
    const auto character = first_character(rest);
    rest.remove_prefix(character.size());
    if (is_plain_in_account(character)) {
      text += character;
    } else {
      append_hex(text, '%', character);
    }
  }
  return text;
}

std::string beancount_account(const domain::LedgerAccount& account) {
  auto text = prefix_of(account);
  if (account.name.empty()) return text;
  text += 'X';
  for (const char& c : account.name) {
    if (is_alphanumeric(c)) {
      text += c;
    } else {
      append_hex(text, '-', {&c, 1});
    }
  }
  return text;
}

std::string plain_currency(std::string_view code) {
  return std::ranges::all_of(code, is_letter) ? std::string(code) : fmt::format("\"{}\"", code);
}

}  // namespace upline::projections
