// States that grow with their shop, as bytes in the `snapshots` table: all of them as of one position, behind which the
// log has the rest, but for settlements, which are as of the head. Disposable: one scan of the log makes them anew, so
// a changed shape is a new schema number and nothing else.
#pragma once

#include "domain/agenda.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "domain/settlement.hpp"
#include "domain/turnover.hpp"
#include "eventstore/event_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace upline::eventstore {

constexpr std::uint32_t snapshot_schema = 2;

/// Units of a product that count towards a member's limit.
struct CountedUnits {
  std::int64_t units{};
  bool operator==(const CountedUnits&) const = default;
};
using Buying = std::pair<domain::ProductId, domain::MemberId>;

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

/// Carries the pool that an event touches along, if it touches one and `find` has it (null: leave it).
void follow_pool(const domain::RecordedEvent& event,
                 const std::function<domain::KeyPool*(const domain::ProductId&)>& find);

/// The pool that an event changes.
std::optional<domain::ProductId> changed_pool(const domain::StreamId& stream, const domain::Event& event);

/// By how many units an event changes what counts for a buyer. `open` is its order as it stood on the agenda before,
/// `expired` what it had counted where it had expired; null where it had not.
struct CountChange {
  Buying buying{};
  std::int64_t units{};
};
std::optional<CountChange> count_change(const domain::Event& event, const domain::OpenOrder* open,
                                        const CountChange* expired);

/// What the snapshots stand for, folded from the log event by event.
struct GrowingStates {
  std::map<domain::ProductId, domain::KeyPool> pools{};
  domain::Turnover turnover{};
  domain::Agenda agenda{};
  domain::Settlements settlements{};
  std::map<Buying, CountedUnits> counted{};
  std::set<domain::ProductId> limited{};             // products that have a purchase limit
  std::map<domain::OrderId, CountChange> expired{};  // what orders counted that may be paid after all

  void apply(const domain::RecordedEvent& event);

 private:
  std::optional<CountChange> count(const domain::RecordedEvent& event, const domain::AgendaChange& change);
};

/// Never below 0: an order that was placed before there was a limit does not count when it ends.
CountedUnits with_change(CountedUnits counted, std::int64_t units);

}  // namespace upline::eventstore
