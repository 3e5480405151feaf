// Carries events from the log into read models: batch by batch as the log grows, or all at once from the beginning.
// Rows and checkpoint change in one transaction, so each event counts exactly once, whoever projects and however often.
#pragma once

#include "domain/ids.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/giving_way.hpp"
#include "projections/read_model.hpp"

#include <functional>
#include <span>

namespace upline::projections {

/// How far the read model that is furthest behind has come, of how many positions.
using Progress = std::function<void(domain::Position done, domain::Position total)>;

/// Brings each read model up to the log's head as it is now, or to `last`; several processes may do so at once. One
/// that fails at an event is stopped() in front of it, one whose file cannot be used is unusable(), and the others go
/// on. One that belongs to another log is refilled. Throws StoreBusy where another process holds a file for a minute.
void catch_up(eventstore::EventStore& log, std::span<ReadModel> models, const Progress& progress = {});
void catch_up_to(domain::Position last, eventstore::EventStore& log, std::span<ReadModel> models,
                 const Progress& progress = {});

/// Fills each read model from the log, in a file of its own that then takes the old one's place: readers keep the old
/// answers until it is done, and a refill that is cut short changes nothing. One that fails is stopped() or unusable(),
/// and keeps its old rows. It gives way as it is told until others have to wait for the new files, and mostly then.
void refill(eventstore::EventStore& log, std::span<ReadModel> models, eventstore::GivingWay giving_way,
            const Progress& progress = {});

}  // namespace upline::projections
