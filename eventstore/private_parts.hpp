// What a request holds that must not stand in the log.
#pragma once

#include "domain/rejection.hpp"
#include "eventstore/command_handler.hpp"

#include <expected>

namespace upline::eventstore {

/// Refuses what no vault should hold; the sentence never repeats it.
std::expected<void, domain::Rejection> check_private(const Request& request);

bool has_private_parts(const Request& request);

}  // namespace upline::eventstore
