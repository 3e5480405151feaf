// How far a read model has come, and in which log: a row of its own file, written with the rows that it vouches for.
#pragma once

#include "domain/ids.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/merkle.hpp"
#include "projections/read_model_database.hpp"

namespace upline::projections {

struct Checkpoint {
  domain::Position position{};
  eventstore::Hash leaf_hash{};  // of the event at that position
  bool operator==(const Checkpoint&) const = default;
};

Checkpoint read_checkpoint(ReadModelDatabase& database);

/// Inside the transaction of the rows.
void write_checkpoint(ReadModelDatabase& database, const Checkpoint& checkpoint);

/// False where the log is shorter than the checkpoint, or has another event there: the rows are of another log. Ask
/// after the checkpoint was read, since the log may grow in between. One look-up.
bool belongs_to(const Checkpoint& checkpoint, eventstore::EventStore& log);

}  // namespace upline::projections
