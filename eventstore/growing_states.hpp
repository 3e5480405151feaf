// States that grow with their shop (pools, turnover, open orders, releases, settlements, counted units), and how each
// event changes them.
#pragma once

#include "domain/agenda.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/key_pool.hpp"
#include "domain/settlement.hpp"
#include "domain/turnover.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace upline::eventstore {

/// Units of a product that count towards a member's limit.
struct CountedUnits {
  std::int64_t units{};
  bool operator==(const CountedUnits&) const = default;
};
using Buying = std::pair<domain::ProductId, domain::MemberId>;

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
