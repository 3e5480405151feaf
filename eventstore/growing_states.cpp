#include "eventstore/growing_states.hpp"

#include "domain/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace upline::eventstore {

std::optional<domain::ProductId> changed_pool(const domain::StreamId& stream, const domain::Event& event) {
  using Product = std::optional<domain::ProductId>;
  if (stream.kind == domain::StreamKind::pool) return domain::ProductId{stream.id};
  return std::visit(domain::Overloaded{
                        [](const domain::OrderPlaced& e) {
                          return e.reserved > domain::Quantity{} ? Product(e.product) : std::nullopt;
                        },
                        [](const domain::OrderExpired& e) { return Product(e.product); },
                        [](const domain::OrderCancelled& e) { return Product(e.product); },
                        [](const domain::KeysDelivered& e) { return Product(e.product); },
                        [](const domain::StockAwaited& e) { return Product(e.product); },
                        [](const domain::StockNoLongerAwaited& e) { return Product(e.product); },
                        [](const domain::KeyReplaced& e) { return Product(e.product); },
                        [](const domain::DeliveredKeysRevoked& e) { return Product(e.product); },
                        [](const auto&) { return Product(); },
                    },
                    event);
}

void follow_pool(const domain::RecordedEvent& event,
                 const std::function<domain::KeyPool*(const domain::ProductId&)>& find) {
  const auto product = changed_pool(event.stream, event.event);
  auto* pool = product ? find(*product) : nullptr;
  if (pool == nullptr) return;
  const domain::OrderId order{event.stream.id};
  *pool = std::visit(domain::Overloaded{
                         [&](const domain::OrderPlaced& e) { return reserve(std::move(*pool), e.reserved); },
                         [&](const domain::OrderExpired& e) { return free_reserved(std::move(*pool), e.freed); },
                         [&](const domain::OrderCancelled& e) { return free_reserved(std::move(*pool), e.freed); },
                         [&]<class E>(const E& e) {
                           if constexpr (requires { evolve(std::move(*pool), e, order); }) {
                             return evolve(std::move(*pool), e, order);
                           } else if constexpr (requires { evolve(std::move(*pool), e); }) {
                             return evolve(std::move(*pool), e);
                           } else {
                             return std::move(*pool);
                           }
                         },
                     },
                     event.event);
}

std::optional<CountChange> count_change(const domain::Event& event, const domain::OpenOrder* open,
                                        const CountChange* expired) {
  using Change = std::optional<CountChange>;
  const auto of_order_that_ends = [&] {
    return open == nullptr ? Change() : CountChange{{open->product, open->member}, -open->quantity.value};
  };
  return std::visit(
      domain::Overloaded{
          [](const domain::OrderPlaced& e) -> Change { return CountChange{{e.product, e.member}, e.quantity.value}; },
          [](const domain::StockNoLongerAwaited& e) -> Change {
            return CountChange{{e.product, e.member}, -e.quantity.value};
          },
          [&](const domain::OrderExpired&) { return of_order_that_ends(); },
          [&](const domain::OrderCancelled&) { return of_order_that_ends(); },
          [&](const domain::PaymentReceived& e) {
            const bool late = expired != nullptr && e.effect == domain::PaymentEffect::pays;
            return late ? *expired : Change();
          },
          [](const auto&) { return Change(); },
      },
      event);
}

CountedUnits with_change(CountedUnits counted, std::int64_t units) {
  return {std::max<std::int64_t>(0, counted.units + units)};
}

/// What an event counts, whether or not its product has a limit.
std::optional<CountChange> GrowingStates::count(const domain::RecordedEvent& event,
                                                const domain::AgendaChange& change) {
  const domain::OrderId order{event.stream.id};
  const auto late = expired.find(order);
  const auto counts = count_change(event.event, change.closed ? &*change.closed : nullptr,
                                   late == expired.end() ? nullptr : &late->second);
  if (std::holds_alternative<domain::OrderExpired>(event.event) && counts) {
    expired.emplace(order, CountChange{counts->buying, -counts->units});
  } else if (std::holds_alternative<domain::PaymentReceived>(event.event) && counts) {
    expired.erase(late);
  }
  return counts;
}

void GrowingStates::apply(const domain::RecordedEvent& event) {
  follow_pool(event, [&](const domain::ProductId& product) { return &pools[product]; });
  domain::follow(settlements, event);
  const auto change = follow(agenda, event);
  if (const auto* paid = std::get_if<domain::PaymentReceived>(&event.event)) {
    turnover = evolve(std::move(turnover), *paid);
  } else if (const auto* limit = std::get_if<domain::PurchasesLimited>(&event.event)) {
    const domain::ProductId product{event.stream.id};
    if (limit->units_per_member) {
      limited.insert(product);
    } else {
      limited.erase(product);
    }
  }
  const auto counts = count(event, change);
  if (!counts || !limited.contains(counts->buying.first)) return;
  const auto after = with_change(counted[counts->buying], counts->units);
  counted[counts->buying] = after;
  if (after.units == 0) counted.erase(counts->buying);
}

}  // namespace upline::eventstore
