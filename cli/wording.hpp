// How rates, positions and the like are said to a person.
#pragma once

#include "domain/account.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace upline::cli {

/// `1 row`, `2,357 rows`: the noun that takes an s.
std::string counted(std::uint64_t count, std::string_view noun);

/// `10%`, `2.5%`, `0.05%`.
std::string percent_text(std::int64_t basis_points);

/// `10%`, or `50 minor a unit`.
std::string rate_text(const domain::Rate& rate);

/// `#1234`, or `-` where there is none.
std::string position_text(const std::optional<domain::Position>& position);

/// `key 7`, `keys 1-3, 7`; empty where there are none.
std::string keys_text(const std::vector<domain::KeyRange>& keys);

}  // namespace upline::cli
