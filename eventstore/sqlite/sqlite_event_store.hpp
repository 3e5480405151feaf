// The log in a SQLite file: <shop>/events.db, WAL, synchronous=FULL; its index in <shop>/index.db, written behind it.
#pragma once

#include "eventstore/event_store.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace upline::eventstore::sqlite {

/// How many events are written to the index at once, unless somebody wants it otherwise.
constexpr std::uint64_t events_indexed_at_once = 8'192;

/// Opens the log of the shop in `folder`, and makes it where the folder has none yet. The cost does not depend on how
/// many events it holds, but on how many of them are not in the index: none, unless the last writer was killed, and
/// then rarely more than twice `index_every`, at 4 microseconds each when they are first needed.
std::unique_ptr<EventStore> open_event_store(const std::filesystem::path& folder,
                                             std::uint64_t index_every = events_indexed_at_once);

/// The same for a program that opens a shop many times: its stores share what is not in the index yet.
std::unique_ptr<EventStore> open_shared_event_store(const std::filesystem::path& folder);

}  // namespace upline::eventstore::sqlite
