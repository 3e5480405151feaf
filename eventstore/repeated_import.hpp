// An import that is sent again: which of its secrets were left out the first time.
#pragma once

#include "domain/key_pool.hpp"
#include "eventstore/vault.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace upline::eventstore {

/// The places in the list of the secrets that the event does not name: they were in the shop before, or earlier in the
/// list.
std::vector<std::size_t> secrets_left_out(const Vault& vault, const domain::KeysImported& imported,
                                          std::span<const std::string> secrets);

}  // namespace upline::eventstore
