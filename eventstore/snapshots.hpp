// States that grow with their shop, as bytes in the `snapshots` table: all of them as of one position, behind which the
// log has the rest, but for settlements, which are as of the head. Disposable: one scan of the log makes them anew, so
// a changed shape is a new schema number and nothing else.
#pragma once

#include "domain/agenda.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "domain/settlement.hpp"
#include "domain/turnover.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/growing_states.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace upline::eventstore {

constexpr std::uint32_t snapshot_schema = 2;

Snapshot to_snapshot(domain::Position as_of);
Snapshot to_snapshot(const domain::KeyPool& pool);
Snapshot to_snapshot(const domain::Turnover& turnover);
Snapshot to_snapshot(const domain::OpenOrder& order);
Snapshot to_snapshot(domain::Timestamp scheduled_at);
Snapshot to_snapshot(CountedUnits counted);
Snapshot to_snapshot(const domain::Settlement& settlement);

/// Nothing where the snapshot is of another schema or cannot be read.
std::optional<domain::Position> position_from(const Snapshot& snapshot);
std::optional<domain::KeyPool> key_pool_from(const Snapshot& snapshot);
std::optional<domain::Turnover> turnover_from(const Snapshot& snapshot);
std::optional<domain::OpenOrder> open_order_from(const Snapshot& snapshot);
std::optional<domain::Timestamp> scheduled_from(const Snapshot& snapshot);
std::optional<CountedUnits> counted_units_from(const Snapshot& snapshot);
std::optional<domain::Settlement> settlement_from(const Snapshot& snapshot);

/// There from the first event on: where it is missing, all of them are.
constexpr std::string_view as_of_snapshot = "as_of";
constexpr std::string_view turnover_snapshot = "turnover";
constexpr std::string_view open_orders_prefix = "open/";
constexpr std::string_view releases_prefix = "release/";
constexpr std::string_view counted_prefix = "counted/";
constexpr std::string_view settlements_prefix = "settlement/";

/// `pool/<product>`, as the pool's stream; `open/<order>`; `release/<product>/<batch>`; `counted/<product>/<member>`;
/// `settlement/<id>`.
std::string pool_snapshot(const domain::ProductId& product);
std::string open_order_snapshot(const domain::OrderId& order);
std::string release_snapshot(const domain::Batch& batch);
std::string counted_snapshot(const Buying& buying);
std::string settlement_snapshot(const domain::SettlementId& id);

/// The position that they are as of. Nothing where there are none, or those of another program version, or of another
/// log: then none of them is to be built on.
std::optional<domain::Position> stored_as_of(EventStore& store);

/// The agenda as it is stored, or nothing where it has to be made anew.
std::optional<domain::Agenda> stored_agenda(EventStore& store);

/// As of the head, or nothing where they have to be made anew.
std::optional<domain::Settlements> stored_settlements(EventStore& store);

}  // namespace upline::eventstore
