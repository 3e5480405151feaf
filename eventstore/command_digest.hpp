// What a command says, as a hash: tells a repetition from another command under the same id.
#pragma once

#include "domain/command.hpp"
#include "eventstore/merkle.hpp"
#include "eventstore/stored_event.hpp"

namespace upline::eventstore {

/// SHA-256 over the salt, the command's name and the fields that the caller sent, never over generated ids, codes or
/// salts. Card keys, contacts and secrets of buyers count by their keyed fingerprints.
Hash command_digest(const domain::Command& command, const Salt& salt);

}  // namespace upline::eventstore
