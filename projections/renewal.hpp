// Read models filled from the beginning, in files that nobody sees until they take the old ones' places.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/giving_way.hpp"
#include "projections/read_model.hpp"
#include "projections/runner.hpp"

#include <vector>

namespace upline::projections {

/// One that fails is stopped() or unusable(), and keeps its old file. The old ones can be carried on meanwhile; the new
/// ones have come at least as far when they take their places. It gives way as it is told until it holds the old files.
void renew(eventstore::EventStore& log, const std::vector<ReadModel*>& models, eventstore::GivingWay giving_way,
           const Progress& progress);

}  // namespace upline::projections
