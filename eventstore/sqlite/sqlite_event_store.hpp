// The log in a SQLite file: <shop>/events.db, WAL, synchronous=FULL.
#pragma once

#include "eventstore/event_store.hpp"

#include <filesystem>
#include <memory>

namespace upline::eventstore::sqlite {

/// Opens the log of the shop in `folder`, and makes it where the folder has none yet. The cost does not depend on how
/// many events it holds.
std::unique_ptr<EventStore> open_event_store(const std::filesystem::path& folder);

}  // namespace upline::eventstore::sqlite
