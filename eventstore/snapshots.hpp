// States that grow with their shop, as bytes in the `snapshots` table. Disposable: one scan of the log makes them anew,
// so a changed shape is a new schema number and nothing else.
#pragma once

#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "domain/turnover.hpp"
#include "eventstore/event_store.hpp"

#include <map>
#include <optional>
#include <string>

namespace upline::eventstore {

constexpr std::uint32_t snapshot_schema = 1;

Snapshot to_snapshot(const domain::KeyPool& pool);
Snapshot to_snapshot(const domain::Turnover& turnover);

/// Nothing where the snapshot is of another schema or cannot be read.
std::optional<domain::KeyPool> key_pool_from(const Snapshot& snapshot);
std::optional<domain::Turnover> turnover_from(const Snapshot& snapshot);

constexpr std::string_view turnover_snapshot = "turnover";

/// `pool/<product>`, as the pool's stream.
std::string pool_snapshot(const domain::ProductId& product);

/// What the snapshots stand for, folded from the log event by event.
struct GrowingStates {
  std::map<domain::ProductId, domain::KeyPool> pools{};
  domain::Turnover turnover{};

  void apply(const domain::RecordedEvent& event);
};

}  // namespace upline::eventstore
