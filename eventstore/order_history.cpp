#include "eventstore/order_history.hpp"

#include "eventstore/event_codec.hpp"

#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>

namespace upline::eventstore {

namespace {

void read_entries_behind(EventStore& store, const domain::OrderId& order, domain::Position position,
                         const std::function<void(const domain::RecordedEvent&)>& visit) {
  for (auto at = domain::Position{position.value + 1};; ++at.value) {
    const auto neighbour = store.read_one(at);
    if (!neighbour) return;
    const auto entry = decode(*neighbour);
    const auto* owner = order_of_entry(entry.event);
    if (owner == nullptr || *owner != order) return;
    visit(entry);
  }
}

}  // namespace

const domain::OrderId* order_of_entry(const domain::Event& event) {
  if (const auto* accrued = std::get_if<domain::CommissionAccrued>(&event)) return &accrued->order;
  if (const auto* reversed = std::get_if<domain::CommissionReversed>(&event)) return &reversed->order;
  return nullptr;
}

domain::Order step_order(domain::Order state, const domain::RecordedEvent& event) {
  return std::visit(
      [&]<class E>(const E& e) -> domain::Order {
        if constexpr (std::is_same_v<E, domain::CommissionAccrued>) {
          return evolve(std::move(state), e, domain::MemberId{event.stream.id}, event.occurred_at);
        } else if constexpr (std::is_same_v<E, domain::CommissionReversed>) {
          return evolve(std::move(state), e);
        } else if constexpr (std::is_constructible_v<domain::OrderEvent, const E&>) {
          return evolve(std::move(state), domain::OrderEvent(e), event.occurred_at);
        } else {
          throw DamagedStore("an order's stream holds an event of another kind of stream");
        }
      },
      event.event);
}

domain::Order read_order(EventStore& store, const domain::OrderId& order) {
  return read_order(store, order, {UINT64_MAX});
}

domain::Order read_order(EventStore& store, const domain::OrderId& order, domain::Position until) {
  domain::Order state;
  read_order_history(store, order, [&](const domain::RecordedEvent& event) {
    if (event.position <= until) state = step_order(std::move(state), event);
  });
  return state;
}

void read_order_history(EventStore& store, const domain::OrderId& order,
                        const std::function<void(const domain::RecordedEvent&)>& visit) {
  for (const auto& stored : store.read_stream(to_text(domain::stream_of(order)))) {
    visit(decode(stored));
    read_entries_behind(store, order, stored.position, visit);
  }
}

}  // namespace upline::eventstore
