// JSON as commands are read from: what a lenient parser would guess at is a mistake here, and is named by its place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace upline::api {

constexpr std::size_t json_depth_max = 16;

/// RFC 8259 in UTF-8, and nothing more. Throws BadBody for what is not valid (a byte order mark, a lone surrogate and
/// what follows the end among it), for a key that an object has twice, for a NUL in a text, for a number that is no
/// integer of 64 bits, and for values more than json_depth_max deep. The sentence never quotes a value.
nlohmann::json parse_strictly(std::string_view text);

/// As much of what a client wrote as belongs into a sentence.
std::string shortened(std::string_view text);

}  // namespace upline::api
