// HMAC-SHA-256 (RFC 2104), for signatures that are exchanged with other programs.
#pragma once

#include <string>
#include <string_view>

namespace upline::eventstore {

/// 64 lower-case hexadecimal digits, under a key of any length. About a microsecond, and 3 more for each kilobyte.
std::string hmac_sha256_hex(std::string_view key, std::string_view message);

/// In a time that depends on the lengths only, not on where the texts differ.
bool equal_in_constant_time(std::string_view left, std::string_view right);

}  // namespace upline::eventstore
