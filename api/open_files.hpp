// How many files this process may have open: each connection is one.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace upline::api {

/// Raises the soft limit towards the hard one, as far as these connections beside the shops' files need it. How many
/// connections there may be then; fewer than wanted are warned of.
std::size_t allow_connections(std::size_t wanted, const std::function<void(const std::string&)>& warn);

}  // namespace upline::api
