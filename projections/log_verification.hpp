// The part of a verification that needs the log alone: hashes, tree, tables, vault, and the identities of the books.
#pragma once

#include "projections/verification.hpp"

namespace upline::projections {

/// Several threads find out whether all is well; where it is not, the log is read once more, event by event, to name
/// what is wrong. A reading costs about 2 microseconds an event of wall-clock time on four cores.
Verification verify_log(eventstore::EventStore& store, eventstore::Vault* vault, const Progress& progress);

}  // namespace upline::projections
