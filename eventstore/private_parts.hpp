// What a request holds that must not stand in the log.
#pragma once

#include "domain/command.hpp"
#include "domain/rejection.hpp"
#include "eventstore/request.hpp"
#include "eventstore/vault.hpp"

#include <expected>

namespace upline::eventstore {

/// Refuses what no vault should hold; the sentence never repeats it.
std::expected<void, domain::Rejection> check_private(const Request& request);

bool has_private_parts(const Request& request);

/// Puts keyed hashes into the command, which is the request's, where something of it is private. `vault` may be null
/// where nothing is.
void hash_private_parts(domain::Command& command, const Request& request, const Vault* vault);

}  // namespace upline::eventstore
