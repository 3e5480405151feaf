#include "api/message_signature.hpp"

#include "domain/text.hpp"
#include "eventstore/hmac.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace upline::api {

namespace {

constexpr std::size_t signatures_max = 8;
constexpr std::size_t time_digits_max = 12;

struct Signature {
  std::string_view time{};  // as it was signed
  std::vector<std::string> codes{};
};

std::string in_small_letters(std::string_view digits) {
  std::string text(digits);
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return text;
}

/// Nothing where it has not exactly one time, or too many codes.
std::optional<Signature> parse(std::string_view header) {
  Signature signature;
  while (!header.empty()) {
    const auto end = std::min(header.find(','), header.size());
    const auto part = domain::trimmed(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    if (part.starts_with("t=")) {
      if (!signature.time.empty()) return std::nullopt;
      signature.time = part.substr(2);
    } else if (part.starts_with("v1=")) {
      signature.codes.push_back(in_small_letters(part.substr(3)));
    }
  }
  const bool is_good = !signature.time.empty() && signature.time.size() <= time_digits_max &&
                       signature.time.find_first_not_of("0123456789") == std::string_view::npos &&
                       signature.codes.size() <= signatures_max;
  return is_good ? std::optional(std::move(signature)) : std::nullopt;
}

std::string code_of(std::string_view time, std::string_view body, std::string_view secret) {
  return eventstore::hmac_sha256_hex(secret, std::string(time).append(".").append(body));
}

bool is_timely(std::string_view time, domain::Timestamp now) {
  const auto seconds = domain::whole_number<std::int64_t>(time).value();  // parse() saw digits, and few of them
  constexpr std::int64_t microseconds_per_second = 1'000'000;
  const auto difference = now.microseconds - seconds * microseconds_per_second;
  constexpr auto window = signature_window_seconds * microseconds_per_second;
  return difference >= -window && difference <= window;
}

}  // namespace

SignatureCheck check_signature(std::string_view header, std::string_view body, std::string_view secret,
                               domain::Timestamp now) {
  const auto signature = parse(header);
  if (!signature) return SignatureCheck::bad;
  const auto expected = code_of(signature->time, body, secret);
  bool fits = false;
  for (const auto& code : signature->codes) fits |= eventstore::equal_in_constant_time(code, expected);
  if (!fits) return SignatureCheck::bad;
  return is_timely(signature->time, now) ? SignatureCheck::good : SignatureCheck::untimely;
}

std::string signature_of(std::string_view body, std::string_view secret, std::int64_t unix_seconds) {
  return fmt::format("t={},v1={}", unix_seconds, code_of(std::to_string(unix_seconds), body, secret));
}

}  // namespace upline::api
