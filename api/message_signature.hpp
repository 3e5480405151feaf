// Whether a message comes from whom it says, and is not an old one that somebody sends again: of gateways that report
// payments, and of the webhooks that are sent.
#pragma once

#include "domain/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace upline::api {

inline constexpr const char* signature_header = "Upline-Signature";

/// How far the signature's time may be from the clock, either way.
inline constexpr std::int64_t signature_window_seconds = 300;

enum class SignatureCheck : std::uint8_t {
  good,
  bad,      // not signed with this secret, or no signature at all
  untimely  // signed with this secret, but too long ago, or too far ahead
};

/// The header reads `t=<Unix seconds>,v1=<64 hexadecimal digits>`: HMAC-SHA-256 of "<t>.<body>" under the secret. Of
/// several v1 (a sender that changes its secret) one has to fit; what else is in the header is passed over.
SignatureCheck check_signature(std::string_view header, std::string_view body, std::string_view secret,
                               domain::Timestamp now);

/// `t=1767225600,v1=<hex>`
std::string signature_of(std::string_view body, std::string_view secret, std::int64_t unix_seconds);

}  // namespace upline::api
