// An aggregate's state, folded from its stream: one look-up an event, about 5 microseconds each.
#pragma once

#include "domain/event.hpp"
#include "domain/fingerprint.hpp"
#include "domain/ids.hpp"
#include "eventstore/event_store.hpp"

#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

namespace upline::eventstore {

/// The event as one of its aggregate's. Throws DamagedStore where it is none: the stream holds what it cannot hold.
template <class AggregateEvent>
AggregateEvent event_as(domain::Event event) {
  return std::visit(
      [](auto& e) -> AggregateEvent {
        if constexpr (std::is_constructible_v<AggregateEvent, decltype(e)>) {
          return AggregateEvent(std::move(e));
        } else {
          throw DamagedStore("a stream holds an event of another kind of stream");
        }
      },
      event);
}

domain::Policy step_policy(domain::Policy state, domain::RecordedEvent event);
domain::Plan step_plan(domain::Plan state, domain::RecordedEvent event);
domain::Product step_product(domain::Product state, domain::RecordedEvent event);
domain::Member step_member(domain::Member state, domain::RecordedEvent event);
domain::Visitor step_visitor(domain::Visitor state, domain::RecordedEvent event);

/// Which events count, where a state of the past is asked for. Of a stream whose first event does not count, none does.
using Counts = std::function<bool(domain::Position position, domain::Timestamp occurred_at)>;

/// Without `counts`, as the log has it now.
domain::Policy read_policy(EventStore& store, const Counts& counts = {});
domain::Plan read_plan(EventStore& store, const domain::PlanId& id, const Counts& counts = {});
domain::Product read_product(EventStore& store, const domain::ProductId& id, const Counts& counts = {});
domain::Member read_member(EventStore& store, const domain::MemberId& id);
/// An order of the member, above 0, was paid at some time.
bool has_purchased(EventStore& store, const domain::MemberId& id);
domain::Visitor read_visitor(EventStore& store, const domain::Fingerprint& id);

}  // namespace upline::eventstore
