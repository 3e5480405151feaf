#include "projections/checkpoint.hpp"

#include "eventstore/stored_event.hpp"

#include <fmt/format.h>

namespace upline::projections {

namespace {

UnusableView damaged(const ReadModelDatabase& database) {
  return UnusableView(fmt::format("{}: the checkpoint is damaged", database.file().string()));
}

}  // namespace

constexpr const char* select_checkpoint = "SELECT position, leaf_hash FROM checkpoint";

Checkpoint read_checkpoint(ReadModelDatabase& database) {
  auto rows = database.query(select_checkpoint);
  if (!rows.next()) throw damaged(database);
  const domain::Position position{static_cast<std::uint64_t>(rows.integer(0))};
  if (position == domain::Position{0}) return {};
  const auto bytes = rows.blob(1).bytes;
  const auto hash = eventstore::hash_from_bytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  if (!hash) throw damaged(database);
  return {position, *hash};
}

constexpr const char* update_checkpoint = "UPDATE checkpoint SET position = $1, leaf_hash = $2";

void write_checkpoint(ReadModelDatabase& database, const Checkpoint& checkpoint) {
  const auto& bytes = checkpoint.leaf_hash.bytes;
  database.run(update_checkpoint,
               {checkpoint.position, Blob{{reinterpret_cast<const char*>(bytes.data()), bytes.size()}}});
}

bool belongs_to(const Checkpoint& checkpoint, eventstore::EventStore& log) {
  if (checkpoint.position == domain::Position{0}) return true;
  const auto event = log.read_one(checkpoint.position);
  return event && (event->is_damaged || event->leaf_hash == checkpoint.leaf_hash);
}

}  // namespace upline::projections
